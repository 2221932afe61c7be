"""Which row of a metric stands for it, what a median is of, and what the hash of a value is of, on made-up tables."""

from collections import Counter
from datetime import date
from hashlib import sha256

import pytest

from tests.support.sql_harness import AS_OF, NATIONS, answers, awards, of, values

PLACE, OTHER, WALES = "E06999901", "E06999902", "W06999901"
SIDES = [{"amount_gbp": 100.0, "recipient_kind": kind} for kind in ("community", "public_body")] * 3


DAYS = {"period_start": date(2022, 1, 1), "period_end": date(2022, 12, 31)}
WELSH = [f"W0699991{number}" for number in range(10)]


def put(bench, *rows):
    bench.put_all(awards(*rows))


def put_welsh_localities(bench, number):
    codes = WELSH[:number]
    bench.put(
        "core.dim_locality", [{"locality_code": c, "nation": "Wales", "comparable_group": "Wales"} for c in codes]
    )
    return codes


def test_money_of_the_study_is_a_component_of_the_balance_by_its_award_rows_alone(bench):
    study = {"award_set": "threesixtygiving_covid2020", "award_date": date(2020, 4, 1), "place": OTHER}
    elsewhere = [row | {"place": PLACE} for row in SIDES]
    summary = {"locality_code": OTHER, "awards_n": 2, "total_gbp": 200.0, "awards_up_to_10000_n": 2, "funders_n": 1}
    bench.put("core.fct_award_summary", [summary])
    put(bench, *elsewhere)
    assert values(bench.make("metrics.balance_count"), "bal_legs_ok") == dict.fromkeys(NATIONS, 0) | {PLACE: 1}
    shown = {row["locality_code"]: row for row in bench.make("marts.locality_profile")}
    assert (shown[OTHER]["fun_total_gbp_all"], shown[OTHER]["bal_money"]) == (200, None)
    put(bench, *elsewhere, *(row | study for row in SIDES))
    assert values(bench.make("metrics.balance_count"), "bal_legs_ok") == dict.fromkeys(NATIONS, 0) | {
        PLACE: 1,
        OTHER: 1,
    }
    shown = {row["locality_code"]: row for row in bench.make("marts.locality_profile")}
    assert (shown[OTHER]["bal_money"], shown[OTHER]["bal_legs_ok"]) == (0.5, 1)


def test_a_suppressed_newest_figure_hides_the_older_one(bench):
    years = {2021: {"value": 25.0}, 2022: {"value": None, "value_status": "c"}}
    rows = [row | {"period_start": date(y, 1, 1), "period_end": date(y, 12, 31)} for y, row in years.items()]
    bench.put_all(answers("coh_influence_pct", "Wales", *rows, area_code=WALES))
    (shown,) = (row for row in bench.make("marts.locality_profile") if row["locality_code"] == WALES)
    assert (shown["bal_voice"], shown["bal_voice_state"], shown["bal_legs_ok"]) == (None, "suppressed", 0)
    voice = of(bench.make("metrics.headline_value"), "bal_voice")[WALES]
    assert (voice["ci_method"], voice["period_end"]) == ("none:no_value", date(2022, 12, 31))
    assert "withholds" in voice["state_reason"]


def test_quality_counts_money_of_every_award_on_record(bench):
    put(bench, {"amount_gbp": 100.0, "place": PLACE, "award_date": date(2015, 6, 1)})
    rows = bench.make("metrics.quality")
    bench.make("metrics.locality_value")
    found = of(bench.rows("metrics.locality_value"), "fun_total_gbp", period_end=AS_OF)
    assert found[PLACE]["state"] == "not_available", "no award of the last three years"
    assert values(rows, "q_states", "state_ok")[PLACE] > values(rows, "q_states", "state_ok")[OTHER]


def test_windows_of_the_same_days_do_not_double_a_row(bench):
    fund = {"award_set": "place_funds", "fund": "Town fund", "list_coverage": "complete", "funder_id": None}
    put(bench, {"amount_gbp": 100.0, "place": PLACE}, fund | {"amount_gbp": 5e6, "place": PLACE})
    bench.put("core.fct_population", [{"locality_code": PLACE, "period_end": AS_OF, "population_persons": 50_000}])
    need = bench.make("marts.funding_and_need")
    days = {row["window_id"]: (row["period_start"], row["period_end"]) for row in bench.rows("metrics.award_window")}
    assert days["on_record"] == days["place_funds"]
    rows = Counter((row["locality_code"], row["funding_metric_id"], row["window_id"]) for row in need)
    assert set(rows.values()) == {1}
    assert len(rows) == 7 * len(NATIONS), "two measures in three windows, and one of the place funds"
    by_row = {(row["locality_code"], row["funding_metric_id"], row["window_id"]): row for row in need}
    row = by_row[PLACE, "fun_place_per_head", "place_funds"]
    assert (row["funding_gbp_per_head"], row["funding_ci_method"]) == (100, "none:register_count")
    assert by_row[PLACE, "fun_per_head", "covid_2020"]["funding_ci_method"] == "none:no_value"
    assert len(bench.make("marts.locality_profile")) == len(NATIONS)


def test_what_is_computed_from_a_missing_figure_is_missing_for_the_same_reason(bench):
    given = answers(
        "coh_influence_pct",
        "Wales",
        *({"area_code": name, "area_name": name} for name in ("Old North", "Old South")),
        **DAYS,
        value=20.0,
        locality_code=WALES,
    )
    former = [
        {name: cell for name, cell in row.items() if name != "population_part"} for row in given["core.fct_observation"]
    ]
    bench.put_all({"core.dim_indicator": given["core.dim_indicator"], "core.fct_observation_former": former})
    rows = bench.make("metrics.metric_value")
    reason = (
        "the survey has figures for authorities later merged into this locality (Old North, Old South), "
        "but none for the whole locality"
    )
    for metric in ("coh_influence_pct", "bal_voice"):
        row = of(rows, metric)[WALES]
        assert (row["value"], row["state"], row["state_reason"]) == (None, "not_available", reason), metric
    other = of(rows, "coh_influence_pct")["W06999902"]
    assert other["state_reason"] == "no survey on record gives a figure for this area"


@pytest.mark.parametrize(("reliable", "state"), [(10, "ok"), (8, "ok"), (7, "withheld")])
def test_a_median_is_of_every_value_and_takes_eight_tenths_that_are_reliable(bench, reliable, state):
    codes = put_welsh_localities(bench, 10)
    rows = [
        {"area_code": code, "value": 50.0 + number, "value_status": None if number < reliable else "u"}
        for number, code in enumerate(codes)
    ]
    bench.put_all(answers("coh_trust_pct", "Wales", *rows, **DAYS))
    rows = [row for row in bench.make("marts.nation_comparison") if row["metric_id"] == "coh_trust_pct"]
    (row,) = rows
    assert (row["ok_n"], row["median_state"]) == (reliable, state)
    assert row["median_value"] == (54.5 if state == "ok" else None)
    assert row["median_ci_method"] == ("none:not_published" if state == "ok" else "none:no_value")


@pytest.mark.parametrize(
    ("errors", "why"),
    [({"lci_95": 50.0, "uci_95": 60.0}, "none:median_of_estimates"), ({}, "none:not_published")],
)
def test_a_median_of_estimates_does_not_claim_to_be_free_of_error(bench, errors, why):
    codes = put_welsh_localities(bench, 8)
    rows = [{"area_code": code, "value": 55.0} | errors for code in codes]
    bench.put_all(answers("coh_trust_pct", "Wales", *rows, **DAYS))
    bench.put(
        "core.fct_deprivation_profile",
        [{"index_id": "WIMD2025", "locality_code": code, "areas_n": 2, "decile_1_areas": 1} for code in codes],
    )
    rows = {row["metric_id"]: row for row in bench.make("marts.nation_comparison") if row["median_state"] == "ok"}
    assert rows["coh_trust_pct"]["median_ci_method"] == why
    # Counts of every small area have no error of sampling.
    assert rows["dep_prop10_areas"]["median_ci_method"] == "none:all_localities"


def test_the_place_funds_of_nations_are_not_set_side_by_side(bench):
    bench.make("marts.nation_comparison")
    assert not [row for row in bench.rows("marts.nation_comparison") if row["metric_id"].startswith("fun_place")]


def test_a_metric_that_is_not_for_comparing_has_no_group(bench):
    bench.put("core.fct_deprivation_profile", [{"index_id": "IoD2025", "locality_code": PLACE, "areas_n": 2}])
    rows = bench.make("metrics.metric_value")
    assert of(rows, "dep_year_gap")[PLACE]["comparable_group"] is None
    assert of(rows, "dep_prop10_areas")[PLACE]["comparable_group"] == "England | IoD2025"


def test_the_hash_of_a_value_is_of_the_current_files_of_its_sources(bench):
    bench.put(
        "meta.landed_file",
        [
            {"source_id": "people", "file_sha256": "bb", "is_current": True},
            {"source_id": "people", "file_sha256": "aa", "is_current": True},
            {"source_id": "people", "file_sha256": "old", "is_current": False},
            {"source_id": "other", "file_sha256": "cc", "is_current": True},
        ],
    )
    bench.put(
        "core.fct_population",
        [
            {"locality_code": PLACE, "period_end": AS_OF, "population_persons": 5, "source_id": "people"},
            {"locality_code": OTHER, "period_end": AS_OF, "population_persons": 5, "source_id": "other"},
        ],
    )
    rows = of(bench.make("metrics.metric_value"), "pop_total")
    assert rows[PLACE]["input_hash"] == sha256(b"people aa\npeople bb").hexdigest()
    assert rows[OTHER]["input_hash"] == sha256(b"other cc").hexdigest()
    assert rows[WALES]["input_hash"] == "made-up-hash", "a row without a source rests on all that was read"
