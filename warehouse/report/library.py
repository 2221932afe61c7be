"""The practice library: every practice of both collections, with filters whose choice is in the address of the page.

The page has every record once, in the order of `marts.practice_library`. Without a script all records are shown. The
script hides those that do not match; it compares the codes of a record with the choice, in the order of `FILTERS`.
"""

import re
from typing import Any

from warehouse.i18n import Text, slug
from warehouse.report.data import NATIONS, EditionData, Row
from warehouse.report.locality import TYPES

SCAN, STUDY = "national_scan_2026", "shifting_the_balance"
SCRIPTS = ("library.js",)
TABLE = "marts.practice_library"
NONE = "none"
DAY = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-([0-2]\d|3[01]))?)?(?P<inferred> \(inferred\))?")
NOT_STATED = re.compile(r"unknown( \(page undated\))?")
# The filters in the order of the codes of a record, each with its permitted codes in order; None: those that occur.
FILTERS: dict[str, tuple[str, ...] | None] = {
    "collection": (STUDY, SCAN),
    "mechanism": (
        "mutual_aid",
        "emergency_hub",
        "volunteering_infrastructure",
        "asset_transfer",
        "community_ownership",
        "participatory_budgeting",
        "devolved_budget",
        "community_grants",
        "deliberation",
        "co_production",
        "community_planning",
        "neighbourhood_team",
        "partnership",
        "wealth_building",
        "food",
        "digital_platform",
        "culture_change",
        "other",
        NONE,
    ),
    "type": TYPES,
    "side": ("institution", "community", "joint"),
    "nation": None,
    "region": None,
    "locality": None,
    "status": ("active", "changed", "completed", "planned", "ended", "unknown"),
    "began": ("before_2020", "pandemic", "after_2021", "unknown", NONE),
    "evidence": ("E0", "E1", "E2", "E3", "E4", "E5"),
    "by_doubt": ("counted", "doubtful"),
}


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
        "status_when": stated_date(text, row["status_date"]),
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
    """Return each filter with its options, as pairs of code and name, in the order of the codebook or by name."""
    rows = facts.library
    welsh = text.lang == "cy"
    regions = {slug(row["region_name"]): _in(welsh, row, "region_name") for row in rows if row["region_name"]}
    localities = {row["locality_code"]: _in(welsh, row, "locality_name") or row["place"] for row in rows}
    places = {
        "nation": [(slug(nation), text(f"nation.{nation}")) for nation in NATIONS],
        "region": sorted(regions.items(), key=lambda option: slug(option[1])),
        "locality": sorted(localities.items(), key=lambda option: (slug(option[1]), option[0])),
    }
    present = [set(codes) for codes in zip(*map(_codes, rows), strict=True)] or [set() for _ in FILTERS]
    return [
        {
            "name": name,
            "options": [
                option
                for option in (places[name] if codes is None else [(code, _word(text, name, code)) for code in codes])
                if option[0] in present[number]
            ],
        }
        for number, (name, codes) in enumerate(FILTERS.items())
    ]


def _in(welsh: bool, row: Row, column: str) -> Any:
    return (row[f"{column}_cy"] if welsh else None) or row[column]


def _word(text: Text, name: str, code: str) -> str:
    if name == "by_doubt":
        return text(f"library.{code}")
    word = text(f"{name}.{code}")
    return f"{code} {word}" if name in ("type", "evidence") else word
