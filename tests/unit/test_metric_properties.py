"""Properties that hold for any input: nothing appears when input goes missing, and parts stay parts.

All inputs are drawn by hypothesis around made-up rows.
"""

from collections import Counter
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.sql_harness import CITY, INDEX, NATIONS, Bench, awards, practice, searches, small_area, values
from warehouse import catalogue
from warehouse.lineage import SQL_ROOT, queries, reads

BENCH = Bench()
PLACES = list(NATIONS)
# A record that is read strictly stands whole or not at all: a row of it is never quarantined.
STRICT = "core.fct_place_fund_coverage"
FAMILIES = [
    name.removeprefix("metrics.")
    for name in reads(queries()["metrics.locality_value"].read_text("utf-8"))
    if name.startswith("metrics.") and any(column.name == "value" for column in catalogue.tables()[name].columns)
]
FEW = settings(max_examples=3, deadline=None)
INTERVALS = SQL_ROOT / "checks" / "metrics" / "metric_value" / "h7_intervals_are_ordered_and_named.sql"


TRACKER = "threesixtygiving_covid2020"


def little_of_everything():
    day, covid = date(2025, 3, 1), {"award_set": TRACKER}
    given_awards = awards(
        {"amount_gbp": 100.0, "planned_months": 12.0, "recipient_kind": "unknown"},
        {"amount_gbp": 300.0, "place": PLACES[0], "award_date": None, "funder_id": "b"},
        {"amount_gbp": 90.0, "place": PLACES[0], "recipient_kind": "public_body", "in_scope_local": False},
        {"amount_gbp": 80.0, "place": PLACES[3], "award_date": day, "funder_id": None, "rule": "recipient_postcode"},
        covid | {"amount_gbp": 10.0, "place": PLACES[1], "award_date": date(2020, 4, 1)},
        covid | {"amount_gbp": 11.0, "place": PLACES[1], "award_date": date(2020, 4, 2)},
        covid | {"amount_gbp": 12.0, "place": PLACES[2], "award_date": date(2020, 4, 3), "in_scope_local": False},
        covid | {"amount_gbp": 13.0, "place": PLACES[0]},
        {"amount_gbp": 5e6, "place": PLACES[0], "award_set": "place_funds", "fund": "a", "list_coverage": "complete"},
        {"amount_gbp": 6e6, "place": PLACES[1], "award_set": "place_funds", "fund": "b", "list_coverage": "complete"},
        {"amount_gbp": 7e6, "place": PLACES[3], "award_set": "place_funds", "fund": "c", "list_coverage": "partial"},
        {"amount_gbp": 7e6, "award_set": "place_funds", "fund": "a", "list_coverage": "complete"},
        {"amount_gbp": 8e6, "place": PLACES[4], "award_set": "place_funds", "fund": "t", "list_coverage": "complete"}
        | {"is_total": True, "planned_months": 60.0},
        places={"award-1": {PLACES[0]: 0.5, PLACES[1]: 0.25, "unallocated": 0.25}},
    )
    keys = {"indicator_id": "asked", "item_wording_id": "wording"}
    codes = [("A1", "institution", "robust"), ("A1", "joint", "unknown"), ("C1", "community", "fragile")] * 2
    return given_awards | {
        "core.fct_award_summary": [
            {"locality_code": place, "awards_n": n, "total_gbp": gbp, "awards_up_to_10000_n": n, "funders_n": 1}
            for place, n, gbp in ((PLACES[1], 2, 21.0), (PLACES[2], 1, 12.0))
        ],
        STRICT: [
            {"fund": fund, "locality_code": code, "list_coverage": coverage, "is_on_list": (fund, code) != ("b", CITY)}
            for fund, nation, coverage in (
                ("a", "England", "complete"),
                ("b", "England", "complete"),
                ("c", "Wales", "partial"),
                ("t", "Wales", "complete"),
            )
            for code in PLACES
            if NATIONS[code] == nation
        ],
        "core.fct_population": [
            {"locality_code": code, "period_end": date(year, 6, 30), "population_persons": 1000 * year}
            for code in PLACES[:4]
            for year in (2019, 2023)
        ],
        "core.fct_deprivation_profile": [INDEX | {"areas_n": 3, "decile_1_areas": 1, "mean_rank_percentile": 0.4}],
        "core.fct_small_area": [small_area(rank, 10 * rank) for rank in (5, 25, 75)],
        "core.dim_indicator": [keys | {"metric_id": "coh_influence_pct", "nation": "Wales"}],
        "core.fct_observation": [
            keys
            | {"population_part": "{}", "survey": "NSW", "area_code": PLACES[3], "value_status": status, "value": value}
            | {"period_start": date(year, 4, 1), "period_end": date(year + 1, 3, 31)}
            for year, value, status in ((2018, 20.0, None), (2021, None, "c"), (2022, 0.0, None))
        ],
        "core.fct_practice_study": [
            practice(number, PLACES[number % 2], primary_type=kind, side=side, durability=durability)
            | {"origin": "emergent", "evidence_grade": "E2"}
            for number, (kind, side, durability) in enumerate(codes * 2)
        ],
        "core.fct_practice_code": [
            {"practice_id": f"practice {number}", "axis": "risk", "code": "fatigue", "weight": 1.0}
            for number in range(3)
        ],
        "core.bridge_practice_partner": [{"practice_id": "practice 1", "partner_number": 1, "partner_name": "Hub"}],
        "core.fct_practice_status": [{"practice_id": "practice 1", "kind": "practice", "status": "active"}],
        "core.fct_practice_search": searches(
            (PLACES[0], "recorded"), (PLACES[1], "recorded"), (PLACES[2], "none_found")
        ),
        "core.fct_practice_scan": [
            {"practice_id": f"scan {number}", "locality_code": PLACES[number % 3], "is_counted": number < 4}
            | {"evidence_grade": "E2", "status_on": date(2021, 4, 1 + number)}
            for number in range(6)
        ],
        "core.fct_practice_scan_search": [
            {"locality_code": place, "query": "made up"} for place in (PLACES[0], PLACES[3])
        ],
    }


EVERYTHING = little_of_everything()


def known_values(tables, states=("ok", "ok_low", "searched_none_found")):
    """Return the (metric, area, period or window) in one of the states when the families are made of the tables."""
    BENCH.reset()
    BENCH.put_all(tables)
    known = set()
    rows = [row for family in FAMILIES for row in BENCH.make(f"metrics.{family}")]
    # The window on record is as long as the dates in it, so it is told by its name and not by its days.
    named = {
        (row["period_start"], row["period_end"]): row["window_id"]
        for row in BENCH.rows("metrics.award_window")
        if row["window_id"] != "place_funds"
    }
    for row in rows:
        assert (row["value"] is None) == (row["state"] not in ("ok", "ok_low", "searched_none_found"))
        if row["state"] in states:
            period = (row["period_start"], row["period_end"])
            if row["metric_id"].startswith("fun_place"):
                period = "place_funds"
            elif row["metric_id"].startswith(("fun_", "bal_money", "eq_")):
                period = named.get(period, period)
            known.add((row["metric_id"], row["locality_code"], period))
    return known


# What is withheld has been worked out and is kept back for the doubt of other rows, so it may come out without them.
WORKED_OUT = ("ok", "ok_low", "searched_none_found", "withheld")
WHOLE = known_values(EVERYTHING, WORKED_OUT)
# The same before the tracker's rows of the study's period have landed: what is on record of it is the summary.
WITH_SUMMARY = EVERYTHING | {
    "core.fct_award": [row for row in EVERYTHING["core.fct_award"] if row["award_set"] != TRACKER]
    + [EVERYTHING["core.fct_award"][1] | {"award_key": "spring", "award_date": date(2020, 4, 5), "amount_gbp": 5.0}],
    "core.bridge_award_locality": [
        *EVERYTHING["core.bridge_award_locality"],
        *(
            row | {"award_key": "spring", "locality_code": PLACES[1]}
            for row in EVERYTHING["core.bridge_award_locality"]
            if row["award_key"] == "award-2"
        ),
    ],
    "core.fct_award_summary": [
        row | {"awards_with_planned_months_n": 1, "median_planned_months": 6.0}
        for row in EVERYTHING["core.fct_award_summary"]
    ],
}
WHOLE_WITH_SUMMARY = known_values(WITH_SUMMARY, WORKED_OUT)


@st.composite
def with_rows_missing(draw, tables):
    """Draw the tables with some of their rows gone, and at least one."""
    left = {}
    for name, rows in tables.items():
        if name == STRICT:
            left[name] = rows if draw(st.booleans()) else []
            continue
        kept = draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
        left[name] = [row for row, keep in zip(rows, kept, strict=True) if keep]
    return left


@pytest.mark.parametrize(
    ("tables", "whole"), [(EVERYTHING, WHOLE), (WITH_SUMMARY, WHOLE_WITH_SUMMARY)], ids=["rows", "summary"]
)
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_h1_missing_rows_never_make_a_value_appear(tables, whole, data):
    assert known_values(data.draw(with_rows_missing(tables))) - whole == set()


@pytest.mark.parametrize("name", sorted(EVERYTHING))
def test_h1_a_missing_table_never_makes_a_value_appear(name):
    assert known_values(EVERYTHING | {name: []}) - WHOLE == set()


amounts = st.floats(0.01, 5e6).map(lambda gbp: round(gbp, 2))
award_rows = st.lists(
    st.fixed_dictionaries(
        {
            "amount_gbp": amounts,
            "place": st.sampled_from([*PLACES[:3], "unallocated"]),
            "funder_id": st.sampled_from(["a", "b", "c"]),
            "recipient_kind": st.sampled_from(["community", "public_body", "unknown", "business"]),
            "planned_months": st.sampled_from([None, 6.0, 24.0, 60.0]),
            "award_date": st.sampled_from([None, date(2024, 5, 1), date(2025, 5, 1)]),
            "in_scope_local": st.booleans(),
        }
    ),
    min_size=1,
    max_size=12,
)
UNITLESS = ("fun_hhi_funder_all", "fun_multi_year_share_all", "fun_balance_community", "fun_hq_share_all", "fun_n_all")


def funded(rows):
    BENCH.reset()
    BENCH.fund(*rows)
    return {
        (row["metric_id"], row["breakdown"], row["locality_code"], row["period_start"], row["period_end"]): row
        for row in BENCH.make("metrics.funding")
    }


@FEW
@given(award_rows, st.sampled_from([2.0, 8.0, 0.5]))
def test_scaling_the_money_scales_totals_and_leaves_shares(rows, factor):
    before, after = funded(rows), funded([row | {"amount_gbp": row["amount_gbp"] * factor} for row in rows])
    for key, row in before.items():
        if key[:2] == ("fun_total_gbp_all", "all") and row["value"] is not None:
            assert after[key]["value"] == pytest.approx(row["value"] * factor)
        if key[0] in UNITLESS and key[1] == "all":
            assert after[key]["value"] == (row["value"] if row["value"] is None else pytest.approx(row["value"]))


@FEW
@given(award_rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, random):
    before = funded(rows)
    shuffled = list(rows)
    random.shuffle(shuffled)
    after = funded(shuffled)
    assert before.keys() == after.keys()
    for key, row in before.items():
        assert after[key]["state"] == row["state"]
        assert after[key]["value"] == (row["value"] if row["value"] is None else pytest.approx(row["value"]))


@FEW
@given(award_rows)
def test_parts_of_the_money_sum_to_the_whole_and_intervals_hold_their_value(rows):
    found = funded(rows)
    sums, wholes, classes = Counter(), {}, Counter()
    for (metric, part, code, *period), row in found.items():
        if (
            part == "all"
            and metric in ("fun_total_gbp", "fun_total_gbp_all", "fun_n", "fun_n_all")
            and row["value"] is not None
        ):
            if code == "K02000001":
                wholes[metric, *period] = row["value"]
            else:
                sums[metric, *period] += row["value"]
        if part.startswith("size_class") and row["value"] is not None:
            classes[metric, code, *period] += row["value"]
        if row["lci"] is not None:
            assert row["lci"] - 1e-9 <= row["value"] <= row["uci"] + 1e-9
    assert wholes.keys() == sums.keys()
    for key, whole in wholes.items():
        assert sums[key] == pytest.approx(whole, abs=0.01)
    for (metric, code, *period), whole in classes.items():
        assert whole == pytest.approx(found[metric, "all", code, *period]["value"])


small_areas = st.lists(
    st.tuples(st.integers(1, 100), st.integers(1, 5000)), min_size=1, max_size=15, unique_by=lambda area: area[0]
)


def deprived(areas):
    BENCH.reset()
    BENCH.put("core.fct_small_area", [small_area(rank, persons) for rank, persons in areas])
    BENCH.put("core.fct_deprivation_profile", [INDEX | {"areas_n": len(areas), "decile_1_areas": 0}])
    rows = BENCH.make("metrics.deprivation")
    parts = ((row["metric_id"], row["breakdown"], row["value"]) for row in rows)
    return {metric if part == "all" else part: value for metric, part, value in parts if not metric.endswith("_areas")}


@FEW
@given(small_areas, st.integers(1, 100))
def test_an_area_without_residents_changes_nothing(areas, rank):
    if rank in dict(areas):
        areas = [area for area in areas if area[0] != rank] or [(rank % 100 + 1, 10)]
    before, after = deprived(areas), deprived([*areas, (rank, 0)])
    assert after == pytest.approx(before)


@FEW
@given(small_areas)
def test_shares_of_people_stay_shares_and_fifths_sum(areas):
    found = deprived(areas)
    persons = sum(persons for _, persons in areas)
    assert sum(found[f"quintile_{number}"] for number in range(1, 6)) == persons
    for metric in ("dep_prop10_pop", "dep_extent", "dep_gini_within"):
        assert -1e-9 <= found[metric] <= 1
    assert found["dep_prop10_pop"] <= found["dep_extent"] + 1e-9
    assert min(101 - rank for rank, _ in areas) <= found["dep_avg_rank"] <= found["dep_local_conc"] + 1e-9
    scores = np.array([101.0 - rank for rank, _ in areas])
    weights = np.array([persons for _, persons in areas], dtype=float)
    spread = np.abs(scores[:, None] - scores[None, :]) * weights[:, None] * weights[None, :]
    mean = (scores @ weights) / weights.sum()
    gini = pytest.approx(spread.sum() / (2 * mean * weights.sum() ** 2), abs=1e-9)
    assert found["dep_gini_within"] == gini
    assert found["dep_gini_within_ranks"] == gini, "the made-up score is the rank from the least deprived"


def test_every_interval_of_everything_is_ordered():
    known_values(EVERYTHING)
    assert BENCH.broken(INTERVALS) == []


@FEW
@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_the_side_balance_lies_in_its_interval(institution, community, joint):
    BENCH.reset()
    sides = ["institution"] * institution + ["community"] * community + ["joint"] * joint
    BENCH.record(*(practice(n, side=side) for n, side in enumerate(sides)))
    rows = {row["metric_id"]: row for row in BENCH.make("metrics.practice")}
    if not sides:
        assert rows == {}
    elif len(sides) < 5:
        assert rows["prac_side_balance"]["state"] == "withheld"
    else:
        row = rows["prac_side_balance"]
        assert row["value"] == pytest.approx((community - institution) / len(sides))
        assert -1 <= row["lci"] <= row["value"] + 1e-12
        assert row["value"] - 1e-12 <= row["uci"] <= 1


def test_a_later_year_of_knowledge_only_ages_a_value():
    BENCH.reset()
    BENCH.put(
        "core.fct_population", [{"locality_code": PLACES[0], "period_end": date(2023, 6, 30), "population_persons": 9}]
    )
    ages = []
    for year in (0, 365):
        day = date(2026, 11, 22) + timedelta(days=year)
        BENCH.put("meta.build", [{"run_id": "made-up-run", "as_of": day}])
        rows = BENCH.make("metrics.metric_value")
        assert values([row for row in rows if row["locality_code"] == PLACES[0]], "pop_total") == {PLACES[0]: 9}
        ages += [row["staleness_days"] for row in rows if row["metric_id"] == "pop_total" and row["value"] is not None]
    assert ages[1] - ages[0] == 365


WAYS = ("threesixtygiving", "threesixtygiving_api", "threesixtygiving_grantnav")
AWARD_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "source_id": st.sampled_from((*WAYS, TRACKER)),
            "file_sha256": st.sampled_from(["a" * 64, "b" * 64, "c" * 64]),
            "award_identity": st.sampled_from(["ONE", "TWO"]),
            "award_date": st.sampled_from([date(2025, 1, 1), date(2025, 2, 1), date(2030, 1, 1)]),
            "amount": st.sampled_from([-5.0, 0.0, 5.0, 8.0]),
            "title": st.sampled_from(["first", "second"]),
        }
    ),
    min_size=1,
    max_size=9,
)


@settings(max_examples=60, deadline=None)
@given(AWARD_ROWS, st.lists(st.sampled_from(["a" * 64, "b" * 64, "c" * 64]), unique=True))
def test_an_award_counts_once_and_money_is_neither_lost_nor_made(rows, landed):
    """The rules of docs/decisions/0010-what-makes-the-same-award.md in Python; the files in `landed` have a record."""
    staged = [
        row
        | {
            "source_row": number,
            "award_id": row["award_identity"],
            "currency": "GBP",
            "row_sha256": "".join(str(row[name]) for name in ("award_identity", "award_date", "amount", "title")),
        }
        for number, row in enumerate(rows, start=1)
    ]
    files = [
        {"source_id": way, "file_sha256": sha256, "landed_at": datetime(2025, 1, 1 + day)}
        for way in (*WAYS, TRACKER)
        for day, sha256 in enumerate(landed)
    ]

    def age(row):
        sha256 = row["file_sha256"]
        return (landed.index(sha256) if sha256 in landed else -1, sha256)

    def replaced(row, other):
        if row["award_identity"] != other["award_identity"]:
            return False
        if row["source_id"] != other["source_id"]:
            if TRACKER in (row["source_id"], other["source_id"]):
                return False
            return WAYS.index(other["source_id"]) < WAYS.index(row["source_id"])
        if row["file_sha256"] == other["file_sha256"]:
            return row["row_sha256"] == other["row_sha256"] and other["source_row"] < row["source_row"]
        is_newer = row["award_date"] == other["award_date"] and age(other) > age(row)
        return is_newer and (other["amount"] >= 0 or row["amount"] < 0)

    BENCH.reset()
    BENCH.put("core.dim_award_file", files)
    BENCH.put("staging.threesixtygiving__award", staged)
    made = {row["source_row"]: row for row in BENCH.make("core.fct_award")}
    repeats = {row["source_row"] for row in staged if any(replaced(row, other) for other in staged)}
    assert {number for number, row in made.items() if row["is_repeat"]} == repeats
    assert {number for number, row in made.items() if row["is_dated_in_future"]} == {
        row["source_row"] for row in staged if row["award_date"].year == 2030
    }
    on_record = {
        row["award_identity"] for row in staged if row["source_id"] in WAYS[:2] and row["award_date"].year < 2030
    }
    assert {number for number, row in made.items() if row["is_on_record_elsewhere"]} == {
        row["source_row"] for row in staged if row["source_id"] == TRACKER and row["award_identity"] in on_record
    }
    whole = Counter()
    for row in staged:
        if row["source_row"] not in repeats:
            now = row["award_date"].year < 2030
            whole[row["source_id"], row["award_identity"], now] += row["amount"]
    net = Counter()
    for row in made.values():
        if not row["is_repeat"]:
            net[row["source_id"], row["award_id"], not row["is_dated_in_future"]] += row["amount_gbp"]
    assert net == pytest.approx(whole)
    conflicting = {
        (row["source_id"], row["award_identity"])
        for row in staged
        for other in staged
        if (row["source_id"], row["award_identity"]) == (other["source_id"], other["award_identity"])
        and (row["amount"], row["award_date"]) != (other["amount"], other["award_date"])
    }
    assert {(row["source_id"], row["award_id"]) for row in made.values() if row["has_conflicting_id"]} == conflicting
