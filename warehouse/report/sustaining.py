"""How to sustain what was found: every practice record in the order in which it most needs a look, with the reason.

The order is of urgency to look. It ranks no practice and no place.
"""

from typing import Any

from warehouse.report import charts
from warehouse.report.data import Facts, Row
from warehouse.report.text import Text

SCRIPTS = charts.CHART_SCRIPTS
CLASSES = tuple(range(1, 9))
FIGURE = "attention-data"


def build(facts: Facts, text: Text) -> dict[str, Any]:
    """Return the variables of `sustaining.html`: the records class by class, and the rows of its chart."""
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
            "metrics": [],
            "sources": [],
            "command": "cpower query 'from marts.sustaining order by attention_order'",
        },
        "data": {
            FIGURE: {
                "label": summary,
                "words": {"x": text("sustaining.records")},
                "rows": [{"name": name, "records": count} for name, count in counts],
            }
        },
    }


def _record(facts: Facts, text: Text, row: Row) -> dict[str, Any]:
    months = row["median_planned_months"]
    return {
        **row,
        "has_page": row["locality_code"] in facts.localities,
        "risks": [text(f"risk.{name.replace('-', '_')}") for name in row["named_risks"]],
        "age": None if row["last_status_age_days"] is None else text.age(row["last_status_age_days"]),
        "seen": None if row["last_status_date"] is None else text.month(row["last_status_date"]),
        "planned": None if months is None else text("sustaining.months", n=text.number(months, 0)),
        "multi_year": None if row["multi_year_share"] is None else text.quantity(row["multi_year_share"], "share"),
    }
