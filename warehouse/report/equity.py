"""Whether what is counted lies with more or with less deprived places: one curve a series, nation and period.

Every nation has its own index of deprivation, so no two nations share a curve or an axis of indices. An index is read
by its interval alone: where that holds nought, the places cannot be told apart.
"""

from typing import Any

from warehouse.report import charts
from warehouse.report.data import NATIONS, Facts, Row, rows
from warehouse.report.text import Text

SCRIPTS = charts.CHART_SCRIPTS
# Series with a picture a curve; the others are the money without what lies at the recipient's address alone, and stand
# as a table of indices below the money that they are a part of.
SERIES = ("voice", "volunteering", "funding_all", "funding", "recording")
PARTS = {"funding_all": "funding_all_beneficiary", "funding": "funding_beneficiary"}
DIGITS = 4
MIDDLE_TENTH = 5
PERCENT = ".0%"


def build(facts: Facts, text: Text) -> dict[str, Any]:
    """Return the variables of `equity.html`, with the rows of each curve under `data`."""
    curves = _curves(facts)
    figures = {series: [_figure(text, curve) for curve in curves if curve[0]["series"] == series] for series in SERIES}
    data = {figure["data_id"]: figure["data"] for found in figures.values() for figure in found}
    return {
        "sections": [
            {
                "series": series,
                "figures": found,
                "missing": _missing(facts, text, series),
                "part": _part(text, PARTS[series], curves) if series in PARTS else None,
            }
            for series, found in figures.items()
        ],
        "data": data,
    }


def reading(index: float | None, lci: float | None, uci: float | None) -> str:
    """Return how an index is read by its interval: `deprived`, `advantaged`, `even` or `unknown`.

    Below nought it lies more with deprived places, above with less deprived ones. Without an interval nothing is read.
    """
    if index is None or lci is None or uci is None:
        return "unknown"
    if uci < 0:
        return "deprived"
    return "advantaged" if lci > 0 else "even"


def _curves(facts: Facts) -> list[list[Row]]:
    """Return the points of each curve, tenth by tenth, in order of series, nation and period, the newest first."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows(facts.database, "from marts.equity_curve order by period_end desc, period_start desc, tenth"):
        found.setdefault((row["series"], row["nation_name"], row["period_start"], row["period_end"]), []).append(row)
    order = sorted(found, key=lambda key: NATIONS.index(key[1]))
    return [found[key] for key in order]


def _figure(text: Text, curve: list[Row]) -> dict[str, Any]:
    first = curve[0]
    period = text.period(first["period_start"], first["period_end"])
    nation = text(f"nation.{first['nation_name']}")
    half = next(row["amount_share"] for row in curve if row["tenth"] == MIDDLE_TENTH)
    index = _index(text, first)
    summary = text(
        "equity.summary",
        index=index,
        reading=text(f"equity.reading.{reading(first['index_value'], first['lci'], first['uci'])}"),
        what=text(f"equity.what.{first['series']}"),
        half=text.quantity(half, "share"),
    )
    series = text(f"equity.series.{first['series']}")
    if first["state"] == "ok_low":
        summary = f"{summary} {text('equity.unreliable')}"
    name = f"{first['series']}-{first['nation_code']}-{first['period_start']}-{first['period_end']}"
    return {
        "id": f"curve-{name}",
        "data_id": f"curve-data-{name}",
        "title": f"{nation}, {period}",
        "summary": summary,
        "state": first["state"],
        "reason": first["state_reason"],
        "content": {
            "caption": f"{series}, {nation}, {period}",
            "columns": [
                {"label": text("equity.persons"), "kind": "text"},
                {"label": text("equity.amount"), "kind": "number"},
                {"label": text("equity.above"), "kind": "number"},
            ],
            "rows": [
                [
                    text.quantity(row["persons_share"], "share"),
                    text.quantity(row["amount_share"], "share"),
                    text.quantity(row["above_equality"], "share"),
                ]
                for row in curve
            ],
        },
        "what": {
            "tables": ["marts.equity_curve"],
            "metrics": [first["metric_id"]],
            "sources": [],
            "command": f"cpower explain {first['metric_id']} {first['nation_code']}",
        },
        "data": {
            "words": {
                "x": text("equity.persons_axis").splitlines(),
                "y": text("equity.amount_of", what=text(f"equity.what.{first['series']}")),
                "equality": text("equity.equality"),
                "format": PERCENT,
            },
            "rows": [
                {"persons": round(row["persons_share"], DIGITS), "amount": round(row["amount_share"], DIGITS)}
                for row in curve
            ],
        },
    }


def _part(text: Text, series: str, curves: list[list[Row]]) -> dict[str, Any]:
    """Return the table of the indices of a series: nation, period, index with its interval, reading and state."""
    found = [curve[0] for curve in curves if curve[0]["series"] == series]
    return {
        "caption": text(f"equity.series.{series}"),
        "columns": [
            {"label": text(f"equity.column.{name}"), "kind": "text"}
            for name in ("nation", "period", "index", "reading", "state")
        ],
        "rows": [
            [
                text(f"nation.{row['nation_name']}"),
                text.period(row["period_start"], row["period_end"]),
                _index(text, row),
                text(f"equity.reading.{reading(row['index_value'], row['lci'], row['uci'])}"),
                text(f"state.{row['state']}"),
            ]
            for row in found
        ],
    }


def _index(text: Text, row: Row) -> str:
    if row["index_value"] is None:
        return text("equity.no_index")
    if row["lci"] is None or row["uci"] is None:
        return text("equity.index_alone", index=text.quantity(row["index_value"], "index"))
    low, high = text.quantity(row["lci"], "index"), text.quantity(row["uci"], "index")
    return text("equity.index", index=text.quantity(row["index_value"], "index"), low=low, high=high)


def _missing(facts: Facts, text: Text, series: str) -> list[dict[str, Any]]:
    """Return the nations and periods for which there is no index of a series, each with its state and why."""
    metric_id = "eq_recording_gradient" if series == "recording" else f"eq_ci_{series}"
    nations = {
        row["nation"]: row["nation_code"]
        for row in rows(facts.database, "select nation, nation_code from core.dim_nation")
    }
    return [
        {
            "nation": text(f"nation.{nation}"),
            "period": text.period(row["period_start"], row["period_end"]),
            "state": row["state"],
            "reason": row["state_reason"],
        }
        for nation in NATIONS
        for row in facts.values.get(nations[nation], {}).get(metric_id, ())
        if row["value"] is None
    ]
