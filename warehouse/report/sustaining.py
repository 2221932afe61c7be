"""The page of practices: every practice record, the most urgent to check first, with the reason.

The order is the urgency of a check; it ranks neither practices nor localities. The reason of a record is composed from
its codes in the language of the page. Facts about a whole nation, and gaps that many records share, are in one table.
"""

from collections import Counter
from typing import Any

from warehouse.catalogue import NATIONS
from warehouse.i18n import Text
from warehouse.report.data import EditionData, Row

CLASSES = tuple(range(1, 9))
FIGURE = "attention-data"
METRICS = ("prac_durable_share", "fun_duration_median_all", "fun_multi_year_share_all")


def build(facts: EditionData, text: Text) -> dict[str, Any]:
    """Return the variables of `sustaining.html`: the records by class, and the rows of its chart."""
    classes = {
        number: [_record(facts, text, row) for row in facts.sustaining if row["attention_class"] == number]
        for number in CLASSES
    }
    counts = [(text(f"sustaining.class.{number}"), len(found)) for number, found in classes.items()]
    at_risk = sum(row["is_at_risk"] for row in facts.sustaining)
    unheard = sum(row["outcome"] == "unknown" for row in facts.sustaining)
    summary = text("sustaining.summary", n=len(facts.sustaining), at_risk=at_risk, unheard=unheard)
    return {
        "classes": [{"number": number, "records": found} for number, found in classes.items() if found],
        "frameworks": [(nation, _frameworks(facts, text, nation)) for nation in NATIONS],
        "unknown": _unknown(facts, text),
        "summary": summary,
        "content": {
            "caption": text("sustaining.chart_title"),
            "columns": [
                {"label": text("sustaining.class_column"), "kind": "text"},
                {"label": text("sustaining.records"), "kind": "number"},
            ],
            "rows": [[name, text.number(count)] for name, count in counts],
        },
        "what": {
            "tables": ["marts.sustaining"],
            "metrics": list(METRICS),
            "sources": facts.sources_of(row for (_, metric_id), row in facts.headlines.items() if metric_id in METRICS),
        },
        "data": {
            FIGURE: {
                "label": summary,
                "words": {"x": text("sustaining.records")},
                "rows": [{"name": name, "records": count} for name, count in counts],
            }
        },
    }


def _frameworks(facts: EditionData, text: Text, nation: str) -> list[str]:
    """Return the names of the national frameworks in force for the records of a nation, in the page's language."""
    column = "frameworks_in_force" if text.lang == "en" else f"frameworks_in_force_{text.lang}"
    found = {name for row in facts.sustaining if row["nation"] == nation for name in row[column]}
    return sorted(found)


def _unknown(facts: EditionData, text: Text) -> list[dict[str, Any]]:
    """Return the states, except `ok`, of the money near the records, with reason and number of records."""
    found = Counter(
        (row["funding_state"], text.reason(row["funding_reason_codes"]))
        for row in facts.sustaining
        if row["funding_state"] != "ok"
    )
    return [{"state": state, "reason": reason, "records": count} for (state, reason), count in found.most_common()]


def _record(facts: EditionData, text: Text, row: Row) -> dict[str, Any]:
    months = row["median_planned_months"]
    return {
        **row,
        "has_page": row["locality_code"] in facts.localities,
        "risks": [text(f"risk.{name}") for name in row["named_risks"]],
        "planned": None if months is None else text("sustaining.months", n=text.number(months, 0)),
        "multi_year": None if row["multi_year_share"] is None else text.quantity(row["multi_year_share"], "share"),
    }
