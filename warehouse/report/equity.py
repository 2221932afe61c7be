"""The page of equity: concentration curves by deprivation, one per series, nation and period.

Every nation has its own index of deprivation, so nations share neither a curve nor an axis of indices. An index is read
by its interval only: if the interval contains zero, it is indistinguishable from an even spread. An unreliable index
gives no answer. Curves of one period are side by side. Missing curves and unreliable indices are in one table with
their reasons.
"""

from typing import Any

from warehouse import query
from warehouse.catalogue import NATIONS
from warehouse.i18n import Text
from warehouse.report.data import EditionData, Row

# Series with one chart per curve. The other series are money without awards located only by the recipient's address;
# they are in a table of indices below the series that they are part of.
SERIES = ("voice", "volunteering", "funding_all", "funding", "recording")
PARTS = {"funding_all": "funding_all_beneficiary", "funding": "funding_beneficiary"}
DIGITS = 4
MIDDLE_TENTH = 5
PERCENT = ".0%"


def build(facts: EditionData, text: Text) -> dict[str, Any]:
    """Return the variables of `equity.html`, with the rows of each curve under `data`."""
    curves = _curves(facts)
    lacking = {series: _lacking(facts, series) for series in SERIES}
    sections: list[dict[str, Any]] = [
        {
            "series": series,
            "periods": _periods(facts, text, curves, series, lacking[series]),
            "part": _part(text, PARTS[series], curves) if series in PARTS else None,
        }
        for series in SERIES
    ]
    figures = [
        cell["figure"]
        for section in sections
        for period in section["periods"]
        for cell in period["cells"]
        if cell["figure"]
    ]
    return {
        "sections": sections,
        "nations": NATIONS,
        "unknown": _unknown(text, curves, lacking),
        "data": {figure["data_id"]: figure["data"] for figure in figures},
    }


def reading(row: Row) -> str:
    """Return the reading of an index: `deprived`, `advantaged`, `even`, `unreliable`, or `unknown`.

    Only its interval counts: below zero there is more in the more deprived localities, above zero in the less deprived
    ones. An unreliable index, or one without an interval, gives no answer.
    """
    if row["index_value"] is None or row["lci"] is None or row["uci"] is None:
        return "unknown"
    if row["state"] != "ok":
        return "unreliable"
    if row["uci"] < 0:
        return "deprived"
    return "advantaged" if row["lci"] > 0 else "even"


def metric_of(series: str) -> str:
    """Return the metric of the index of a series."""
    return "eq_recording_gradient" if series == "recording" else f"eq_ci_{series}"


def nation_codes(facts: EditionData) -> dict[str, str]:
    """Return the code of each nation by its name."""
    found = query.records(facts.database, "select nation, nation_code from core.dim_nation")
    return {row["nation"]: row["nation_code"] for row in found}


def _curves(facts: EditionData) -> list[list[Row]]:
    """Return the points of each curve by tenth, sorted by series, nation and period, newest first."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in query.records(
        facts.database, "from marts.equity_curve order by period_end desc, period_start desc, tenth"
    ):
        found.setdefault((row["series"], row["nation_name"], row["period_start"], row["period_end"]), []).append(row)
    order = sorted(found, key=lambda key: NATIONS.index(key[1]))
    return [found[key] for key in order]


def _lacking(facts: EditionData, series: str) -> dict[str, list[Row]]:
    """Return the rows of an index without a value, by nation."""
    codes = nation_codes(facts)
    return {
        nation: [row for row in facts.values.get(codes[nation], {}).get(metric_of(series), ()) if row["value"] is None]
        for nation in NATIONS
    }


def _periods(
    facts: EditionData, text: Text, curves: list[list[Row]], series: str, lacking: dict[str, list[Row]]
) -> list[dict[str, Any]]:
    """Return the periods of a series, newest first, each with one cell per nation: a figure or a state."""
    own = {
        (curve[0]["period_end"], curve[0]["period_start"], curve[0]["nation_name"]): curve
        for curve in curves
        if curve[0]["series"] == series
    }
    return [
        {
            "words": text.period(start, end),
            "cells": [
                {
                    "nation": nation,
                    "figure": _figure(facts, text, own[end, start, nation]) if (end, start, nation) in own else None,
                    "state": _state(lacking[nation], start, end),
                }
                for nation in NATIONS
            ],
        }
        for end, start in sorted({(end, start) for end, start, _ in own}, reverse=True)
    ]


def _state(lacking: list[Row], start: Any, end: Any) -> str:
    """Return the state of a nation without a curve in a period, or else its state in any period."""
    of_period = [row for row in lacking if (row["period_start"], row["period_end"]) == (start, end)]
    return next((str(row["state"]) for row in (*of_period, *lacking)), "not_available")


def _unknown(text: Text, curves: list[list[Row]], lacking: dict[str, dict[str, list[Row]]]) -> list[dict[str, Any]]:
    """Return the missing and unreliable curves: subject, nation, period, state and reason."""
    found = []
    for series in (*SERIES, *PARTS.values()):
        for nation in NATIONS:
            unreliable = [
                curve[0]
                for curve in curves
                if (curve[0]["series"], curve[0]["nation_name"], curve[0]["state"]) == (series, nation, "ok_low")
            ]
            found += [
                {
                    "series": text(f"equity.series.{series}"),
                    "nation": text(f"nation.{nation}"),
                    "period": text.period(row["period_start"], row["period_end"]),
                    "state": row["state"],
                    "reason": text.reason(row["reason_codes"]),
                }
                for row in (*unreliable, *lacking.get(series, {}).get(nation, ()))
            ]
    return found


def _figure(facts: EditionData, text: Text, curve: list[Row]) -> dict[str, Any]:
    first = curve[0]
    sources = facts.sources_of(
        row
        for row in facts.values.get(first["nation_code"], {}).get(first["metric_id"], ())
        if (row["period_start"], row["period_end"]) == (first["period_start"], first["period_end"])
    )
    period = text.period(first["period_start"], first["period_end"])
    nation = text(f"nation.{first['nation_name']}")
    half = next(row["amount_share"] for row in curve if row["tenth"] == MIDDLE_TENTH)
    index = _index(text, first)
    summary = text(
        "equity.summary",
        index=index,
        reading=text(f"equity.reading.{reading(first)}"),
        what=text(f"equity.what.{first['series']}"),
        half=text.quantity(half, "share"),
    )
    series = text(f"equity.series.{first['series']}")
    name = f"{first['series']}-{first['nation_code']}-{first['period_start']}-{first['period_end']}"
    return {
        "id": f"curve-{name}",
        "data_id": f"curve-data-{name}",
        "nation": nation,
        "period": period,
        "summary": summary,
        "state": first["state"],
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
            "sources": sources,
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
                text(f"equity.reading.{reading(row)}"),
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
