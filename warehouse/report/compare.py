"""The page that compares two to five localities of one comparable group, and the file of its values.

The values are a script that both languages share, because a page opened from disk cannot fetch files. Each measure has
one period per comparable group, the period with the most values, so that only values of one period are compared.
Numbers are formatted here; the script only arranges them. An axis spans the values of the whole group and marks their
median, or starts at zero if few of the group have a value, so that a small difference looks small.
"""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from warehouse.catalogue import Unit, units
from warehouse.i18n import LANGUAGES, Text, text
from warehouse.report import charts, home, lineage
from warehouse.report.data import FEWEST_PLACES, MOST_PLACES, STATES, EditionData, Row
from warehouse.report.hexmap import FEWEST, scope
from warehouse.report.locality import SHOWN, TRIAD

DATA_FILE = "compare-data.js"
SCRIPTS = (
    *charts.CHART_SCRIPTS[:-1],
    DATA_FILE,
    *lineage.SCRIPTS,
    home.INDEX,
    "find.js",
    "combobox.js",
    charts.CHART_SCRIPTS[-1],
    "compare.js",
)
COMPARABLE = ("uk", "nation", "group")
TENTHS = range(1, 11)
WITHOUT_SCALE = ("category",)
WORDS = (
    "place",
    "value",
    "interval",
    "state",
    "rank",
    "rank_words",
    "between",
    "remove",
    "added",
    "removed",
    "different",
    "too_many",
    "twice",
    "unknown",
    "one_more",
    "shown",
    "more",
    "measure",
    "nothing_known",
    "nothing_known_intro",
    "triad",
    "triad_summary",
    "no_direction",
    "summary",
    "overlap",
    "apart",
    "result",
    "deprivation",
    "deprivation_summary",
    "deprivation_missing",
    "deprivation_label",
    "decile",
    "small_areas",
    "axis_group",
    "axis_zero",
    "matches",
    "no_match",
    "near",
    "choose_one",
    "town",
)


def build(facts: EditionData, text: Text) -> dict[str, Any]:
    """Return the variables of `compare.html`, with the texts of its script under `data`."""
    groups = sorted({place["comparable_group"] for place in facts.localities.values()})
    return {
        "fewest": FEWEST_PLACES,
        "most": MOST_PLACES,
        "all_sources": facts.all_sources,
        "data": {
            "compare-words": {
                **{name: text.messages[f"compare.{name}"] for name in WORDS},
                "no_interval": text.messages["value.no_interval"],
                "lang": text.lang,
                "fewest": FEWEST_PLACES,
                "most": MOST_PLACES,
                "groups": {group: scope(facts, text, group) for group in groups},
                "families": {family: text.family(family) for family in sorted(_families(facts))},
                "states": {state: text(f"state.{state}") for state in STATES},
                "indices": {index_id: text(f"group.{index_id}") for index_id in sorted(_indices(facts))},
                "origin": {name: text(f"origin.{name}") for name in ("title", "formula")},
                "units": {unit: text.axis(unit) for unit in sorted(_units(facts))},
            }
        },
    }


def write_static(facts: EditionData, folder: Path) -> None:
    """Write the values of all localities into the folder of static files, as a script that sets `COMPARE`."""
    plain = json.dumps(values(facts), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    (folder / DATA_FILE).write_text(f"window.COMPARE = {plain};\n", "utf-8")


def values(facts: EditionData) -> dict[str, Any]:
    """Return the data of the script: localities by group, measures with their values, and shared texts.

    A measure is a metric in a group and a period. Its `values` are in the order of the localities of the group; it has
    null if every locality lacks a value. A value is a list: index of its state in `states`; index of its reason in
    `reasons`; texts of the value and of both interval ends, from which the script reads the numbers to draw; index in
    `methods` of the interval method or the reason for no interval; lowest and highest rank of its own rank set; number
    of ranked localities. Missing items are null, or left out at the end. `span` is the result of `_span`, and `sources`
    are ids. `deprivation` has the newest index of each locality, by tenth.
    """
    reasons, methods = dict[tuple[str, ...], int](), dict[str, int]()
    groups: dict[str, list[str]] = {}
    for code, place in facts.localities.items():
        groups.setdefault(place["comparable_group"], []).append(code)
    periods: dict[tuple[date, date], int] = {}
    measures = []
    for metric_id in measured(facts):
        for group, (start, end, period) in sorted(_periods(facts, metric_id).items()):
            rows = {code: _of(facts, code, metric_id, period) for code in groups[group]}
            is_known = any(row and row["value"] is not None for row in rows.values())
            measures.append(
                {
                    "metric": metric_id,
                    "group": group,
                    "period": periods.setdefault((start, end), len(periods)),
                    "span": _span(facts, metric_id, period, rows.values()),
                    "sources": facts.sources_of(rows.values()),
                    "values": [
                        _packed(row, reasons, methods, facts.rank_set(row) if row else None)
                        for row in rows.values()
                        if is_known or metric_id in TRIAD
                    ],
                }
            )
    return {
        "groups": groups,
        "names": {
            code: {language: facts.place_name(code, language) for language in LANGUAGES} for code in facts.localities
        },
        "metrics": {metric_id: _metric(facts, metric_id) for metric_id in measured(facts)},
        "periods": [{language: text(language).period(*period) for language in LANGUAGES} for period in periods],
        "measures": measures,
        "states": STATES,
        "reasons": [{language: text(language).reason(codes) for language in LANGUAGES} for codes in reasons],
        "methods": [
            {
                "is_bounds": method in facts.bounds_methods,
                "words": {language: text(language).method(method) for language in LANGUAGES},
            }
            for method in methods
        ],
        "deprivation": {code: _deprivation(found[-1]) for code, found in facts.deprivation.items()},
    }


def _metric(facts: EditionData, metric_id: str) -> dict[str, Any]:
    metric = facts.metrics[metric_id]
    return {
        "names": {language: facts.metric_name(metric_id, language) for language in LANGUAGES},
        "unit": metric["unit"],
        "factor": units()[metric["unit"]].factor,
        "format": _format(units()[metric["unit"]]),
        "directed": metric["direction"] != "none",
        "leg": metric_id in TRIAD,
        "first": metric_id in SHOWN,
        "family": metric["family"],
    }


def _format(unit: Unit) -> str:
    """Return the D3 number format of an axis."""
    if unit.shown_as:
        return ".0%"
    return ",.0f" if unit.symbol or unit.decimals == 0 else ",.2~f"


def measured(facts: EditionData) -> list[str]:
    """Return the metrics that can be compared, the components of the balance first."""
    enough = {metric for (metric, _, _), known in facts.groups.items() if len(known) >= FEWEST}
    rest = [
        metric_id
        for metric_id, metric in facts.metrics.items()
        if metric_id in enough
        and metric_id not in TRIAD
        and metric["comparable_within"] in COMPARABLE
        and metric["unit"] not in WITHOUT_SCALE
    ]
    return [*(leg for leg in TRIAD if leg in facts.metrics), *rest]


def _periods(facts: EditionData, metric_id: str) -> dict[str, tuple[Any, Any, str]]:
    """Return for each group of localities the period with the most values; of several, the newest."""
    counts: dict[str, dict[tuple[Any, Any, str], int]] = {}
    for code, place in facts.localities.items():
        for row in facts.values.get(code, {}).get(metric_id, ()):
            period = (row["period_start"], row["period_end"], row["period"])
            known = counts.setdefault(place["comparable_group"], {})
            known[period] = known.get(period, 0) + (row["value"] is not None)
    return {
        group: max(known, key=lambda period: (known[period], period[1], period[0])) for group, known in counts.items()
    }


def _span(facts: EditionData, metric_id: str, period: str, rows: Iterable[Row | None]) -> list[Any] | None:
    """Return the range of an axis, or None if fewer than `FEWEST` localities of the group have a value.

    The range has the lowest and the highest value of the group, its median as number and as text, and the number of
    values.
    """
    keys = {(metric_id, period, row["comparable_group"]) for row in rows if row and row["value"] is not None}
    found = [row for key in sorted(keys, key=str) for row in facts.groups.get(key, ())]
    if len(found) < FEWEST:
        return None
    numbers = [row["value"] for row in found]
    middle = median(numbers)
    ends = [float(f"{number:.6g}") for number in (min(numbers), max(numbers), middle)]
    return [*ends, text(LANGUAGES[0]).quantity(middle, found[0]["unit"]), len(found)]


def _of(facts: EditionData, code: str, metric_id: str, period: str) -> Row | None:
    return next((row for row in facts.values[code].get(metric_id, ()) if row["period"] == period), None)


def _packed(
    row: Row | None, reasons: dict[tuple[str, ...], int], methods: dict[str, int], rank: Row | None
) -> list[Any]:
    if row is None:
        return [STATES.index("not_available")]
    words = text(LANGUAGES[0])
    codes = tuple(row["reason_codes"])
    packed: list[Any] = [STATES.index(row["state"]), reasons.setdefault(codes, len(reasons)) if codes else None]
    packed += [None if row[end] is None else words.quantity(row[end], row["unit"]) for end in ("value", "lci", "uci")]
    packed.append(None if row["value"] is None else methods.setdefault(row["ci_method"], len(methods)))
    if rank:
        packed += [rank["rank_lo"], rank["rank_hi"], rank["ranked_n"]]
    while packed[-1] is None:
        packed.pop()
    return packed


def _deprivation(row: Row) -> dict[str, Any]:
    """Return the shares of the small areas of a locality in each national tenth as text."""
    shares = [row[f"decile_{tenth}_areas"] / row["areas_n"] for tenth in TENTHS]
    words = text(LANGUAGES[0])
    return {
        "index": row["index_id"],
        "areas": row["areas_n"],
        "shares": [words.quantity(share, "share") for share in shares],
    }


def _indices(facts: EditionData) -> set[str]:
    return {row["index_id"] for found in facts.deprivation.values() for row in found}


def _units(facts: EditionData) -> set[str]:
    return {metric["unit"] for metric in facts.metrics.values()}


def _families(facts: EditionData) -> set[str]:
    return {facts.metrics[metric_id]["family"] for metric_id in measured(facts)}
