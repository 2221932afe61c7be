"""Lineage of the numbers of the report: formulas, sources and files, written once for all pages.

A page lists the sources of its numbers; `static/origin.js` joins them with this data to the chain from a value to the
files of publishers. Without the script, the names link to the page of method and sources.
"""

import json
from pathlib import Path
from typing import Any

from warehouse.i18n import LANGUAGES, text
from warehouse.report.data import EditionData
from warehouse.report.locality import SHOWN

FILE = "origins.js"
SCRIPTS = (FILE, "origin.js")
WORDS = ("title", "value", "inputs", "formula", "file", "no_address", "licence")


def write_static(facts: EditionData, folder: Path) -> None:
    """Write formulas, sources and files into the folder of static files, as a script that sets `ORIGINS`."""
    plain = json.dumps(_origins(facts), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    (folder / FILE).write_text(f"window.ORIGINS = {plain};\n", "utf-8")


def _origins(facts: EditionData) -> dict[str, Any]:
    """Return formulas by metric, sources by id with their files, and the texts for both.

    A file has its name, its SHA-256 and its address, which is null if none is recorded.
    """
    return {
        "metrics": {
            metric_id: {
                "formula": facts.metrics[metric_id]["formula"],
                "version": facts.metrics[metric_id]["method_version"],
            }
            for metric_id in SHOWN
        },
        "sources": {
            source_id: {
                "title": source["source_title"],
                "publisher": source["publisher"],
                "licence": source["licence_id"],
                "files": [
                    [file["file_name"], file["file_sha256"], file["address"]] for file in facts.files.get(source_id, [])
                ],
            }
            for source_id, source in facts.sources.items()
        },
        "words": {language: {name: text(language)(f"origin.{name}") for name in WORDS} for language in LANGUAGES},
    }
