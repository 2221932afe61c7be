"""The page of a locality: names, measures compared with its group, practices, money, deprivation, frameworks."""

import unicodedata
from collections.abc import Callable
from typing import Any

from warehouse.errors import ProjectFault
from warehouse.i18n import Text
from warehouse.report import library, similar
from warehouse.report.data import EditionData, Names, Row
from warehouse.report.opening import opening
from warehouse.report.strip_plots import Strips

TRIAD = ("bal_voice", "bal_money", "bal_practice")
SECTIONS = {
    "voice": (
        "coh_influence_pct",
        "coh_belong_pct",
        "coh_all3_pct",
        "coh_trust_pct",
        "coh_volunteer_any_pct",
        "coh_volunteer_past_year_pct",
    ),
    "money": (
        "fun_per_head",
        "fun_per_head_all",
        "fun_place_per_head",
        "fun_multi_year_share_all",
        "fun_2013_2018_gbp",
    ),
    "deprivation": ("dep_prop10_areas", "dep_avg_rank_percentile_areas", "dep_extent"),
    "infrastructure": ("soc_library_walk_pct", "soc_museums_rate", "soc_sports_rate"),
    "culture": ("cul_library_pct", "cul_museum_pct", "cul_arts_pct", "cul_heritage_pct"),
    "wellbeing": ("wel_satisfaction_mean", "wel_worthwhile_mean", "wel_happiness_mean", "wel_anxiety_mean"),
    "practice": ("prac_records_n", "prac_cells_n", "prac_side_balance", "prac_durable_share"),
    "scan": ("scan_records_n", "scan_mechanisms_n", "scan_status_age_months"),
    "people": ("pop_total",),
}
# Figures of a past survey that are in a part of their own, and never compared.
IN_2008 = ("coh_influence_2008_pct", "coh_belong_2008_pct", "coh_backgrounds_2008_pct", "coh_satisfied_2008_pct")
# Sections whose measures are compared with the group as text; the number of residents is not.
COMPARED = ("voice", "money", "deprivation", "practice")
SHOWN = (*TRIAD, *(metric_id for metric_ids in SECTIONS.values() for metric_id in metric_ids), *IN_2008)
TYPES = ("A1", "A2", "A3", "I1", "I2", "I3", "C1", "C2")
SIDES = ("institution", "community")
BASES = ("beneficiary", "recipient", "best")
SUMMARY = "summary"
OLD_STATUS_DAYS = 730
SETTLED = ("ok", "not_applicable", "searched_none_found")
TOTAL_METRIC = "fun_total_gbp_all"
PLACE_FUNDS = "fun_place_per_head"
DECILES = range(1, 11)
BARS_WIDTH, BARS_HEIGHT, BARS_GAP = 320, 90, 4


def build(facts: EditionData, text: Text, strips: Strips, code: str) -> dict[str, Any]:
    """Return the variables of the page of a locality."""
    place = facts.localities[code]
    rows = {metric_id: _row(facts, code, metric_id) for metric_id in SHOWN}
    known = {metric_id for metric_id, row in rows.items() if row["value"] is not None}
    practices = facts.practices.get(code, [])
    sections = {
        name: [_card(facts, text, strips, rows[metric_id]) for metric_id in metric_ids if metric_id in known]
        for name, metric_ids in SECTIONS.items()
    }
    triad = [_card(facts, text, strips, rows[metric_id]) for metric_id in TRIAD]
    in_2008 = [_card(facts, text, strips, rows[metric_id]) for metric_id in IN_2008 if metric_id in known]
    cards = [*triad, *(card for section in sections.values() for card in section), *in_2008]
    total = {"row": _row(facts, code, TOTAL_METRIC)}
    money = facts.money.get(code, {})
    return {
        "place": place,
        "aliases": _aliases(facts, place),
        "group_size": facts.group_sizes[place["comparable_group"]],
        "opening": opening(facts, text, code, [card for name in COMPARED for card in sections[name]], rows),
        "triad": triad,
        "sections": sections,
        "in_2008": in_2008,
        "notes": _numbered(
            [*cards, total],
            "notes",
            lambda row: text.reasons(row["reason_codes"]) if row["state"] == "ok_low" else [],
        ),
        "sources": _numbered(cards, "sources", lambda row: row["source_ids"]),
        "unknown": _unknown(text, rows),
        "matrix": facts.matrix[code],
        "types": TYPES,
        "sides": SIDES,
        "searches": facts.searches.get(code, []),
        "scan": facts.scans.get(code),
        "practices": practices,
        "scanned": [library.record(text, row) for row in facts.scanned.get(code, [])],
        "similar": similar.build(facts, text, code),
        "money": money,
        "total": total,
        "bases": (*(BASES if money.keys() - {SUMMARY} else ()), *((SUMMARY,) if SUMMARY in money else ())),
        "awards": facts.awards.get(code, []),
        "awards_n": money["best"]["awards_n"] if "best" in money else 0,
        "complete_funds": [row["fund"] for row in facts.complete_funds.get(code, [])],
        "no_place_funds": PLACE_FUNDS if rows[PLACE_FUNDS]["value"] == 0 else None,
        "deprivation": [_profile(profile) for profile in facts.deprivation.get(code, [])],
        "frameworks": facts.frameworks.get(place["nation"], []),
        "asks": _asks(facts, text, rows, practices),
        "scan_sources": facts.sources_of(rows[metric_id] for metric_id in SECTIONS["scan"]),
        "practice_sources": facts.sources_of(rows[metric_id] for metric_id in SECTIONS["practice"]),
    }


def group_words(facts: EditionData | Names, text: Text, group: str) -> str:
    """Return a comparable group as text: nation, type of authority, survey or index, and year."""
    bounds = facts.comparable_groups[group]
    nation, kind, year = (bounds[f"group_{part}"] for part in ("nation", "kind", "year"))
    found = [text(f"nation.{nation}"), *([text(f"authority.{kind}")] if kind else [])]
    found += [text(f"group.{bounds[part]}") for part in ("group_survey", "group_index") if bounds[part]]
    return ", ".join([*found, *([str(year)] if year else [])])


def _row(facts: EditionData, code: str, metric_id: str) -> Row:
    row = facts.headline(code, metric_id)
    if row is None:
        raise ProjectFault(f"The edition has no row of {metric_id} for {code}.")
    return row


def _aliases(facts: EditionData, place: Row) -> dict[str, list[Any]]:
    """Return other names and codes of a locality, without variants of its own name."""
    code = place["locality_code"]
    own = {_plain(place["locality_name"]), _plain(place["locality_name_cy"] or "")}
    keys = [row["name_key"] for row in facts.name_keys.get(code, [])]
    return {
        "names": [key.title() for key in keys if _plain(key) not in own],
        "codes": [row for row in facts.former_codes.get(code, []) if row["area_code"] != code],
    }


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFD", name.lower())
    return "".join(letter for letter in letters if letter.isalnum())


def _card(facts: EditionData, text: Text, strips: Strips, row: Row) -> dict[str, Any]:
    """Return a value with its strip plot and its comparison with the group."""
    compared = facts.compared.get(row["locality_code"], {}).get(row["metric_id"])
    return {
        "row": row,
        "strip": strips.of(row),
        "group": group_words(facts, text, row["comparable_group"]) if row["comparable_group"] else "",
        "compared": compared if compared and compared["period"] == row["period"] else None,
        "rank": facts.rank_set(row),
    }


def _numbered(cards: list[dict[str, Any]], key: str, listed: Callable[[Row], list[str]]) -> list[str]:
    """Return the shared items of the cards of a page, each once and in order, and number them on every card."""
    found: dict[str, int] = {}
    for card in cards:
        card[key] = [found.setdefault(item, len(found) + 1) for item in listed(card["row"])]
    return list(found)


def _unknown(text: Text, rows: dict[str, Row]) -> list[dict[str, Any]]:
    """Return the measures without a value, grouped by state and reason.

    Measures that are missing because no one searched are left out, because the section on practices says so, except for
    the component of the balance.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for metric_id, row in rows.items():
        if row["value"] is None and (row["state"] != "not_searched" or metric_id in TRIAD):
            found.setdefault((row["state"], text.reason(row["reason_codes"])), []).append(metric_id)
    return [
        {"state": state, "reason": reason, "metric_ids": metric_ids} for (state, reason), metric_ids in found.items()
    ]


def _profile(profile: Row) -> dict[str, Any]:
    """Return a deprivation profile with the bars of its deciles, scaled to the largest decile."""
    counts = [profile[f"decile_{number}_areas"] for number in DECILES]
    width = BARS_WIDTH / len(counts)
    highest = max(counts)
    bars = "".join(
        f"M{position * width + BARS_GAP / 2:g} {BARS_HEIGHT}v{-count / highest * BARS_HEIGHT:.1f}h{width - BARS_GAP:g}"
        f"V{BARS_HEIGHT}z"
        for position, count in enumerate(counts)
    )
    even = BARS_HEIGHT * (1 - sum(counts) / len(counts) / highest)
    return profile | {"counts": counts, "bars": bars, "even": f"{even:.1f}"}


def _asks(facts: EditionData, text: Text, rows: dict[str, Row], practices: list[Row]) -> list[str]:
    """Return the suggestions for improving the page: the state of a family of measures, and what would change it."""
    lacking = dict.fromkeys(
        text.first("ask", f"{facts.metrics[metric_id]['family']}.{row['state']}", f"any.{row['state']}")
        for metric_id, row in rows.items()
        if row["state"] not in SETTLED and metric_id not in (*TRIAD, *IN_2008)
    )
    asks = list(lacking)
    if any(not practice["looks_n"] for practice in practices):
        asks.append("status.never_looked")
    if any(practice["status_age_days"] > OLD_STATUS_DAYS for practice in practices):
        asks.append("status.old")
    return asks
