"""Where the numbers of the report come from: formulas, sources and files, once for all pages that show a number.

A page names the sources of its numbers; `static/origin.js` joins them with what is written here, into the chain from a
value to the bytes that a publisher sent. Without the script the names lead to the same on the page of the method.
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
    """Write the formulas, sources and files into the folder of the static files, as a script that sets `ORIGINS`."""
    plain = json.dumps(_origins(facts), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    (folder / FILE).write_text(f"window.ORIGINS = {plain};\n", "utf-8")


def _origins(facts: EditionData) -> dict[str, Any]:
    """Return formulas by metric, sources by id with their files, and the words of both.

    A file is its name, its SHA-256 and its address, which is null where none is on record.
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
