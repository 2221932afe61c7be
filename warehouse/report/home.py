"""The home page, Britain at a glance; the list of places; the pages of the measures; and the index for the search."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from warehouse.report import hexmap
from warehouse.report.data import NATIONS, WITH_VALUE, Facts, Row, rows
from warehouse.report.locality import SHOWN, SIDES, TRIAD, TYPES
from warehouse.report.strips import Scale, Strips
from warehouse.report.text import Text, slug

INDEX = "places.js"
CATEGORIES = ("adaptation", "innovation", "collaboration")
OUTCOMES = ("going_on", "ended", "unknown")
DURABILITIES = ("robust", "fragile", "unknown")
RISKS = ("inequalities", "fatigue", "finances", "short_termism", "formalisation")
SERIES = ("funding_all", "funding", "voice", "volunteering", "recording")
SHARES = Scale(0, 1)
INDICES = Scale(-1, 1)
ASIDE = frozenset({"QLT"})


def build(facts: Facts, text: Text) -> dict[str, Any]:
    """Return the variables of the home page."""
    chart = hexmap.build(facts, text)
    practices = [practice for found in facts.practices.values() for practice in found]
    placed = [practice for code in facts.localities for practice in facts.practices.get(code, [])]
    return chart | {
        "nations": NATIONS,
        "sizes": Counter(place["nation"] for place in facts.localities.values()),
        "triad": _triad(facts),
        "known": _known(facts),
        "questions": facts.questions,
        "cells": _cells(facts),
        "types": TYPES,
        "sides": SIDES,
        "categories": CATEGORIES,
        "side_counts": Counter((practice["category"], practice["side"]) for practice in practices),
        "practices": practices,
        "placed": placed,
        "recorded_places": [code for code in facts.localities if code in facts.practices],
        "indices": _indices(facts),
        "outcomes": OUTCOMES,
        "durabilities": DURABILITIES,
        "standing": Counter((row["durability"], row["outcome"]) for row in facts.sustaining),
        "outcome_counts": Counter(row["outcome"] for row in facts.sustaining),
        "risks": [(risk, sum(risk in (row["named_risks"] or ()) for row in facts.sustaining)) for risk in RISKS],
        "measures": SHOWN,
    }


def places(facts: Facts, text: Text) -> dict[str, Any]:
    """Return the variables of the list of places, by nation and name in the language of the page."""
    by_nation: dict[str, list[Row]] = {nation: [] for nation in NATIONS}
    for code, place in facts.localities.items():
        former = [row["area_code"] for row in facts.former_codes.get(code, []) if row["area_code"] != code]
        own = facts.place_name(code, text.lang)
        by_nation[place["nation"]].append(place | {"slug": slug(own), "own": own, "former": former})
    for found in by_nation.values():
        found.sort(key=lambda place: slug(place["own"]))
    return {"by_nation": by_nation}


def measure(facts: Facts, strips: Strips, metric_id: str) -> dict[str, Any]:
    """Return the variables of the page of a measure: its headline rows by group, largest value first."""
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
        group["rows"].sort(key=lambda item: (-item["row"]["value"], item["place"]["locality_name"]))
    return {
        "metric": facts.metrics[metric_id],
        "groups": [groups[key] for key in sorted(groups)],
        "silent": [(nation, state, silent[nation, state]) for nation, state in sorted(silent)],
        "measures": SHOWN,
    }


def write_index(facts: Facts, folder: Path) -> None:
    """Write the names and codes of all places as a script, for the search: pages from a disk may not fetch files.

    Each place is its code, names in English and Welsh, nation, and other names and codes.
    """
    found = []
    for code, place in facts.localities.items():
        others = {row["area_code"] for row in facts.former_codes.get(code, [])} - {code}
        others |= {row["name_key"] for row in facts.name_keys.get(code, [])}
        found.append(
            [code, place["locality_name"], place["locality_name_cy"] or "", place["nation"], "|".join(sorted(others))]
        )
    content = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    (folder / INDEX).write_text(f"window.PLACES={content};\n", "utf-8")


def _triad(facts: Facts) -> list[dict[str, Any]]:
    """Return for each leg of the balance and nation how many places have a value, and their lines from 0 to 1."""
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


def _known(facts: Facts) -> list[dict[str, Any]]:
    """Return for each family and nation how many of the values that could be there are, of metrics of localities."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in facts.coverage:
        if row["scope"] == "locality" and row["family"] not in ASIDE:
            counts = found.setdefault((row["family"], row["nation"]), Counter())
            counts["known"] += sum(row[f"{state}_n"] for state in WITH_VALUE)
            counts["reliable"] += row["ok_n"]
            counts["possible"] += row["areas_n"] - row["not_applicable_n"]
    families = dict.fromkeys(family for family, _ in found)
    return [{"family": family, "cells": [found.get((family, nation)) for nation in NATIONS]} for family in families]


def _cells(facts: Facts) -> dict[tuple[str, str], float]:
    """Return the practice records of all localities by type and side, joint ones half to each side."""
    found: Counter[tuple[str, str]] = Counter()
    for cells in facts.matrix.values():
        for key, cell in cells.items():
            found[key] += cell["records_n"] or 0
    return dict(found)


def _indices(facts: Facts) -> list[dict[str, Any]]:
    """Return the newest concentration index of each series and nation with where it lies between -1 and 1."""
    found = rows(
        facts.database,
        "select distinct series, nation_code, nation_name, metric_id, period_start, period_end, index_value, lci, uci, "
        "state, state_reason from marts.equity_curve order by series, nation_code, period_end desc, period_start",
    )
    newest: dict[tuple[str, str], Row] = {}
    for row in found:
        newest.setdefault((row["series"], row["nation_code"]), row)
    return [
        row
        | {
            "period": f"{row['period_start']}/{row['period_end']}",
            "locality_code": row["nation_code"],
            "at": _position(row["index_value"]),
            "from": _position(row["lci"]),
            "to": _position(row["uci"]),
            "reading": _reading(row),
        }
        for series in SERIES
        for row in newest.values()
        if row["series"] == series
    ]


def _position(value: float | None) -> str | None:
    return None if value is None else INDICES.place(value)


def _reading(row: Row) -> str:
    """Return what an index says: more with the more deprived, with the less deprived, or cannot be told."""
    if row["index_value"] is None or row["lci"] is None or row["uci"] is None:
        return "none"
    if row["lci"] > 0:
        return "less_deprived"
    return "more_deprived" if row["uci"] < 0 else "open"
