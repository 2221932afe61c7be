"""The page on which a reader suggests or corrects a practice: a form that makes a text, and sends nothing.

The text is the YAML file that `cpower practices check` reads. With `?practice=ID` the form shows that record; its data
are in a script that the page loads only then.
"""

import json
import re
from pathlib import Path
from typing import Any

from warehouse import query
from warehouse.catalogue import NATIONS, codebook, practice_fields, read_axes
from warehouse.i18n import Text, slug
from warehouse.report.contacts import contacts
from warehouse.report.data import EditionData

RECORDS = "records.js"
SCRIPTS = ("suggest.js",)
FIGURE = "suggest-words"
PARTNERS = 4
# Axes that the form asks for with the record; the others are the codes of a reading, which may be left out as a whole.
ASKED, OPTIONAL = "confidence", "other_types"
DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
# The column of core.fct_practice of each field of the form that is filled in for a correction.
COLUMNS = {
    "locality": "locality_code",
    "title": "practice_name",
    "summary": "summary",
    "led_by": "lead_actor",
    "started_as_stated": "started_as_stated",
    "status_date": "status_date_as_stated",
    "quantities": "quantities_as_stated",
    "source_title": "source_title",
    "publisher": "publisher",
    "source_url": "source_url",
    "source_date": "source_date",
    "evidence_note": "evidence_note",
    ASKED: ASKED,
}
WORDS = ("copied", "select", "codes", "made", "corrects", "unknown", "long", "subject", "file")


def build(facts: EditionData, text: Text) -> dict[str, Any]:
    """Return the variables of `suggest.html`: the fields, the axes with their codes, localities and contacts."""
    fields = practice_fields().values()
    by_nation: dict[str, list[tuple[str, str]]] = {nation: [] for nation in NATIONS}
    for code, place in facts.localities.items():
        by_nation[place["nation"]].append((code, facts.place_name(code, text.lang)))
    for listed in by_nation.values():
        listed.sort(key=lambda item: slug(item[1]))
    asked = contacts()
    return {
        "fields": [field for field in fields if field.kind != "record"],
        "record": next(field for field in fields if field.kind == "record"),
        "by_nation": by_nation,
        "partners": range(1, PARTNERS + 1),
        "sectors": codebook()["sector"].codes,
        "asked": codebook()[ASKED],
        "axes": [axis for axis in read_axes().values() if axis.id != ASKED],
        "codes_of": lambda axis: codebook()[axis.codes_of or axis.id].codes,
        "optional": OPTIONAL,
        "contacts": asked,
        "data": {
            FIGURE: {
                "words": {name: text.messages[f"suggest.{name}"] for name in WORDS},
                "email": asked.email,
                "records": RECORDS,
            }
        },
    }


def write_static(facts: EditionData, folder: Path) -> None:
    """Write the records as a script that sets `RECORDS`: the values of the fields of the form, by practice id.

    A date that is not in the form of the template, such as `2022 (planned)`, is left out.
    """
    rows = query.records(
        facts.database,
        f"select practice_id, {', '.join(COLUMNS.values())} from core.fct_practice order by practice_id",
    )
    dates = {field.id for field in practice_fields().values() if field.kind == "date"}
    records = {
        row["practice_id"]: {
            field: row[column]
            for field, column in COLUMNS.items()
            if row[column] and (field not in dates or DATE.fullmatch(row[column]))
        }
        for row in rows
    }
    plain = json.dumps(records, ensure_ascii=False, separators=(",", ":"))
    (folder / RECORDS).write_text(f"window.RECORDS = {plain};\n", "utf-8")
