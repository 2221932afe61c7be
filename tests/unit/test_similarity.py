"""Similar localities on tiny tables with known distances: what is missing is left out, and nations are apart.

All rows are made up.
"""

from datetime import date
from math import exp, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.sql_harness import Bench
from warehouse import catalogue
from warehouse.catalogue import files, method_rules
from warehouse.errors import BadRecord
from warehouse.lineage import SQL_ROOT, queries, reads

BENCH = Bench()
SIZE, DENSITY, MEAN, MOST = "pop_total", "pop_density", "dep_avg_rank_percentile_areas", "dep_prop20_areas"
YOUNG, OLD = "pop_under_16_share", "pop_65plus_share"
DEPRIVED = [MEAN, MOST]
CHECKS = sorted((SQL_ROOT / "checks/marts/similar_locality").glob("*.sql"))


@pytest.fixture
def bench():
    return BENCH.reset()


def code(number, nation="W"):
    return f"{nation}069999{number:02}"


def put(bench, values, nation="Wales", **more):
    """Put localities of a nation with their values, by metric; a value that is None is not on record."""
    return put_all(bench, {nation: values}, **more)


def put_all(bench, nations, **more):
    named = [(place, nation) for nation, values in nations.items() for place in values]
    bench.put(
        "core.dim_locality",
        [{"locality_code": place, "locality_name": f"Place {place}", "nation": nation} for place, nation in named],
    )
    shape = {"period_start": date(2023, 1, 1), "period_end": date(2023, 12, 31), "breakdown": "all", "state": "ok"}
    bench.put(
        "metrics.metric_value",
        [
            shape | {"locality_code": place, "metric_id": metric_id, "comparable_group": nation, "value": value} | more
            for nation, values in nations.items()
            for place, held in values.items()
            for metric_id, value in held.items()
            if value is not None
        ],
    )
    return bench


def similar(bench):
    """Return the rows of similar localities by the two codes; rows without one have None in its place."""
    return {(row["locality_code"], row["similar_code"]): row for row in bench.make("marts.similar_locality")}


THREE = {
    code(1): {SIZE: 100.0, MEAN: 0.2, MOST: 0.3},
    code(2): {SIZE: 1_000.0, MEAN: 0.4, MOST: 0.3},
    code(3): {SIZE: 10_000.0, MEAN: 0.6, MOST: 0.6},
}


def test_distances_are_those_computed_by_hand(bench):
    # Standard scores: size and mean -1.2247, 0, 1.2247; most deprived -0.7071, -0.7071, 1.4142. Weights 1, 1/2, 1/2.
    rows = similar(put(bench, THREE))
    near, far, other = (rows[pair] for pair in [(code(1), code(2)), (code(1), code(3)), (code(2), code(3))])
    assert near["distance"] == pytest.approx(sqrt((1 * 1.5 + 0.5 * 1.5 + 0.5 * 0) / 2))
    assert far["distance"] == pytest.approx(sqrt((1 * 6 + 0.5 * 6 + 0.5 * 4.5) / 2))
    assert other["distance"] == pytest.approx(sqrt((1 * 1.5 + 0.5 * 1.5 + 0.5 * 4.5) / 2))
    assert (near["similarity_order"], far["similarity_order"]) == (1, 2)
    assert (near["inputs_used"], near["inputs_missing"]) == (sorted([SIZE, *DEPRIVED]), [OLD, DENSITY, YOUNG])
    assert (near["largest_difference"], other["largest_difference"]) == (SIZE, MOST)
    assert (near["state"], near["reason_codes"], near["ci_method"]) == (
        "ok_low",
        ["far_apart"],
        "none:no_input_intervals",
    )
    assert (near["oldest_period_end"], near["source_ids"]) == (date(2023, 12, 31), ["made up"])
    assert (near["kept_n"], len(rows)) == (3, 6)
    assert [bench.broken(check) for check in CHECKS] == [[], [], []]


def test_size_alone_makes_no_similar_localities(bench):
    rows = similar(put(bench, {place: {SIZE: held[SIZE]} for place, held in THREE.items()}))
    assert rows.keys() == {(place, None) for place in THREE}
    row = rows[code(1), None]
    assert (row["similarity_order"], row["state"], row["distance"]) == (1, "not_available", None)
    assert (row["reason_codes"], row["inputs_used"]) == (["too_little_for_similarity"], [])
    assert row["inputs_missing"] == [*DEPRIVED, OLD, DENSITY, YOUNG]
    assert [bench.broken(check) for check in CHECKS] == [[], [], []]


def twelve(**more):
    """Return twelve localities whose size and deprivation change in step with their number."""
    return {
        code(number): {SIZE: exp(number), MEAN: number / 20, MOST: 1 - number / 20}
        | {metric_id: value(number) for metric_id, value in more.items()}
        for number in range(1, 13)
    }


def test_a_missing_input_is_left_out_of_the_pair_and_is_never_zero(bench):
    whole = twelve()
    lacking = whole | {code(6): {SIZE: exp(6), MEAN: 6 / 20, MOST: None}}
    rows = similar(put(bench, lacking))
    row = rows[code(6), code(7)]
    assert (row["inputs_used"], row["inputs_missing"]) == ([MEAN, SIZE], [MOST, OLD, DENSITY, YOUNG])
    # One step in size and in mean rank, of standard deviation 3.4521 over all twelve.
    assert row["distance"] == pytest.approx(sqrt((1 + 0.5) * (1 / 3.4520525) ** 2 / 1.5))
    others = similar(put(bench, {place: held for place, held in whole.items() if place != code(6)}))
    as_zero = similar(put(bench, lacking | {code(6): lacking[code(6)] | {MOST: 0.0}}))
    assert rows[code(2), code(3)]["inputs_used"] == sorted([SIZE, *DEPRIVED])
    assert others[code(2), code(3)]["distance"] == pytest.approx(rows[code(2), code(3)]["distance"], rel=0.05)
    assert as_zero[code(6), code(7)]["distance"] > 2 * row["distance"]


def test_an_input_of_few_localities_is_not_used(bench):
    # Two of twelve, as after one council's ages have landed: their mean would be no mean of the nation.
    rows = similar(put(bench, twelve(**{YOUNG: lambda number: 0.1 + number / 100 if number < 3 else None})))
    assert YOUNG in rows[code(1), code(2)]["inputs_missing"]
    rows = similar(put(bench, twelve(**{YOUNG: lambda number: 0.1 + number / 100 if number < 11 else None})))
    assert YOUNG in rows[code(1), code(2)]["inputs_used"]
    assert YOUNG in rows[code(10), code(11)]["inputs_missing"]


def test_an_input_that_is_the_same_everywhere_says_nothing(bench):
    rows = similar(put(bench, twelve(**{OLD: lambda _: 0.1})))
    assert OLD in rows[code(1), code(2)]["inputs_missing"]


def test_values_of_one_period_and_group_are_compared(bench):
    put(bench, twelve())
    rows = BENCH.database.sql("from metrics.metric_value").pl().to_dicts()
    newer = [row | {"period_end": date(2024, 12, 31), "value": 7.0} for row in rows if row["locality_code"] == code(1)]
    bench.put("metrics.metric_value", [*rows, *newer])
    inputs = bench.make("metrics.similarity_input")
    assert {row["period_end"] for row in inputs} == {date(2023, 12, 31)}
    assert len(inputs) == 36


def test_nations_are_apart_and_no_locality_is_its_own(bench):
    welsh, english = twelve(), {code(1, "E"): {SIZE: exp(1), MEAN: 0.05, MOST: 0.95}}
    english |= {code(number, "E"): held for number, held in enumerate(twelve().values(), start=21)}
    rows = similar(put_all(bench, {"Wales": welsh, "England": english}))
    assert all(one[0] == other[0] and one != other for one, other in rows)
    counts = {place: sum(one == place for one, _ in rows) for place in [*welsh, *english]}
    assert set(counts.values()) == {10}
    assert [bench.broken(check) for check in CHECKS] == [[], [], []]


def test_equal_distances_are_in_order_of_code(bench):
    held = {number: {SIZE: exp(number % 3), MEAN: number % 3 / 10, MOST: number % 3 / 10} for number in range(1, 10)}
    rows = similar(put(bench, {code(number): values for number, values in held.items()}))
    first = [other for (one, other), row in rows.items() if one == code(4) and row["distance"] == 0]
    assert sorted(first) == [code(1), code(7)]
    assert rows[code(4), code(1)]["similarity_order"] == 1
    assert rows[code(4), code(7)]["similarity_order"] == 2


VALUES = st.lists(
    st.tuples(st.integers(1, 10**6), st.integers(0, 100), st.one_of(st.none(), st.integers(0, 100))),
    min_size=4,
    max_size=14,
)


def held(rows, order=None, times=1.0):
    numbers = list(order or range(len(rows)))
    return {
        code(number): {SIZE: rows[number][0] * times, MEAN: rows[number][1] / 100 * times, MOST: share(rows[number][2])}
        for number in numbers
    }


def share(percent):
    return None if percent is None else percent / 100


def distances(rows):
    return {pair: row["distance"] for pair, row in rows.items()}


@settings(max_examples=15, deadline=None)
@given(VALUES, st.randoms(use_true_random=False))
def test_order_of_rows_and_units_change_nothing_and_distances_agree_both_ways(rows, random):
    order = random.sample(range(len(rows)), len(rows))
    bench = BENCH.reset()
    found = distances(similar(put(bench, held(rows))))
    assert [bench.broken(check) for check in CHECKS] == [[], [], []]
    assert distances(similar(put(bench, held(rows, order)))) == found
    for (one, other), distance in found.items():
        assert found.get((other, one), distance) == distance
    scaled = distances(similar(put(bench, held(rows, times=1024.0))))
    common = found.keys() & scaled.keys()
    assert {pair: scaled[pair] for pair in common} == pytest.approx({pair: found[pair] for pair in common}, abs=1e-6)
    assert {one for one, _ in scaled} == {one for one, _ in found}


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("h4_similar_localities_are_of_one_nation", "similar_code = locality_code where similarity_order = 2"),
        ("h4_similar_localities_are_of_one_nation", "distance = distance / 2 where similarity_order = 2"),
        ("h4_similar_localities_are_of_one_nation", "distance = null where similarity_order = 2"),
        ("h5_every_locality_is_there", "similarity_order = 3 where similarity_order = 2"),
        ("h5_every_locality_is_there", f"locality_code = 'E06000001' where locality_code = '{code(1)}'"),
        ("h5_every_locality_is_there", "state = 'ok' where state = 'ok_low'"),
        ("h5_every_locality_is_there", "similar_code = null where similarity_order = 2"),
        ("h3_only_inputs_of_both_are_used", f"inputs_used = ['{SIZE}', '{YOUNG}', '{MOST}']"),
        ("h3_only_inputs_of_both_are_used", "inputs_used = ['dep_prop20_areas', 'dep_avg_rank_percentile_areas']"),
        ("h3_only_inputs_of_both_are_used", "inputs_missing = []"),
    ],
)
def test_the_rules_find_a_fault(bench, rule, fault):
    put(bench, THREE).make("marts.similar_locality")
    path = SQL_ROOT / f"checks/marts/similar_locality/{rule}.sql"
    assert bench.broken_after(path, f"update marts.similar_locality set {fault}")


def test_nothing_is_ranked_or_measured_by_similarity():
    readers = {
        name: {table for table in reads(path.read_text("utf-8")) if "simil" in table}
        for name, path in queries().items()
    }
    assert {name: tables for name, tables in readers.items() if tables} == {
        "metrics.similarity_input": {"core.dim_similarity_input"},
        "marts.similar_locality": {"core.dim_similarity_input", "metrics.similarity_input"},
    }


def test_inputs_describe_the_place_and_have_no_direction():
    inputs = catalogue.similarity()
    assert {catalogue.metrics()[metric_id].family for metric_id in inputs} == {"POP", "DEP"}
    assert {catalogue.metrics()[metric_id].direction for metric_id in inputs} == {"none"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- {id: pop_totl, aspect: size, weight: 1}", "not a catalogued metric; near: pop_total"),
        ("- {id: coh_influence_pct, aspect: size, weight: 1}", "direction up"),
        ("- {id: rural_class, aspect: density, weight: 1}", "unit category"),
        ("- {id: pop_total, aspect: size, weight: 0.7}", "aspect size must sum to 1, got 0.7"),
        ("- {id: pop_total, aspect: size, weight: 0}", "greater than 0"),
    ],
)
def test_a_wrong_input_is_refused_with_what_was_expected(tmp_path, monkeypatch, text, reason):
    (tmp_path / "similarity.yaml").write_text(text, "utf-8")
    monkeypatch.setattr(files, "ROOT", tmp_path)
    known = catalogue.metrics()
    monkeypatch.setattr(method_rules, "metrics", lambda: known)
    with pytest.raises(BadRecord, match=reason):
        method_rules.similarity.__wrapped__()
