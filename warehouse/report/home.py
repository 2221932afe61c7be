"""The home page, the list of localities, the pages of measures, and the search index."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from warehouse.catalogue import NATIONS, families
from warehouse.i18n import LANGUAGES, Text, slug, text
from warehouse.report import equity, hexmap
from warehouse.report.data import WITH_VALUE, EditionData, Row
from warehouse.report.locality import SHOWN, SIDES, TRIAD, TYPES
from warehouse.report.strip_plots import Scale, Strips

INDEX, POSTCODES = "places.js", "postcodes.js"
SCRIPTS = (INDEX, POSTCODES, "find.js", "search.js")
CATEGORIES = ("adaptation", "innovation", "collaboration")
OUTCOMES = ("going_on", "ended", "unknown")
DURABILITIES = ("robust", "fragile", "unknown")
RISKS = ("inequalities", "fatigue", "finances", "short_termism", "formalisation")
SERIES = ("funding_all", "funding", "voice", "volunteering", "recording")
# Metrics of each part of the page, for its list of sources.
SECTIONS = {
    "map": hexmap.METRICS,
    "triad": TRIAD,
    "Q1": ("prac_cells_n", "prac_types_n"),
    "Q2": ("prac_side_balance", "bal_practice"),
    "Q3": tuple(equity.metric_of(series) for series in SERIES),
    "Q4": ("prac_durable_share", "prac_survival_pct"),
}
SHARES = Scale(0, 1)
INDICES = Scale(-1, 1)
ENDS = {"at": "value", "from": "lci", "to": "uci"}


def build(facts: EditionData, text: Text) -> dict[str, Any]:
    """Return the variables of the home page."""
    chart = hexmap.build(facts, text)
    indices = _indices(facts)
    practices = [practice for found in facts.practices.values() for practice in found]
    placed = [practice for code in facts.localities for practice in facts.practices.get(code, [])]
    return chart | {
        "nations": NATIONS,
        "sizes": Counter(place["nation"] for place in facts.localities.values()),
        "triad": _triad(facts),
        "known": _known(facts),
        "without_source": [metric["metric_id"] for metric in _of_localities(facts) if not metric["has_source"]],
        "questions": facts.questions,
        "cells": _cells(facts),
        "types": TYPES,
        "sides": SIDES,
        "categories": CATEGORIES,
        "side_counts": Counter((practice["category"], practice["side"]) for practice in practices),
        "practices": practices,
        "placed": placed,
        "recorded_places": [code for code in facts.localities if code in facts.practices],
        "indices": indices,
        "readings": Counter(row["reading"] for row in indices),
        "outcomes": OUTCOMES,
        "durabilities": DURABILITIES,
        "standing": Counter((row["durability"], row["outcome"]) for row in facts.sustaining),
        "outcome_counts": Counter(row["outcome"] for row in facts.sustaining),
        "risks": [(risk, sum(risk in (row["named_risks"] or ()) for row in facts.sustaining)) for risk in RISKS],
        "measures": SHOWN,
        "all_sources": facts.all_sources,
        "sources": {name: _sources(facts, metric_ids) for name, metric_ids in SECTIONS.items()},
    }


def _sources(facts: EditionData, metric_ids: tuple[str, ...]) -> list[str]:
    """Return the sources of the headline rows of some metrics in all areas."""
    return facts.sources_of(row for (_, metric_id), row in facts.headlines.items() if metric_id in metric_ids)


def places(facts: EditionData, text: Text) -> dict[str, Any]:
    """Return the variables of the list of localities, by nation and by name in the language of the page."""
    by_nation: dict[str, list[Row]] = {nation: [] for nation in NATIONS}
    for code, place in facts.localities.items():
        former = [row["area_code"] for row in facts.former_codes.get(code, []) if row["area_code"] != code]
        own = facts.place_name(code, text.lang)
        by_nation[place["nation"]].append(place | {"slug": slug(own), "own": own, "former": former})
    for found in by_nation.values():
        found.sort(key=lambda place: slug(place["own"]))
    return {"by_nation": by_nation}


def measure(facts: EditionData, strips: Strips, metric_id: str) -> dict[str, Any]:
    """Return the variables of the page of a measure: headline rows by group.

    The largest value is first; rows that are comparable with none are in order of name.
    """
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    silent: Counter[tuple[str, str]] = Counter()
    for code, place in facts.localities.items():
        row = facts.headline(code, metric_id)
        if row is None:
            continue
        if row["value"] is None:
            silent[place["nation"], row["state"]] += 1
            continue
        name = row["comparable_group"] or ""
        group = groups.setdefault((name, row["period"]), {"name": name, "row": row, "rows": []})
        group["rows"].append({"place": place, "row": row, "strip": strips.of(row)})
    for group in groups.values():
        group["sources"] = facts.sources_of(item["row"] for item in group["rows"])
        group["rows"].sort(key=lambda item: item["place"]["locality_name"])
        if group["name"]:
            group["rows"].sort(key=lambda item: item["row"]["value"], reverse=True)
    return {
        "metric": facts.metrics[metric_id],
        "groups": [groups[key] for key in sorted(groups)],
        "silent": [(nation, state, silent[nation, state]) for nation, state in sorted(silent)],
        "measures": SHOWN,
    }


def write_index(facts: EditionData, folder: Path) -> None:
    """Write the search index as scripts, because pages opened from disk cannot fetch files.

    `PLACES` has for each locality its code, English and Welsh names, nation, other names and codes, and the towns and
    neighbourhoods that awards name. `OUTWARD` has for each first half of a postcode the indices of its localities in
    that list, each with its share of the postcodes.
    """
    found = []
    for code, place in facts.localities.items():
        others = {row["area_code"] for row in facts.former_codes.get(code, [])} - {code}
        others |= {row["name_key"] for row in facts.name_keys.get(code, [])}
        towns = [row["town"] for row in facts.towns.get(code, [])]
        names = [place["locality_name"], place["locality_name_cy"] or "", place["nation"]]
        found.append([code, *names, "|".join(sorted(others)), "|".join(towns)])
    _write(folder / INDEX, "PLACES", found)
    number = {code: place for place, code in enumerate(facts.localities)}
    words = text(LANGUAGES[0])
    outward = {
        code: [
            [number[row["locality_code"]], words.share(row["postcode_share"], 1)]
            for row in listed
            if row["locality_code"] in number
        ]
        for code, listed in facts.outward_codes.items()
    }
    _write(folder / POSTCODES, "OUTWARD", outward)


def _write(path: Path, name: str, content: Any) -> None:
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    path.write_text(f"window.{name}={plain};\n", "utf-8")


def _triad(facts: EditionData) -> list[dict[str, Any]]:
    """Return by component of the balance and nation the number of localities with a value, and their values."""
    legs = []
    for metric_id in TRIAD:
        cells = []
        for nation in NATIONS:
            found = [
                row
                for code, place in facts.localities.items()
                if place["nation"] == nation and (row := facts.headline(code, metric_id)) and row["value"] is not None
            ]
            lines = sorted({(SHARES.place(row["value"]), row["state"] == "ok") for row in found})
            path = "".join(f"M{at} {8 if is_ok else 13}v{20 if is_ok else 10}" for at, is_ok in lines)
            cells.append({"nation": nation, "known": len(found), "path": path})
        legs.append({"metric_id": metric_id, "cells": cells})
    return legs


def _of_localities(facts: EditionData) -> list[Row]:
    """Return the metrics of localities that do not count other metrics."""
    return [
        metric
        for metric in facts.metrics.values()
        if metric["scope"] == "locality" and not metric["is_of_other_metrics"]
    ]


def _known(facts: EditionData) -> list[dict[str, Any]]:
    """Return for each family and nation the share of possible values that are known.

    Metrics that count other metrics and metrics without a source are left out, and so are localities to which a metric
    does not apply. A family without a counted metric has no cells.
    """
    described = {metric["metric_id"]: metric for metric in _of_localities(facts)}
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in facts.coverage:
        if row["metric_id"] in described and described[row["metric_id"]]["has_source"]:
            counts = found.setdefault((row["family"], row["nation"]), Counter())
            counts["known"] += sum(row[f"{state}_n"] for state in WITH_VALUE)
            counts["reliable"] += row["ok_n"]
            counts["possible"] += row["areas_n"] - row["not_applicable_n"]
    present = {metric["family"] for metric in described.values()}
    counted = {family for family, _ in found}
    return [
        {
            "family": family,
            "cells": [found.get((family, nation)) for nation in NATIONS] if family in counted else [],
        }
        for family in families()
        if family in present
    ]


def _cells(facts: EditionData) -> dict[tuple[str, str], float]:
    """Return the practice records of all localities by type and side; joint records count half to each side."""
    found: Counter[tuple[str, str]] = Counter()
    for cells in facts.matrix.values():
        for key, cell in cells.items():
            found[key] += cell["records_n"] or 0
    return dict(found)


def _indices(facts: EditionData) -> list[dict[str, Any]]:
    """Return the headline concentration index of each series and nation with its position between -1 and 1."""
    found = []
    for series in SERIES:
        for nation, code in equity.nation_codes(facts).items():
            row = facts.headline(code, equity.metric_of(series))
            if row is not None and row["value"] is not None:
                index = row | {"index_value": row["value"], "series": series, "nation_name": nation}
                index |= {end: _position(row[column]) for end, column in ENDS.items()}
                found.append(index | {"reading": equity.reading(index)})
    return found


def _position(value: float | None) -> str | None:
    return None if value is None else INDICES.place(value)
