"""The practice library: every practice of both collections, with filters whose choice is in the address of the page.

The page has every record once, in the order of `marts.practice_library`. Without a script all records are shown. The
script hides those that do not match; it compares the codes of a record with the choice, in the order of `FILTERS`.
"""

import re
from typing import Any

from warehouse.catalogue import NATIONS
from warehouse.i18n import Text, slug
from warehouse.report.data import SCAN, STUDY, EditionData, Row

SCRIPTS = ("library.js",)
TABLE = "marts.practice_library"
NONE = "none"
DAY = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-([0-2]\d|3[01]))?)?(?P<inferred> \(inferred\))?")
NOT_STATED = re.compile(r"unknown( \(page undated\))?")
# The filters, in the order of the codes of a record.
FILTERS = (
    "collection",
    "mechanism",
    "type",
    "side",
    "nation",
    "region",
    "locality",
    "status",
    "began",
    "evidence",
    "by_doubt",
)


def build(facts: EditionData, text: Text) -> dict[str, Any]:
    """Return the variables of `library.html`: the filters with the options that occur, and the records."""
    records = [record(text, row) | {"codes": _codes(row)} for row in facts.library]
    return {
        "filters": _filters(facts, text),
        "records": records,
        "counts": [sum(row["collection"] == name for row in facts.library) for name in (STUDY, SCAN)],
        "doubtful_n": sum(not row["is_counted"] for row in facts.library),
        "table": TABLE,
        "sources_of_records": sorted({row["source_id"] for row in facts.library}),
    }


def record(text: Text, row: Row) -> Row:
    """Return a practice with its dates as text."""
    return row | {
        "status_when": stated_date(text, row["status_date_as_stated"])
        or (str(row["status_date"].year) if row["status_date"] else None),
        "source_when": stated_date(text, row["source_date"]),
        "began_when": stated_date(text, row["started_as_stated"]),
    }


def stated_date(text: Text, stated: str | None) -> str | None:
    """Return a date as a source states it: an ISO date, month or year as text, other wording unchanged.

    None if the source states none.
    """
    if not stated or NOT_STATED.fullmatch(stated):
        return None
    if not (match := DAY.fullmatch(stated)):
        return text("library.as_stated", words=stated)
    year, month, day = match[1], match[2], match[3]
    parts = [*([str(int(day))] if day else []), *([text(f"month.{int(month)}")] if month else []), year]
    written = " ".join(parts)
    return text("library.inferred", date=written) if match["inferred"] else written


def _codes(row: Row) -> list[str]:
    """Return the codes of a record, one for each of the `FILTERS`, without spaces."""
    found = {
        "collection": row["collection"],
        "mechanism": row["mechanism"] or NONE,
        "type": row["primary_type"],
        "side": row["side"],
        "nation": slug(row["nation"]),
        "region": slug(row["region_name"] or NONE),
        "locality": row["locality_code"],
        "status": row["status"],
        "began": row["began"] or NONE,
        "evidence": row["evidence_grade"],
        "by_doubt": "counted" if row["is_counted"] else "doubtful",
    }
    return [found[name] for name in FILTERS]


def _filters(facts: EditionData, text: Text) -> list[dict[str, Any]]:
    """Return each filter with its options, as pairs of code and name: in the order of the codebook, the others by name.

    A code that no record has is not an option.
    """
    rows = facts.library
    in_regions = [row for row in rows if row["region_name"]]
    listed = {
        "nation": {slug(nation): text(f"nation.{nation}") for nation in NATIONS},
        "region": _by_name({slug(row["region_name"]): _own(text, row, "region_name") for row in in_regions}),
        "locality": _by_name({row["locality_code"]: _own(text, row, "locality_name") or row["place"] for row in rows}),
        "by_doubt": {code: text(f"library.{code}") for code in ("counted", "doubtful")},
    }
    present = [{codes[number] for codes in map(_codes, rows)} for number in range(len(FILTERS))]
    found = []
    for number, name in enumerate(FILTERS):
        words = listed[name] if name in listed else _coded(text, name)
        found.append(
            {"name": name, "options": [(code, word) for code, word in words.items() if code in present[number]]}
        )
    return found


def _by_name(options: dict[str, str]) -> dict[str, str]:
    return dict(sorted(options.items(), key=lambda option: (slug(option[1]), option[0])))


def _own(text: Text, row: Row, column: str) -> Any:
    """Return a name in the language of the page: in Welsh the Welsh one, if there is one."""
    return (row[f"{column}_cy"] if text.lang == "cy" else None) or row[column]


def _coded(text: Text, name: str) -> dict[str, str]:
    """Return the codes of an axis with their names, in the order of the messages; last those without a code."""
    prefix = f"{name}."
    words = {key.removeprefix(prefix): word for key, word in text.messages.items() if key.startswith(prefix)}
    if name in ("type", "evidence"):
        words = {code: f"{code} {word}" for code, word in words.items()}
    return words | {NONE: text("library.not_coded")}
