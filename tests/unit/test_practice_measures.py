"""Measures of the register: golden values of method.md section 6, independent references, properties and edges.

All records are made up.
"""

from collections import Counter
from datetime import date
from itertools import combinations
from math import exp, isclose, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import comb

from tests.support.sql_harness import AS_OF, OTHER, PLACE, WALES, Bench, coded, of, practice, searches, values

BENCH = Bench()
UNITED_KINGDOM = "K02000001"
FEW = settings(max_examples=4, deadline=None)
TYPES = ["A1", "A2", "A3", "I1", "I2", "I3", "C1", "C2"]


def practised(cells):
    """Put as many records as each (type, side) has and return the metrics of practice."""
    BENCH.reset()
    BENCH.record(
        *(
            practice(f"{kind} {side} {number}", primary_type=kind, side=side)
            for (kind, side), count in cells.items()
            for number in range(count)
        )
    )
    return BENCH.make("metrics.practice")


def value(rows, metric_id, breakdown="all"):
    return of(rows, metric_id, breakdown)[PLACE]["value"]


def test_the_bound_of_unseen_cells_is_no_more_than_there_are_cells():
    ten = {(kind, side): 1 for kind in TYPES[:5] for side in ("institution", "community")}
    assert value(practised(ten), "prac_cells_chao1") == 16, "10 singletons would give 50.5"


def test_what_too_few_records_cannot_give():
    rows = practised({(kind, "community"): 1 for kind in TYPES[:5]})
    assert value(rows, "prac_cells_rare_5") == pytest.approx(5)
    assert (of(rows, "prac_cells_chao1")[PLACE]["state"], value(rows, "prac_cells_chao1")) == ("withheld", None)
    assert value(rows, "prac_coverage_gt") == pytest.approx(0.1111, abs=5e-5)
    rows = practised({("A1", "institution"): 4})
    assert (of(rows, "prac_cells_rare_5")[PLACE]["state"], value(rows, "prac_cells_rare_5")) == ("not_applicable", None)
    assert value(rows, "prac_cells_q1") == value(rows, "prac_cells_q2") == 1


cell_counts = st.dictionaries(
    st.tuples(st.sampled_from(TYPES), st.sampled_from(["institution", "community", "joint"])),
    st.integers(1, 6),
    min_size=1,
    max_size=8,
)


@FEW
@given(cell_counts)
def test_breadth_is_that_of_a_plain_count_over_all_draws(cells):
    """Hill numbers, rarefaction and Chao's bound against code that writes the definitions out."""
    rows = practised(cells)
    records = [pair for pair, count in cells.items() for _ in range(count)]
    touches = [
        {(kind, one) for one in ("institution", "community") if side in (one, "joint")} for kind, side in records
    ]
    touching = Counter(cell for cell_set in touches for cell in cell_set)
    weight = Counter()
    for cell_set in touches:
        for cell in cell_set:
            weight[cell] += 1 / len(cell_set)
    shares = [amount / len(records) for amount in weight.values()]
    assert value(rows, "prac_cells_n") == len(touching)
    assert value(rows, "prac_cells_q1") == pytest.approx(exp(-sum(share * log(share) for share in shares)))
    assert value(rows, "prac_cells_q2") == pytest.approx(1 / sum(share * share for share in shares))
    assert value(rows, "prac_cells_expected") == pytest.approx(16 * (1 - (15 / 16) ** len(records)))
    assert value(rows, "prac_sources_n") == 1
    order = [value(rows, metric) for metric in ("prac_cells_n", "prac_cells_q1", "prac_cells_q2")]
    assert order == sorted(order, reverse=True) or all(isclose(one, order[0]) for one in order)
    if 5 <= len(records) <= 14:
        draws = list(combinations(touches, 5))
        mean = sum(len(set().union(*draw)) for draw in draws) / len(draws)
        assert value(rows, "prac_cells_rare_5") == pytest.approx(mean)
    if len(records) >= 10:
        once, twice = (sum(count == number for count in touching.values()) for number in (1, 2))
        unseen = once**2 / (2 * twice) if twice else once * (once - 1) / 2
        bound = len(touching) + (len(records) - 1) / len(records) * unseen
        assert value(rows, "prac_cells_chao1") == pytest.approx(min(bound, 16))


def test_the_shares_of_origin_are_the_whole():
    BENCH.reset()
    origins = ["accelerated", "emergent", "emergent", "unknown"]
    BENCH.record(*(practice(n, origin=origin) for n, origin in enumerate(origins)))
    rows = BENCH.make("metrics.practice")
    parts = [value(rows, "prac_origin_share", f"origin_{name}") for name in ("accelerated", "emergent", "unknown")]
    assert parts == [0.25, 0.5, 0.25]


def test_a_recommendation_counts_from_a_described_practice_on():
    BENCH.reset()
    BENCH.record(practice(1), practice(2, evidence_grade="E0"), practice(3, evidence_grade="E3"))
    recommended = coded("recommendation", (1, "A1"), (1, "C2"), (2, "I3"), (3, "A1"))
    BENCH.put("core.fct_practice_code", [*recommended, *coded("lesson", (1, "work_locally"))])
    assert value(BENCH.make("metrics.practice"), "rec_coverage") == 2


# What became of the practices


def told(number, status, when, **more):
    row = {"practice_id": f"practice {number}", "locality_code": PLACE, "kind": "practice", "status": status}
    return row | {"status_date": when, "status_as_of": when and when.isoformat(), "source_id": "practice_status"} | more


def followed(*observations, records=None):
    """Put records with the report's own status of 2021 and later observations; return the measures of practice."""
    BENCH.reset()
    numbers = records or sorted({int(row["practice_id"].split()[1]) for row in observations})
    BENCH.record(*(practice(number) for number in numbers))
    report = [told(number, "unknown", date(2021, 1, 1), source_id="practice_readings") for number in numbers]
    BENCH.put(
        "core.fct_practice_status",
        [row | {"status_number": n} for n, row in enumerate([*report, *observations], start=1)],
    )
    return BENCH.make("metrics.practice")


def outcomes():
    return {row["practice_id"]: row["outcome"] for row in BENCH.rows("metrics.practice_followup")}


def test_only_news_from_after_the_report_shows_that_a_practice_goes_on():
    followed(
        told(1, "active", date(2022, 5, 1)),
        told(2, "active", date(2021, 7, 1)),
        told(3, "active", None),
        told(4, "changed", date(2024, 1, 1)),
        told(5, "planned", date(2024, 1, 1)),
        told(6, "active", date(2023, 1, 1), kind="successor"),
        told(7, "active", date(2027, 1, 1)),
    )
    going_on = {"practice 1": "going_on", "practice 4": "going_on"}
    assert outcomes() == dict.fromkeys((f"practice {n}" for n in range(1, 8)), "unknown") | going_on


def test_finished_works_are_not_an_end_and_recent_ones_do_not_make_an_old_sighting_recent():
    BENCH.reset()
    BENCH.record(practice(1), practice(2))
    statuses = [
        told(1, "changed", date(2025, 8, 29)),
        told(1, "ended", date(2025, 9, 19), is_completion=True),
        told(2, "active", date(2023, 1, 1)),
        told(2, "ended", date(2025, 9, 19), is_completion=True),
        *(told(n, "active", date(2021, 1, 1), source_id="practice_readings") for n in (1, 2)),
    ]
    BENCH.put("core.fct_practice_status", [row | {"status_number": n} for n, row in enumerate(statuses)])
    rows = {row["practice_id"]: row for row in BENCH.make("marts.sustaining")}
    for row in rows.values():
        last = row["last_status"], row["last_status_date"]
        assert (row["outcome"], *last) == ("going_on", "completed", date(2025, 9, 19))
        assert "ended" not in row["attention_reason"]
        assert "works completed 14 months ago" in row["attention_reason"]
    assert [rows[f"practice {n}"]["outcome_date"] for n in (1, 2)] == [date(2025, 8, 29), date(2023, 1, 1)]
    assert [rows[f"practice {n}"]["attention_class"] for n in (1, 2)] == [7, 4]


def test_an_end_counts_from_any_day_and_the_end_of_works_is_none():
    followed(
        told(1, "ended", date(2020, 8, 1)),
        told(2, "ended", date(2025, 9, 19), is_completion=True),
        told(2, "changed", date(2025, 8, 1)),
        told(3, "ended", date(2025, 9, 19), is_completion=True),
        told(4, "ended", date(2022, 1, 1)),
        told(4, "active", date(2024, 1, 1)),
        told(5, "active", date(2022, 1, 1)),
        told(5, "ended", date(2024, 1, 1)),
    )
    assert [outcomes()[f"practice {n}"] for n in range(1, 6)] == ["ended", "going_on", "unknown", "going_on", "ended"]
    last = {row["practice_id"]: row for row in BENCH.rows("metrics.practice_followup")}
    assert (last["practice 2"]["last_status"], last["practice 2"]["is_completion"]) == ("ended", True)


def test_what_is_not_known_is_censored_and_bounds_the_share():
    rows = followed(
        told(1, "active", date(2022, 1, 1)),
        told(2, "active", date(2023, 1, 1)),
        told(3, "ended", date(2022, 1, 1)),
        records=range(1, 6),
    )
    row = of(rows, "prac_survival_pct")[PLACE]
    assert (row["value"], row["lci"], row["uci"]) == pytest.approx((200 / 3, 40, 80))
    assert (row["n_num"], row["n_den"], row["coverage"], row["ci_method"]) == (2, 3, 0.6, "bounds:unknown_fate")
    corpus = of(rows, "prac_survival_pct")[UNITED_KINGDOM]
    assert (corpus["value"], corpus["state"], corpus["state_reason"]) == (
        row["value"],
        "ok_low",
        "follow-up status known for 3 of 5 practices",
    )
    row = of(followed(records=[1]), "prac_survival_pct")[PLACE]
    assert (row["state"], row["value"]) == ("not_available", None)


@FEW
@given(st.lists(st.sampled_from(["active", "changed", "ended", "planned", "unknown"]), min_size=1, max_size=12))
def test_to_learn_more_never_leaves_the_bounds(statuses):
    """Whatever later comes to light of the unknown, the share stays between the ends that were given before."""
    observed = [told(n, status, date(2023, 1, 1)) for n, status in enumerate(statuses, start=1)]
    before = of(followed(*observed), "prac_survival_pct")[PLACE]
    if before["value"] is None:
        return
    for fate in ("active", "ended"):
        resolved = [row if row["status"] not in ("planned", "unknown") else row | {"status": fate} for row in observed]
        after = of(followed(*resolved), "prac_survival_pct")[PLACE]
        assert before["lci"] - 1e-9 <= after["value"] <= before["uci"] + 1e-9


# Who is named with whom


def named(*records, leads=None):
    """Put records, each given as the (name, sector) of its partners, and their leads; return the measures."""
    BENCH.reset()
    leads = leads or {}
    BENCH.record(
        *(
            practice(n, lead_actor=leads.get(n, (None, None))[0], lead_sector=leads.get(n, (None, None))[1])
            for n in range(len(records))
        )
    )
    BENCH.put(
        "core.bridge_practice_partner",
        [
            {"practice_id": f"practice {n}", "partner_number": number, "partner_name": name, "sector": sector}
            for n, partners in enumerate(records)
            for number, (name, sector) in enumerate(partners, start=1)
        ],
    )
    return BENCH.make("metrics.practice")


def test_five_bodies_and_six_ties_have_a_density_of_three_fifths():
    bodies = {
        name: sector for name, sector in zip("abcde", ["council", "vcse", "vcse", "business", "vcse"], strict=True)
    }
    pairs = ["ab", "ac", "ad", "bc", "cd", "de"]
    rows = named(*([(one, bodies[one]), (other, bodies[other])] for one, other in pairs))
    assert value(rows, "prac_network_density") == pytest.approx(0.6)
    assert value(rows, "prac_cross_sector_share") == pytest.approx(5 / 6), "b and c are both of the voluntary sector"
    nodes = {row["party_name"]: row for row in BENCH.make("marts.practice_network_node")}
    assert {name: node["degree"] for name, node in nodes.items()} == {"a": 3, "b": 2, "c": 3, "d": 3, "e": 1}
    assert {name for name, node in nodes.items() if node["is_bridging"]} == {"a", "b", "c", "d"}
    assert value(rows, "prac_bridging_n") == 4


def test_spellings_meet_and_places_do_not():
    BENCH.reset()
    BENCH.record(
        practice(1, lead_actor="The Hub", lead_sector="vcse"),
        practice(2, lead_actor="hub ", lead_sector="vcse"),
        practice(3, locality_code=OTHER, lead_actor="Hub", lead_sector="vcse"),
        practice(4, lead_actor="Community groups", lead_sector=None),
    )
    BENCH.put(
        "core.bridge_practice_partner",
        [
            {"practice_id": f"practice {n}", "partner_number": 1, "partner_name": "Made-up Council"}
            | {"sector": "council"}
            for n in (1, 2, 3)
        ],
    )
    nodes = {row["party_id"]: row for row in BENCH.make("marts.practice_network_node")}
    assert nodes.keys() == {f"{place}:{name}" for place in (PLACE, OTHER) for name in ("hub", "made up council")}
    edges = {row["locality_code"]: row for row in BENCH.make("marts.practice_network_edge")}
    assert (edges[PLACE]["weight"], edges[PLACE]["practice_ids"]) == (2, ["practice 1", "practice 2"])
    assert (edges[OTHER]["weight"], edges[OTHER]["is_cross_sector"]) == (1, True)


def test_too_few_bodies_have_no_network_and_no_tie_has_no_share():
    rows = named([("a", "vcse"), ("b", "council")])
    assert of(rows, "prac_network_density")[PLACE]["state"] == "not_applicable"
    assert of(rows, "prac_bridging_n")[PLACE]["state"] == "not_applicable"
    assert value(rows, "prac_cross_sector_share") == 1
    rows = named([("a", "vcse")], [("b", "council")], [("c", "vcse")])
    assert (value(rows, "prac_network_density"), value(rows, "prac_bridging_n")) == (0, 0)
    assert of(rows, "prac_cross_sector_share")[PLACE]["state"] == "not_applicable"


@FEW
@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=4, unique=True), min_size=1, max_size=6))
def test_the_network_is_that_of_a_plain_count(records):
    sectors = dict(zip("abcdef", ["council", "vcse", "vcse", "business", "council", "party"], strict=True))
    rows = named(*([(name, sectors[name]) for name in names] for names in records))
    edges = {frozenset(pair) for names in records for pair in combinations(names, 2)}
    nodes = {name for names in records for name in names}
    if len(nodes) < 3:
        assert value(rows, "prac_network_density") is None
        return
    assert value(rows, "prac_network_density") == pytest.approx(len(edges) / comb(len(nodes), 2))
    neighbours = {name: {other for edge in edges if name in edge for other in edge - {name}} for name in nodes}
    bridging = [name for name in nodes if len({sectors[other] for other in neighbours[name]}) >= 2]
    assert value(rows, "prac_bridging_n") == len(bridging)
    cross = [len({sectors[name] for name in edge}) == 2 for edge in edges]
    assert value(rows, "prac_cross_sector_share") == (pytest.approx(sum(cross) / len(cross)) if cross else None)


# The register itself


def test_agreement_stands_at_the_kingdom_and_weak_axes_are_experimental():
    BENCH.reset()
    BENCH.record(practice(1))
    BENCH.put(
        "metrics.practice_agreement",
        [
            {"axis": axis, "units_n": 9, "alpha": alpha, "alpha_lci": low, "alpha_uci": high, "percent_agreement": 90.0}
            for axis, (alpha, low, high) in {
                "side": (0.9, 0.7, 1.0),
                "status": (0.68, 0.48, 0.84),
                "recommendation": (0.6, 0.4, 0.8),
                "durability": (1.0, None, None),
                "risk": (None, None, None),
            }.items()
        ],
    )
    rows = BENCH.make("metrics.practice")
    states = {
        "side": "ok",
        "status": "ok_low",
        "recommendation": "ok_low",
        "durability": "ok",
        "risk": "not_applicable",
    }
    found = {axis: of(rows, "prac_alpha", f"axis_{axis}")[UNITED_KINGDOM] for axis in states}
    side = found["side"]
    assert (side["value"], side["lci"], side["uci"], side["ci_method"]) == (0.9, 0.7, 1.0, "bootstrap")
    assert side["n_den"] == 9
    assert {axis: row["state"] for axis, row in found.items()} == states
    assert found["status"]["state_reason"].startswith("the interval reaches below 0.667")
    assert found["recommendation"]["state_reason"].startswith("below 0.667")
    assert (found["durability"]["lci"], found["durability"]["ci_method"]) == (None, "none:no_disagreement")


def test_search_status_says_searched_found_or_neither():
    BENCH.reset()
    BENCH.record(practice(1))
    log = searches((PLACE, "recorded"), (PLACE, "none_found"), (OTHER, "none_found"))
    BENCH.put("core.fct_practice_search", log)
    rows = BENCH.make("metrics.metric_value")
    status, searched = of(rows, "prac_search_status"), values(rows, "prac_search_log_n")
    assert (status[PLACE]["state"], status[PLACE]["value"]) == ("ok", 1)
    assert (status[OTHER]["state"], status[OTHER]["value"]) == ("searched_none_found", 0)
    assert (status[WALES]["state"], status[WALES]["value"]) == ("not_searched", None)
    assert (searched[PLACE], searched[OTHER], searched[WALES]) == (2, 1, None)
    assert of(rows, "rec_coverage")[OTHER]["value"] == 0
    assert of(rows, "prac_cells_q1")[OTHER]["state"] == "not_applicable"


# Question 4


def test_every_practice_says_why_it_needs_a_look():
    BENCH.reset()
    BENCH.record(
        practice(1, durability="robust"),
        practice(2, durability="fragile", origin="emergent"),
        practice(3),
        practice(4),
        practice(5),
        practice(6, locality_code="E10999901", geo_precision="upper_tier"),
        practice(7, durability="fragile"),
    )
    report = [told(n, "active", date(2021, 1, 1), source_id="practice_readings") for n in range(1, 8)]
    later = [
        told(3, "active", date(2022, 1, 1)),
        told(4, "active", date(2026, 1, 1)),
        told(5, "ended", date(2023, 1, 1)),
        told(7, "active", date(2026, 1, 1)),
    ]
    BENCH.put("core.fct_practice_status", [row | {"status_number": n} for n, row in enumerate([*report, *later])])
    BENCH.put("core.fct_practice_code", coded("risk", (6, "short_termism")))
    BENCH.put(
        "core.fct_framework",
        [
            {"framework_id": "frm_localism_rights", "nation_code": "E92000001", "nation": "England"}
            | {"framework_name": "made up", "status": "in_force"}
        ],
    )
    rows = {row["practice_id"]: row for row in BENCH.make("marts.sustaining")}
    classes = {name.split()[1]: row["attention_class"] for name, row in rows.items()}
    assert classes == {"1": 6, "2": 1, "3": 4, "4": 7, "5": 8, "6": 1, "7": 3}
    assert sorted(row["attention_order"] for row in rows.values()) == list(range(1, 8))
    first = min(rows.values(), key=lambda row: row["attention_order"])
    assert first["practice_id"] == "practice 6"
    assert first["attention_reason"] == (
        "At risk, and no news since the report; the report links it to the risk of short-termism; "
        "no follow-up search on record; status in the report: active."
    )
    assert (first["nation"], first["funding_state"]) == ("England", "not_available")
    assert first["frameworks_in_force"] == ["Community rights of 2011"]
    assert rows["practice 3"]["last_status_age_days"] == (AS_OF - date(2022, 1, 1)).days
    assert "last known status: ended, 46 months ago" in rows["practice 5"]["attention_reason"]
