"""The families of metrics on tiny made-up tables: what is unknown stays unknown, and every edge has its state."""

from datetime import date, timedelta

import pytest

from assets.uncertainty.ranks import intervals
from tests.support.sql_harness import (
    AS_OF,
    CITY,
    INDEX,
    NATIONS,
    OTHER,
    PLACE,
    SCOTLAND,
    WALES,
    Bench,
    awards,
    coded,
    every_month,
    of,
    place_fund,
    practice,
    searches,
    small_area,
    values,
)
from tests.support.synthetic_data import frame
from warehouse.lineage import SQL_ROOT

CHECKS = sorted(
    path
    for tables in ("metrics/*", "marts/*", "meta/traceability")
    for path in (SQL_ROOT / "checks").glob(f"{tables}/*.sql")
)


def windows(bench):
    """Return the metrics of money by window."""
    rows = bench.make("metrics.funding") + bench.make("metrics.place_funding")
    dates = {
        (row["period_start"], row["period_end"], row["window_id"] == "place_funds"): row["window_id"]
        for row in bench.rows("metrics.award_window")
    }
    listed = ("fun_place_total_gbp", "fun_place_n", "fun_place_per_head")
    found = {}
    for row in rows:
        key = row["period_start"], row["period_end"], row["metric_id"] in listed
        found.setdefault(dates[key], []).append(row)
    return found


def on_record(bench, *rows, **options):
    """Put awards and return the metrics of what is on record."""
    bench.fund(*rows, **options)
    return windows(bench)["on_record"]


def window(bench, name):
    """Return the row of a window of awards."""
    return next(row for row in bench.rows("metrics.award_window") if row["window_id"] == name)


def ends_of(bench, name):
    """Return the first and last day of a window."""
    row = window(bench, name)
    return row["period_start"], row["period_end"]


def states(row):
    return row["state"], row["value"]


def shown(row):
    return *states(row), row["state_reason"]


def test_population_is_taken_over_and_the_rest_is_not_available(bench):
    bench.put(
        "core.fct_population", [{"locality_code": PLACE, "period_end": date(2023, 6, 30), "population_persons": 12}]
    )
    rows = of(bench.make("metrics.metric_value"), "pop_total")
    assert (rows[PLACE]["value"], rows[PLACE]["state"], rows[PLACE]["period"]) == (12, "ok", "2023-06-30/2023-06-30")
    assert rows[PLACE]["staleness_days"] == (AS_OF - date(2023, 6, 30)).days
    assert rows[PLACE]["comparable_group"] == "UK | 2023"
    assert states(rows[OTHER]) == ("not_available", None)
    assert rows.keys() == NATIONS.keys()


def profile(bench, **more):
    row = {"areas_n": 2, "decile_1_areas": 1, "decile_2_areas": 0}
    bench.put("core.fct_deprivation_profile", [INDEX | row | {"mean_rank_percentile": 0.35} | more])


def areas(bench, *rows):
    bench.put("core.fct_small_area", rows)


FIRST, SECOND = small_area(5, 1000), small_area(65, 3000)


def test_profile_alone_gives_shares_of_areas_and_no_shares_of_people(bench):
    profile(bench)
    rows = bench.make("metrics.deprivation")
    assert values(rows, "dep_prop10_areas")[PLACE] == 0.5
    assert values(rows, "dep_prop20_areas")[PLACE] == 0.5
    assert values(rows, "dep_year_gap")[PLACE] == 1
    extent = of(rows, "dep_extent")[PLACE]
    assert (*states(extent), extent["ci_method"]) == ("not_available", None, "none:no_value")
    assert extent["state_reason"] == "the small areas of the index have not been landed"
    assert of(rows, "dep_prop10_areas")[PLACE]["comparable_group"] == "England | IoD2025"


def test_no_deprived_area_is_a_true_nought(bench):
    profile(bench, decile_1_areas=0)
    assert states(of(bench.make("metrics.deprivation"), "dep_prop10_areas")[PLACE]) == ("ok", 0)


def test_areas_without_residents_give_a_reason_and_one_of_them_is_no_smaller_place(bench):
    profile(bench)
    areas(bench, FIRST | {"population_persons": None}, SECOND | {"population_persons": None})
    row = of(bench.make("metrics.deprivation"), "dep_prop10_pop")[PLACE]
    assert row["state_reason"] == "no population in the landed file"
    areas(bench, FIRST, SECOND | {"population_persons": None})
    rows = bench.make("metrics.deprivation")
    for metric in ("dep_prop10_pop", "dep_extent", "dep_avg_rank", "dep_avg_score", "dep_quintile_pop"):
        assert states(of(rows, metric)[PLACE]) == ("not_available", None)


def test_people_by_fifth_concentration_and_ranks(bench):
    profile(bench)
    areas(bench, FIRST, SECOND)
    rows = bench.make("metrics.deprivation")
    assert values(rows, "dep_prop10_pop")[PLACE] == 0.25
    fifths = [values(rows, "dep_quintile_pop", f"quintile_{number}")[PLACE] for number in range(1, 6)]
    assert fifths == [1000, 0, 0, 3000, 0]
    assert values(rows, "dep_local_conc")[PLACE] == 96, (
        "the tenth of the people, 400, live in the worst area, rank 5 of 100"
    )
    assert values(rows, "dep_avg_rank")[PLACE] == pytest.approx((96 * 1000 + 36 * 3000) / 4000)


def test_ranks_without_scores_give_no_average_score(bench):
    profile(bench)
    areas(bench, FIRST | {"overall_score": None}, SECOND | {"overall_score": None})
    rows = bench.make("metrics.deprivation")
    assert of(rows, "dep_gini_within")[PLACE]["state_reason"] == "the landed index has ranks but no scores"
    assert of(rows, "dep_extent")[PLACE]["state"] == "ok"


def surveyed(bench, *rows, metric_id="coh_belong_pct", nation="Scotland", survey="Scottish Household Survey"):
    keys = {"indicator_id": "asked", "item_wording_id": "wording"}
    bench.put("core.dim_indicator", [keys | {"metric_id": metric_id, "nation": nation, "survey": survey}])
    shape = keys | {
        "population_part": "{}",
        "survey": survey,
        "period_start": date(2022, 1, 1),
        "period_end": date(2022, 12, 31),
    }
    bench.put("core.fct_observation", [shape | {"area_code": SCOTLAND} | row for row in rows])
    return bench.make("metrics.cohesion")


FIGURES = {
    "a published interval gives the error": (
        {"value": 81.8, "lci_95": 76.4, "uci_95": 87.3},
        {"state": "ok", "ci_method": "published", "lci": 76.4, "uci": 87.3}
        | {"se": pytest.approx(10.9 / 2 / 1.959963984540054)}
        | {"comparable_group": "Scotland | Scottish Household Survey | wording"},
    ),
    "no interval means no error": (
        {"value": 62.0},
        {"state": "ok", "ci_method": "none:not_published", "lci": None, "se": None},
    ),
    "whole points are taken as rounded": (
        {"value": 60.0, "lci_95": 60.0, "uci_95": 60.0},
        {"se": pytest.approx(0.104, abs=5e-4)},
    ),
    "withheld": ({"value_status": "c"}, {"state": "suppressed", "value": None}),
    "of no meaning": ({"value_status": "z"}, {"state": "not_applicable", "value": None}),
    "missing": ({"value_status": "x"}, {"state": "not_available", "value": None}),
    "withheld and doubtful": ({"value_status": "c;u"}, {"state": "suppressed", "value": None}),
    "a withheld figure is not published by us": (
        {"value": 12.0, "lci_95": 1.0, "uci_95": 30.0, "value_status": "c"},
        {"value": None, "lci": None, "se": None, "state": "suppressed"},
    ),
    "marked as doubtful": ({"value": 60.0, "value_status": "u"}, {"state": "ok_low", "value": 60.0}),
    "a wide interval": ({"value": 50.0, "lci_95": 30.5, "uci_95": 69.5}, {"state": "ok_low", "value": 50.0}),
    "an interval wide for its share": (
        {"value": 12.0, "lci_95": 5.5, "uci_95": 18.5},
        {"state": "ok_low", "value": 12.0},
    ),
    "few respondents": ({"value": 50.0, "n_respondents": 40}, {"state": "ok_low", "value": 50.0}),
    "after a break": (
        {"value": 50.0, "is_after_series_break": True},
        {"state": "ok", "reason_codes": ["series_break"]},
    ),
}


@pytest.mark.parametrize(("given", "expected"), FIGURES.values(), ids=FIGURES)
def test_a_published_figure_has_its_state_and_error(bench, given, expected):
    (row,) = surveyed(bench, given)
    assert {name: row[name] for name in expected} == expected
    assert row["state"] == "ok" or row["state_reason"]


def test_parts_of_the_population_are_no_figure_of_the_place(bench):
    assert surveyed(bench, {"value": 50.0, "population_part": '{"Gender": "Female"}'}) == []


def test_wordings_are_not_pooled_and_nations_not_filled(bench):
    surveyed(bench, {"value": 52.0, "area_code": "W92000004"}, metric_id="coh_all3_pct", nation="Wales", survey="NSW")
    rows = of(bench.make("metrics.metric_value"), "coh_all3_pct")
    assert states(rows["W92000004"]) == ("ok", 52.0)
    assert states(rows[WALES]) == ("not_available", None)
    assert states(rows[SCOTLAND]) == ("not_applicable", None)
    assert rows[WALES]["comparable_group"] == "Wales"


def populations(bench, persons=100_000, year=2025):
    rows = [{"locality_code": code, "period_end": date(year, 6, 30), "population_persons": persons} for code in NATIONS]
    bench.put("core.fct_population", rows)


def test_no_published_award_is_never_nought(bench):
    bench.fund({"amount_gbp": 100.0, "place": PLACE})
    populations(bench)
    for rows in (found for window, found in windows(bench).items() if window != "place_funds"):
        for metric in ("fun_total_gbp", "fun_per_head", "fun_n", "fun_n_rate_all", "fun_hhi_funder"):
            assert states(of(rows, metric)[OTHER]) == ("not_available", None)
        assert OTHER not in of(rows, "fun_n", "size_class_1"), "the row of the whole says why"


def test_what_enters_no_total_and_where_it_is_counted(bench):
    tables = awards(
        {"amount_gbp": 100.0, "place": PLACE},
        {"amount_gbp": -40.0, "place": PLACE, "amount_class": "negative"},
        {"amount_gbp": 0.0, "place": PLACE, "amount_class": "zero"},
        {"amount_gbp": 100.0, "place": PLACE, "is_repeat": True},
        {"amount_gbp": 70.0, "place": PLACE, "is_regrant": True},
        {"amount_gbp": 60.0, "place": PLACE, "award_date": AS_OF + timedelta(days=1), "is_dated_in_future": True},
        {"amount_gbp": 30.0, "place": PLACE, "has_conflicting_id": True},
        {"amount_gbp": 50.0, "place": PLACE, "award_set": "covid_2020_reference"},
    )
    tables["core.fct_award"] += [
        tables["core.fct_award"][0] | {"award_key": "dollars", "currency": "USD", "amount": 9.0, "amount_gbp": None}
    ]
    bench.put_all(tables)
    found = windows(bench)["on_record"]
    assert values(found, "fun_total_gbp_all")[PLACE] == 130
    assert values(found, "fun_n_all")[PLACE] == 2
    quality = bench.make("metrics.quality")
    for name in ("negative", "zero", "repeat", "regrant", "future", "other_currency", "conflicting_id"):
        assert values(quality, "q_awards_n", f"award_{name}") == {"K02000001": 1}


def test_the_local_scope_and_every_award(bench):
    public = {"in_scope_local": False, "recipient_kind": "public_body"}
    rows = on_record(bench, {"amount_gbp": 100.0, "place": PLACE}, public | {"amount_gbp": 900.0, "place": PLACE})
    assert values(rows, "fun_total_gbp")[PLACE] == 100
    assert values(rows, "fun_total_gbp_all")[PLACE] == 1000


def test_shared_and_unplaced_money_add_up(bench):
    rows = on_record(
        bench,
        {"amount_gbp": 100.0},
        {"amount_gbp": 60.0},
        {"amount_gbp": 40.0, "is_nation_wide": True, "in_scope_local": False},
        places={"award-1": {PLACE: 0.75, OTHER: 0.25}},
    )
    totals = values(rows, "fun_total_gbp_all")
    assert (totals[PLACE], totals[OTHER], totals["unallocated"], totals["K02000001"]) == (75, 25, 100, 200)
    shares = {
        name: values(rows, "fun_loc_share", name)["K02000001"]
        for name in ("beneficiary", "recipient", "nation_wide", "unallocated")
    }
    assert shares == {"beneficiary": 0.5, "recipient": 0, "nation_wide": 0.2, "unallocated": 0.3}
    assert of(rows, "fun_n_rate").get("unallocated") is None


def test_money_placed_by_the_recipients_address_makes_the_rate_unreliable(bench):
    bench.fund({"amount_gbp": 100.0, "place": PLACE}, rule="recipient_postcode")
    populations(bench)
    rows = windows(bench)["on_record"]
    assert values(rows, "fun_hq_share")[PLACE] == 1
    row = of(rows, "fun_per_head")[PLACE]
    assert row["state"] == "ok_low"
    assert "address of the recipient" in row["state_reason"]


def test_per_head_in_the_city_of_london_and_in_small_places(bench):
    bench.fund({"amount_gbp": 100.0, "place": CITY}, {"amount_gbp": 100.0, "place": PLACE})
    populations(bench, persons=8_000)
    rows = windows(bench)["on_record"]
    for metric in ("fun_per_head", "fun_n_rate_all"):
        assert states(of(rows, metric)[CITY]) == ("not_applicable", None)
    assert values(rows, "fun_total_gbp")[CITY] == 100
    assert states(of(rows, "fun_per_head")[PLACE]) == ("ok_low", 0.0125)


def test_per_head_without_a_population_and_with_an_old_one(bench):
    bench.fund({"amount_gbp": 100.0, "place": PLACE})
    row = of(windows(bench)["on_record"], "fun_per_head")[PLACE]
    assert shown(row) == ("not_available", None, "no population on record")
    populations(bench, year=2011)
    row = of(windows(bench)["on_record"], "fun_per_head")[PLACE]
    assert row["state"] == "ok_low"
    assert "more than five years" in row["state_reason"]


def test_the_population_nearest_to_the_window_is_taken(bench):
    bench.fund({"amount_gbp": 100.0, "place": PLACE})
    years = {2020: 1_000_000, 2024: 100_000, 2026: 500_000}
    people = [
        {"locality_code": PLACE, "period_end": date(year, 6, 30), "population_persons": n} for year, n in years.items()
    ]
    bench.put("core.fct_population", people)
    found = windows(bench)
    assert of(found["on_record"], "fun_per_head")[PLACE]["n_den"] == 100_000
    assert of(found["rolling_3y"], "fun_per_head")[PLACE]["n_den"] == 100_000
    assert of(found["covid_2020"], "fun_per_head")[OTHER]["state"] == "not_available"


def test_classes_of_size_are_closed_on_the_left_and_add_up(bench):
    amounts = [0.01, 499.99, 500, 999, 1000, 2000, 5000, 9999.99, 10_000, 100_000, 1_000_000]
    rows = on_record(bench, *({"amount_gbp": float(amount), "place": PLACE} for amount in amounts))
    classes = [values(rows, "fun_n", f"size_class_{number}")[PLACE] for number in range(1, 9)]
    assert classes == [2, 2, 1, 1, 2, 1, 1, 1]
    assert sum(classes) == values(rows, "fun_n")[PLACE]
    money = [values(rows, "fun_total_gbp", f"size_class_{number}")[PLACE] for number in range(1, 9)]
    assert money == pytest.approx([500, 1499, 1000, 2000, 14_999.99, 10_000, 100_000, 1_000_000])
    assert values(rows, "fun_small_award_share")[PLACE] == pytest.approx(9 / 11), "exactly £10,000 is small"


def test_durations_are_of_the_awards_that_state_one(bench):
    rows = on_record(
        bench,
        *[{"amount_gbp": 40.0, "place": PLACE, "planned_months": months} for months in (6.0, 12.0, 18.0, 24.0, 30.0)],
        {"amount_gbp": 300.0, "place": PLACE},
        {"amount_gbp": 300.0, "place": OTHER},
    )
    median = of(rows, "fun_duration_median")
    assert (*states(median[PLACE]), median[PLACE]["coverage"]) == ("ok", 18, pytest.approx(5 / 6))
    assert median[OTHER]["state_reason"] == "no award states a planned duration"
    share = of(rows, "fun_multi_year_share")[PLACE]
    assert (share["value"], share["lci"], share["uci"], share["coverage"]) == (0.4, 0.16, 0.76, 0.4)
    assert share["state"] == "ok_low"


def test_a_bound_is_never_a_rounding_step_inside_its_value(bench):
    # (32614.49 + 103620.72 - 32614.49) / 103620.72 is 0.9999999999999999 in floating point, and the share is 1.
    known, unknown = {"amount_gbp": 32614.49, "planned_months": 36.0}, {"amount_gbp": 71006.23}
    bench.fund(known | {"place": PLACE}, unknown | {"place": PLACE})
    made = of(windows(bench)["on_record"], "fun_multi_year_share_all")[PLACE]
    assert made["uci"] < made["value"] == 1
    row = of(bench.make("metrics.metric_value"), "fun_multi_year_share_all", period_end=date(2025, 6, 1))[PLACE]
    assert (row["value"], row["uci"]) == (1, 1)
    assert row["lci"] == made["lci"]


def test_balance_has_bounds_for_recipients_of_unknown_kind(bench):
    amounts = {"community": [10.0, 20.0, 30.0], "public_body": [20.0, 40.0], "unknown": [30.0], "business": [1000.0]}
    bench.fund(
        *({"amount_gbp": gbp, "recipient_kind": kind, "place": PLACE} for kind, gbps in amounts.items() for gbp in gbps)
    )
    row = of(windows(bench)["on_record"], "fun_balance_community")[PLACE]
    assert (row["value"], row["lci"], row["uci"], row["coverage"]) == (0.5, 0.4, 0.6, 0.8)
    assert of(bench.make("metrics.balance"), "bal_money", period_end=date(2025, 6, 1))[PLACE]["value"] == 0.5


@pytest.mark.parametrize(("kind", "other"), [("community", "public body"), ("public_body", "community organisation")])
def test_a_balance_of_awards_to_one_side_is_withheld(bench, kind, other):
    # An award of a place fund to a public body is on record in any case, and doesn't enter the balance.
    fund = {"award_set": "place_funds", "funder_id": None, "fund": "Fund", "list_coverage": "complete"}
    one_side = [{"amount_gbp": 100.0, "recipient_kind": kind, "place": PLACE}] * 5
    bench.fund(*one_side, fund | {"amount_gbp": 100.0, "recipient_kind": "public_body", "place": PLACE})
    for row in (
        of(windows(bench)["on_record"], "fun_balance_community")[PLACE],
        of(bench.make("metrics.balance"), "bal_money", period_end=date(2025, 6, 1))[PLACE],
    ):
        assert (*states(row), row["lci"], row["uci"]) == ("withheld", None, None, None)
        assert row["state_reason"] == (
            f"no award to a {other} is on record outside the lists of place funds, but unpublished ones may exist"
        )


def test_a_balance_of_fewer_than_five_awards_of_known_kind_is_withheld(bench):
    given = [{"amount_gbp": 100.0, "recipient_kind": kind} for kind in ("community", "public_body", "public_body")]
    unknown = [{"amount_gbp": 10.0, "recipient_kind": "unknown"}] * 5
    bench.fund(
        *(award | {"place": PLACE} for award in [*given, given[0], *unknown]),
        *(award | {"place": OTHER} for award in [*given, *given[:2]]),
    )
    rows = of(windows(bench)["on_record"], "fun_balance_community")
    assert states(rows[PLACE]) == ("withheld", None)
    assert rows[PLACE]["state_reason"].startswith("fewer than 5 awards to recipients of known kind")
    assert states(rows[OTHER]) == ("ok", 0.4)


def test_place_funds_alone_say_nothing_of_the_balance(bench):
    fund = {"award_set": "place_funds", "funder_id": None, "fund": "Fund", "list_coverage": "complete"}
    bench.fund(fund | {"amount_gbp": 100.0, "place": PLACE, "recipient_kind": "public_body"})
    row = of(windows(bench)["on_record"], "fun_balance_community")[PLACE]
    assert states(row) == ("not_available", None)


def test_concentration_is_of_the_money_whose_funder_is_named(bench):
    bench.fund(
        {"amount_gbp": 10.0, "place": PLACE, "funder_id": "a"},
        {"amount_gbp": 90.0, "place": PLACE, "funder_id": None},
        {"amount_gbp": 90.0, "place": OTHER, "funder_id": None},
    )
    rows = of(windows(bench)["on_record"], "fun_hhi_funder")
    assert (rows[PLACE]["value"], rows[PLACE]["coverage"], rows[PLACE]["state"]) == (1, 0.1, "ok_low")
    assert rows[OTHER]["state_reason"] == "no award names its funder"


def test_undated_awards_are_on_record_and_in_no_dated_period(bench):
    bench.fund({"amount_gbp": 100.0, "place": PLACE}, {"amount_gbp": 300.0, "place": PLACE, "award_date": None})
    found = windows(bench)
    row = of(found["on_record"], "fun_total_gbp")[PLACE]
    assert (row["value"], row["coverage"]) == (400, 0.25)
    row = of(found["rolling_3y"], "fun_total_gbp")[PLACE]
    assert (row["value"], row["state"]) == (100, "ok_low")
    assert "awards on record are dated in 1 of the 36 months of the period" in row["state_reason"]
    assert "less than half of the money on record has a date" in row["state_reason"]


SUMMARY = {
    "locality_code": PLACE,
    "awards_n": 12,
    "total_gbp": 29_000.0,
    "awards_up_to_10000_n": 11,
    "funders_n": 3,
    "awards_with_planned_months_n": 4,
    "median_planned_months": 9.0,
}


SPRING = {"amount_gbp": 100.0, "place": PLACE, "award_date": date(2020, 4, 1), "funder_id": "GB-CHC-2"}
TRACKER = SPRING | {"award_set": "threesixtygiving_covid2020"}
LATER = {"amount_gbp": 1000.0, "place": OTHER, "award_date": date(2025, 6, 1)}
PARTIES = ("fun_hhi_funder_all", "fun_recipients_n_all", "fun_hhi_recipient_all")
LEAVES_OUT = "leaves out the awards of spring 2020, which are on record only as a summary by locality"
LACKS = "the summary of spring 2020 does not have this figure"
NOT_LOCAL = "the summary of spring 2020 does not say which of its awards are in the local scope"
NOT_OF_PERIOD = "the summary of spring 2020 does not say which of its awards are in the period"
VOLUNTARY = "publishing is voluntary: the absence of a published award is not the absence of funding"
IN_BOTH = "awards of spring 2020 are on record one by one and in a summary: the larger of the two is counted"
UNPLACED = "leaves out the awards of spring 2020 that the summary does not place in a locality"


def known_on(bench, day):
    """Put the as-of date of the build."""
    bench.put("meta.build", [{"run_id": "synthetic", "as_of": day, "input_hash": "synthetic"}])


def origins(bench):
    """Return where the figures of each window come from."""
    return {row["window_id"]: row["origin"] for row in bench.rows("metrics.award_window")}


@pytest.mark.parametrize("window", ["covid_2020", "on_record"])
def test_what_is_on_record_in_the_summary_alone_is_told_as_the_summary_tells_it(bench, window):
    bench.put("core.fct_award_summary", [SUMMARY])
    bench.fund(LATER)
    rows = windows(bench)[window]
    assert shown(of(rows, "fun_total_gbp_all")[PLACE]) == ("ok", 29_000, None)
    assert values(rows, "fun_n_all")[PLACE] == 12
    share = of(rows, "fun_small_award_share_all")[PLACE]
    assert (share["value"], share["n_den"]) == (pytest.approx(11 / 12), 12)
    for metric in ("fun_total_gbp", "fun_n", "fun_duration_median", "fun_hhi_funder"):
        assert shown(of(rows, metric)[PLACE]) == ("not_available", None, NOT_LOCAL), metric
    for metric in (*PARTIES, "fun_balance_community", "fun_multi_year_share_all", "fun_hq_share_all", "fun_loc_share"):
        assert shown(of(rows, metric)[PLACE]) == ("not_available", None, LACKS), metric
    median = of(rows, "fun_duration_median_all")[PLACE]
    assert (median["value"], median["n_num"], median["n_den"]) == (9, 4, 12)
    assert shown(of(rows, "fun_n")[WALES]) == ("not_available", None, VOLUNTARY)
    if window == "covid_2020":
        assert not of(rows, "fun_total_gbp_all").keys() & {"unallocated", "K02000001"}, (
            "the summary leaves out what was not placed"
        )


def test_the_summary_adds_to_award_rows_what_it_holds_and_the_rest_is_of_the_rows(bench):
    bench.put("core.fct_award_summary", [SUMMARY, SUMMARY | {"locality_code": WALES, "source_id": "summary"}])
    row = {"amount_gbp": 40_000.0, "place": PLACE, "planned_months": 36.0, "recipient_name": "Hub"}
    bench.fund(
        *(row | {"funder_id": str(n), "award_date": date(2024, 1, n + 1)} for n in range(5)),
        row | {"funder_id": "6", "recipient_kind": "public_body", "in_scope_local": False, "award_date": None},
        LATER,
    )
    populations(bench)
    rows = windows(bench)["on_record"]
    assert origins(bench)["on_record"] == "award_rows_and_summary"
    for metric, value in {
        "fun_total_gbp_all": 269_000,
        "fun_n_all": 18,
        "fun_per_head_all": 2.69,
        "fun_n_rate_all": 1.8,
        "fun_small_award_share_all": 11 / 18,
    }.items():
        found = of(rows, metric)[PLACE]
        assert found["value"] == pytest.approx(value), metric
        assert "spring 2020" not in (found["state_reason"] or ""), metric
    total = of(rows, "fun_total_gbp_all")[PLACE]
    assert (total["coverage"], total["n_den"]) == (pytest.approx(229 / 269), 18), "the summary is dated"
    for metric, value, whole in (
        ("fun_hhi_funder_all", 1 / 6, 6),
        ("fun_effective_funders_all", 6, 6),
        ("fun_hq_share_all", 0, 240_000),
        ("fun_loc_share/beneficiary", 1, 240_000),
        ("fun_recipients_n_all", 1, None),
        ("fun_hhi_recipient_all", 1, 1),
        ("fun_duration_median_all", 36, 6),
        ("fun_multi_year_share_all", 1, 240_000),
        ("fun_balance_community", 5 / 6, 240_000),
    ):
        found = of(rows, *metric.split("/"))[PLACE]
        assert (found["value"], found["n_den"], found["state"]) == (pytest.approx(value), whole, "ok_low"), metric
        assert LEAVES_OUT in found["state_reason"].split("; "), metric
        assert found["source_ids"] == ["made up"], metric
    assert of(rows, "fun_hhi_funder_all")[PLACE]["coverage"] == of(rows, "fun_multi_year_share_all")[PLACE]["uci"] == 1
    for metric, value in {"fun_total_gbp": 200_000, "fun_n": 5, "fun_per_head": 2, "fun_n/size_class_6": 5}.items():
        found = of(rows, *metric.split("/"))[PLACE]
        assert (found["state"], found["value"]) == ("ok_low", pytest.approx(value)), metric
        assert LEAVES_OUT in found["state_reason"].split("; "), metric
    assert shown(of(rows, "fun_total_gbp")[WALES]) == ("not_available", None, NOT_LOCAL)
    assert shown(of(rows, "fun_total_gbp_all")[OTHER]) == ("ok", 1000, None)
    assert of(rows, "fun_total_gbp_all")[WALES]["source_ids"] == ["summary"]
    kingdom = of(rows, "fun_total_gbp_all")["K02000001"]
    assert (kingdom["value"], kingdom["source_ids"]) == (299_000, ["made up", "summary"])
    assert UNPLACED in kingdom["state_reason"].split("; ")
    share = of(rows, "fun_loc_share", "beneficiary")["K02000001"]
    assert (share["value"], share["n_den"], share["state_reason"]) == (1, 241_000, LEAVES_OUT)
    assert LEAVES_OUT in of(rows, "fun_total_gbp")["K02000001"]["state_reason"]
    (quality,) = of(bench.make("metrics.quality"), "q_unallocated_gbp_share").values()
    assert (quality["value"], quality["n_den"], quality["state_reason"]) == (0, 241_000, LEAVES_OUT)


def test_no_award_row_gives_what_only_the_awards_of_the_summary_could(bench):
    """Award rows of place funds alone say nothing of funders, recipients and sides, and the summary holds none."""
    bench.put("core.fct_award_summary", [SUMMARY])
    rows = on_record(bench, place_fund("Town fund", PLACE, 5e6, award_date=date(2021, 1, 1)) | {"recipient_name": None})
    for metric in (*PARTIES, "fun_effective_funders_all", "fun_multi_year_share_all", "fun_balance_community"):
        assert shown(of(rows, metric)[PLACE]) == ("not_available", None, LACKS), metric
    median = of(rows, "fun_duration_median_all")[PLACE]
    assert (median["value"], median["n_num"], median["n_den"]) == (9, 4, 13), "durations that the summary has"
    assert LEAVES_OUT not in median["state_reason"]


def test_totals_of_several_awards_beside_the_summary_leave_its_number(bench):
    bench.put("core.fct_award_summary", [SUMMARY])
    rows = on_record(bench, place_fund("Grant fund", PLACE, 5e6, is_total=True, award_date=date(2021, 1, 1)))
    assert values(rows, "fun_total_gbp_all")[PLACE] == 5_029_000
    number = of(rows, "fun_n_all")[PLACE]
    assert number["value"] == 12
    assert "leaves out totals of an unknown number of awards" in number["state_reason"]
    assert shown(of(rows, "fun_multi_year_share_all")[PLACE]) == ("not_available", None, LACKS)


def test_landed_rows_of_the_study_replace_the_summary_and_reference_rows_never_add_to_it(bench):
    bench.put("core.fct_award_summary", [SUMMARY])
    bench.fund(
        TRACKER,
        TRACKER | {"amount_gbp": 500.0, "award_date": date(2020, 5, 6)},
        TRACKER | {"amount_gbp": 30.0, "award_date": None},
        SPRING | {"amount_gbp": 700.0, "award_set": "covid_2020_reference"},
    )
    found = windows(bench)
    assert values(found["covid_2020"], "fun_total_gbp_all")[PLACE] == 100
    assert values(found["covid_2020"], "fun_hhi_funder")[PLACE] == 1
    assert values(found["on_record"], "fun_total_gbp_all")[PLACE] == 630, "whatever its date, or none"
    assert set(origins(bench).values()) == {"award_rows"}
    assert states(of(found["rolling_3y"], "fun_total_gbp")[PLACE]) == ("not_available", None)
    assert ends_of(bench, "on_record") == (date(2020, 4, 1), date(2020, 5, 6))


def test_an_award_of_the_tracker_and_of_another_way_counts_once_in_each_window(bench):
    bench.fund(
        TRACKER | {"amount_gbp": 30.0, "is_on_record_elsewhere": True},
        SPRING | {"amount_gbp": 30.0},
        TRACKER | {"amount_gbp": 70.0},
        LATER,
    )
    found = windows(bench)
    for window, set_of in (("covid_2020", "threesixtygiving_covid2020"), ("on_record", "threesixtygiving")):
        assert values(found[window], "fun_total_gbp_all")[PLACE] == 100
        assert values(found[window], "fun_n_all")[PLACE] == 2
        assert [
            row["award_set"]
            for row in bench.rows("metrics.award_counted")
            if row["window_id"] == window and row["amount_gbp"] == 30
        ] == [set_of]


def test_awards_of_the_tracker_are_in_the_three_years_to_date_by_their_date(bench):
    bench.fund(TRACKER, TRACKER | {"amount_gbp": 7.0, "award_date": date(2019, 1, 1)}, LATER)
    known_on(bench, date(2022, 6, 30))
    found = windows(bench)
    assert values(found["rolling_3y"], "fun_total_gbp_all")[PLACE] == 100
    assert values(found["on_record"], "fun_total_gbp_all")[PLACE] == 107
    assert window(bench, "rolling_3y")["months_observed"] == 1


@pytest.mark.parametrize(
    ("day", "total", "reason"),
    [
        (date(2020, 5, 4), None, VOLUNTARY),
        (date(2020, 5, 5), 29_000, None),
        (date(2023, 3, 16), 29_000, None),
        (date(2023, 3, 17), None, NOT_OF_PERIOD),
        (date(2023, 5, 4), None, NOT_OF_PERIOD),
        (date(2023, 5, 5), None, VOLUNTARY),
    ],
)
def test_the_summary_enters_the_windows_of_an_earlier_day_that_hold_its_whole_period(bench, day, total, reason):
    bench.put("core.fct_award_summary", [SUMMARY])
    bench.fund(LATER | {"award_date": date(2019, 1, 1)}, LATER | {"award_date": date(2020, 1, 1)})
    known_on(bench, day)
    found = windows(bench)
    row = of(found["rolling_3y"], "fun_total_gbp_all")[PLACE]
    assert row["value"] == total
    if total is None:
        assert row["state_reason"] == reason
    on_record = 29_000 if day >= date(2020, 5, 5) else None
    assert values(found["on_record"], "fun_total_gbp_all")[PLACE] == on_record
    assert values(found["covid_2020"], "fun_total_gbp_all")[PLACE] == on_record
    last = date(2020, 5, 5) if on_record else date(2020, 1, 1)
    assert ends_of(bench, "on_record") == (date(2019, 1, 1), last)


def test_a_window_that_holds_a_part_of_the_summarys_period_says_what_it_leaves_out(bench):
    bench.put("core.fct_award_summary", [SUMMARY])
    bench.fund(LATER | {"place": PLACE, "award_date": date(2022, 1, 1)}, LATER | {"award_date": date(2021, 1, 1)})
    known_on(bench, date(2023, 4, 1))
    found = windows(bench)
    row = of(found["rolling_3y"], "fun_total_gbp_all")[PLACE]
    assert row["value"] == 1000
    assert LEAVES_OUT in row["state_reason"].split("; ")
    assert LEAVES_OUT not in of(found["rolling_3y"], "fun_total_gbp_all")[OTHER]["state_reason"]
    assert values(found["on_record"], "fun_total_gbp_all")[PLACE] == 30_000


def test_award_rows_of_the_summarys_days_are_not_counted_twice(bench):
    """A publisher's own file may hold awards that the summary counts: it adds what it has beyond them."""
    bench.put("core.fct_award_summary", [SUMMARY, SUMMARY | {"locality_code": OTHER}])
    rows = on_record(
        bench,
        SPRING | {"amount_gbp": 20_000.0},
        SPRING | {"amount_gbp": 40_000.0, "place": OTHER},
        SPRING | {"amount_gbp": 1000.0, "award_date": date(2020, 5, 6)},
        place_fund("Town fund", PLACE, 5000.0, award_date=date(2020, 4, 1)),
    )
    total = of(rows, "fun_total_gbp_all")
    assert (total[PLACE]["value"], total[OTHER]["value"]) == (29_000 + 1000 + 5000, 40_000)
    assert (values(rows, "fun_n_all")[PLACE], values(rows, "fun_n_all")[OTHER]) == (14, 12)
    assert values(rows, "fun_small_award_share_all")[OTHER] == pytest.approx(11 / 12)
    assert total["K02000001"]["value"] == total[PLACE]["value"] + total[OTHER]["value"]
    for place in (PLACE, OTHER, "K02000001"):
        assert IN_BOTH in total[place]["state_reason"].split("; ")
    assert bench.broken(SQL_ROOT / "checks/metrics/funding_window/h6_parts_sum_to_the_awards.sql") == []


def test_money_a_year_of_an_earlier_day_leaves_the_summary_out(bench):
    bench.put("core.fct_award_summary", [SUMMARY])
    every = [row | {"award_date": row["award_date"].replace(year=row["award_date"].year - 5)} for row in every_month()]
    bench.fund(*every, SPRING | {"place": OTHER, "planned_months": 12.0})
    known_on(bench, AS_OF.replace(year=2021))
    populations(bench, year=2020)
    rows = windows(bench)["rolling_3y"]
    assert shown(of(rows, "fun_per_head_annual_all")[PLACE]) == ("not_available", None, LACKS)
    assert of(rows, "fun_per_head_annual_all")[OTHER]["state"] == "ok"


@pytest.mark.parametrize("rows", ["tracker", "summary", "summary and rows"])
def test_what_is_on_record_is_at_least_what_each_window_inside_it_holds(bench, rows):
    if rows != "tracker":
        bench.put("core.fct_award_summary", [SUMMARY, SUMMARY | {"locality_code": WALES}])
    spring = [TRACKER, TRACKER | {"place": OTHER, "amount_gbp": 30.0, "is_on_record_elsewhere": True}]
    both = [SPRING | {"place": OTHER, "amount_gbp": 30.0}, LATER, LATER | {"place": SCOTLAND, "award_date": None}]
    bench.fund(*(spring if rows == "tracker" else []), *([] if rows == "summary" else both), LATER)
    for day in (AS_OF, date(2022, 6, 30), date(2020, 6, 1)):
        known_on(bench, day)
        found = windows(bench)
        for metric in ("fun_total_gbp", "fun_total_gbp_all", "fun_n", "fun_n_all"):
            whole = values(found["on_record"], metric)
            for window in ("covid_2020", "rolling_3y"):
                for place, value in values(found[window], metric).items():
                    assert value is None or whole[place] >= value, (metric, window, place, day)


WINDOW = "update metrics.funding_window set"
OF_WALES = f"update metrics.metric_value set value = 1 where locality_code = '{WALES}'"


@pytest.fixture(scope="module")
def summary_and_rows():
    bench = Bench()
    bench.put("core.fct_award_summary", [SUMMARY, SUMMARY | {"locality_code": WALES}])
    bench.fund(SPRING, LATER, LATER | {"amount_gbp": 9.0, "award_date": None}, {"amount_gbp": 5.0})
    populations(bench)
    return bench


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_rule_holds_where_the_summary_is_beside_award_rows(summary_and_rows, path):
    assert summary_and_rows.broken(path) == []


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("funding_window/h6_parts_sum_to_the_awards", "update core.fct_award_summary set total_gbp = total_gbp + 2"),
        ("funding_window/h6_parts_sum_to_the_awards", f"{WINDOW} total_gbp = total_gbp - 2 where origin = 'summary'"),
        ("metric_value/h3_window_needs_its_awards", "delete from core.fct_award_summary"),
        ("metric_value/h3_window_needs_its_awards", f"{OF_WALES} and metric_id = 'fun_hhi_funder_all'"),
        ("metric_value/h3_window_needs_its_awards", f"{OF_WALES} and metric_id = 'fun_total_gbp'"),
        ("metric_value/h6_parts_sum_to_the_whole", f"{OF_WALES} and metric_id = 'fun_total_gbp_all'"),
    ],
)
def test_the_rules_find_a_fault_in_what_comes_from_the_summary(summary_and_rows, rule, fault):
    assert summary_and_rows.broken_after(SQL_ROOT / "checks/metrics" / f"{rule}.sql", fault)


def lists(bench, *records):
    """Put how far the lists of (fund, nation, coverage) go, each with the places that it leaves out."""
    bench.put(
        "core.fct_place_fund_coverage",
        [
            {"fund": name, "locality_code": code, "list_coverage": coverage, "is_on_list": code not in left_out}
            for name, nation, coverage, *left_out in records
            for code in NATIONS
            if NATIONS[code] == nation
        ],
    )


def test_a_complete_list_gives_a_true_nought_in_the_nations_it_covers(bench):
    lists(
        bench,
        ("Town fund", "England", "complete"),
        ("Street fund", "England", "complete"),
        ("Coast fund", "Wales", "partial"),
    )
    bench.fund(
        place_fund("Town fund", PLACE, 20e6),
        place_fund("Street fund", PLACE, 5e6),
        place_fund("Coast fund", WALES, 1e6, "partial"),
    )
    populations(bench)
    found = windows(bench)
    rows = found["place_funds"]
    assert states(of(rows, "fun_place_total_gbp")[PLACE]) == ("ok", 25e6)
    assert of(rows, "fun_place_n")[PLACE]["n_den"] == 2
    assert states(of(rows, "fun_place_total_gbp")[OTHER]) == ("ok", 0)
    assert states(of(rows, "fun_place_total_gbp")[SCOTLAND]) == ("not_available", None)
    assert states(of(rows, "fun_place_n")[WALES]) == ("not_available", None)
    partial = of(found["on_record"], "fun_place_partial_n")
    assert states(partial[WALES]) == ("ok_low", 1)
    assert states(partial["W06999902"]) == ("not_available", None)
    assert states(of(rows, "fun_place_per_head")[CITY]) == ("not_applicable", None)
    assert values(rows, "fun_place_per_head")[PLACE] == 250


def test_ceilings_and_unplaced_awards_make_place_funds_unreliable(bench):
    lists(bench, ("Pride fund", "England", "complete"))
    bench.fund(
        place_fund("Pride fund", PLACE, 20e6, is_amount_ceiling=True), place_fund("Pride fund", "unallocated", 5e6)
    )
    rows = windows(bench)["place_funds"]
    assert 'includes amounts published as "up to"' in of(rows, "fun_place_total_gbp")[PLACE]["state_reason"]
    assert "up to" not in of(rows, "fun_place_n")[PLACE]["state_reason"]
    assert states(of(rows, "fun_place_n")[OTHER]) == ("ok_low", 0)
    assert values(rows, "fun_place_total_gbp")["unallocated"] == 5e6


def test_partial_lists_make_totals_unreliable(bench):
    rows = on_record(bench, place_fund("Coast fund", WALES, 1e6, "partial"), place_fund("Town fund", PLACE, 1e6))
    for metric in ("fun_total_gbp_all", "fun_n_all", "fun_small_award_share_all"):
        assert "list is only partly on record" in of(rows, metric)[WALES]["state_reason"]
    assert of(rows, "fun_total_gbp_all")[PLACE]["state"] == "ok"


def test_a_place_that_a_partial_list_reaches_is_unreliable_without_an_award_of_it(bench):
    bench.fund(place_fund("Coast fund", WALES, 1e6, "partial"), {"amount_gbp": 100.0, "place": "W06999902"})
    lists(bench, ("Coast fund", "Wales", "partial"), ("Town fund", "England", "complete"))
    found = windows(bench)
    for window in ("on_record", "rolling_3y"):
        row = of(found[window], "fun_total_gbp")["W06999902"]
        assert states(row) == ("ok_low", 100)
        assert "list is only partly on record may also have reached this area" in row["state_reason"]
    assert of(found["on_record"], "fun_total_gbp_all")["K02000001"]["state"] == "ok_low"


def test_money_on_record_that_carries_no_date_is_unreliable(bench):
    bench.fund({"amount_gbp": 100.0, "place": PLACE, "award_date": None}, {"amount_gbp": 99.0, "place": OTHER})
    rows = of(windows(bench)["on_record"], "fun_total_gbp_all")
    assert (rows[PLACE]["coverage"], *states(rows[PLACE])) == (0, "ok_low", 100)
    assert rows[PLACE]["state_reason"] == "less than half of the money on record has a date"
    assert states(rows[OTHER]) == ("ok", 99)


def test_a_list_that_leaves_a_place_out_gives_it_no_nought(bench):
    lists(
        bench,
        ("Town fund", "England", "complete"),
        ("Grant fund", "England", "complete", OTHER, CITY),
    )
    bench.fund(
        place_fund("Town fund", OTHER, 5e6),
        place_fund("Town fund", PLACE, 6e6),
        place_fund("Grant fund", PLACE, 1e6, is_total=True, planned_months=60.0),
    )
    rows = windows(bench)["place_funds"]
    total = of(rows, "fun_place_total_gbp")
    assert states(total[PLACE]) == ("ok", 7e6)
    assert (*states(total[OTHER]), total[OTHER]["n_den"]) == ("ok_low", 5e6, 1)
    assert total[OTHER]["state_reason"].startswith("a minimum")
    not_covered = "a list that is complete for the nation does not cover this locality"
    assert shown(total[CITY]) == ("not_available", None, not_covered)
    counted = of(rows, "fun_place_n")
    assert [(*states(counted[code]), counted[code]["n_den"]) for code in (PLACE, OTHER, CITY)] == [
        ("ok", 1, 1),
        ("ok", 1, 1),
        ("ok", 0, 1),
    ], "the list that leaves them out gives totals, and no awards to be counted"


def test_a_complete_list_without_an_award_on_record_gives_no_nought(bench):
    lists(bench, ("Town fund", "England", "complete"), ("Street fund", "England", "complete"))
    bench.fund(place_fund("Town fund", PLACE, 5e6))
    rows = of(windows(bench)["place_funds"], "fun_place_total_gbp")
    assert states(rows[PLACE]) == ("ok_low", 5e6)
    assert states(rows[OTHER]) == ("not_available", None)


def test_without_the_record_of_coverage_there_is_no_nought(bench):
    bench.fund(place_fund("Town fund", PLACE, 5e6))
    rows = of(windows(bench)["place_funds"], "fun_place_total_gbp")
    assert states(rows[OTHER]) == ("not_available", None)


def test_totals_of_several_awards_are_money_and_no_awards(bench):
    total = {"is_total": True, "planned_months": 60.0, "list_coverage": "partial"}
    rows = on_record(
        bench,
        place_fund("Grant fund", PLACE, 900.0, **total),
        place_fund("Grant fund", OTHER, 900.0, **total),
        {"amount_gbp": 100.0, "place": PLACE, "planned_months": 6.0},
    )
    assert values(rows, "fun_total_gbp_all")[PLACE] == 1000
    for metric, value in {
        "fun_n_all": 1,
        "fun_small_award_share_all": 1,
        "fun_duration_median_all": 6,
        "fun_multi_year_share_all": 0,
    }.items():
        assert values(rows, metric)[PLACE] == value
        of_totals = "the money on record is published as totals of an unknown number of awards"
        assert shown(of(rows, metric)[OTHER]) == ("not_available", None, of_totals)
    assert "leaves out totals of an unknown number of awards" in of(rows, "fun_n_all")[PLACE]["state_reason"]
    share = of(rows, "fun_multi_year_share_all")[PLACE]
    assert (share["lci"], share["uci"], share["coverage"]) == (0, 0.9, 0.1)
    assert states(of(rows, "fun_total_gbp_all")[OTHER]) == ("ok_low", 900)
    assert values(rows, "fun_place_partial_n")[PLACE] is None


def test_place_funds_have_a_window_of_their_own(bench):
    bench.fund(
        place_fund("Town fund", PLACE, 5e6, award_date=date(2020, 12, 26)),
        place_fund("Town fund", OTHER, 5e6, award_date=date(2025, 9, 25)),
        place_fund("Coast fund", WALES, 1e6, "partial", award_date=date(2019, 3, 2)),
        {"amount_gbp": 100.0, "place": PLACE, "award_date": date(2026, 1, 1)},
    )
    windows(bench)
    assert ends_of(bench, "on_record") == (date(2019, 3, 2), date(2026, 1, 1))
    assert ends_of(bench, "place_funds") == (date(2020, 12, 26), date(2025, 9, 25))


def test_an_award_of_a_later_date_is_in_no_window(bench):
    later = {"award_date": AS_OF + timedelta(days=1), "is_dated_in_future": True}
    tracker = {"award_set": "threesixtygiving_covid2020", "place": OTHER, "amount_gbp": 7.0}
    bench.fund(
        {"amount_gbp": 100.0, "place": PLACE, "award_date": AS_OF},
        {"amount_gbp": 900.0, "place": PLACE, "planned_months": 12.0} | later,
        place_fund("Town fund", PLACE, 5e6, award_date=date(2020, 12, 26)),
        place_fund("Town fund", PLACE, 9e6, **later),
        tracker | later,
    )
    found = windows(bench)
    counted = {(row["window_id"], row["award_key"]) for row in bench.rows("metrics.award_counted")}
    assert counted == {
        ("on_record", "award-1"),
        ("on_record", "award-3"),
        ("rolling_3y", "award-1"),
        ("place_funds", "award-3"),
    }
    assert values(found["on_record"], "fun_total_gbp_all")[PLACE] == 5e6 + 100
    assert [ends_of(bench, name)[1] for name in ("on_record", "place_funds")] == [AS_OF, date(2020, 12, 26)]
    covid = window(bench, "covid_2020")
    assert covid["awards_outside_n"] == 1, "a tracker's award of another time, whatever that time is"


def test_three_years_are_36_months(bench):
    days = [date(2023, 11, 23), date(2023, 12, 22), date(2023, 12, 23), date(2026, 11, 22), date(2026, 10, 23)]
    bench.fund(*({"amount_gbp": 1.0, "place": PLACE, "award_date": day} for day in days))
    windows(bench)
    row = window(bench, "rolling_3y")
    assert row["period_start"] == date(2023, 11, 23)
    assert (row["months_observed"], row["months_expected"]) == (3, 36)


def test_a_file_of_another_time_does_not_empty_the_period_of_the_study(bench):
    bench.put("core.fct_award_summary", [SUMMARY])
    tracker = {"amount_gbp": 100.0, "place": OTHER, "award_set": "threesixtygiving_covid2020"}
    bench.fund(*(tracker | {"award_date": day} for day in (date(2020, 3, 16), date(2024, 1, 1), None)))
    found = windows(bench)
    for name in ("covid_2020", "on_record"):
        assert values(found[name], "fun_total_gbp_all")[PLACE] == 29_000
    assert states(of(found["covid_2020"], "fun_total_gbp_all")[OTHER]) == ("not_available", None)
    assert values(found["on_record"], "fun_total_gbp_all")[OTHER] == 300, "of another time, or of none"
    study = window(bench, "covid_2020")
    assert (study["origin"], study["awards_outside_n"]) == ("summary", 3)


def test_what_rests_on_few_awards_is_unreliable(bench):
    one = {"amount_gbp": 100.0, "place": PLACE, "planned_months": 6.0}
    five = one | {"place": OTHER}
    rows = on_record(
        bench,
        one,
        *(five | {"funder_id": str(n), "recipient_kind": "public_body"} for n in range(3)),
        five,
        five | {"amount_gbp": 200.0},
    )
    for metric in ("fun_duration_median", "fun_multi_year_share", "fun_hhi_funder"):
        found = of(rows, metric)
        assert found[PLACE]["state"] == "ok_low"
        assert "fewer than 5 awards to compute it from" in found[PLACE]["state_reason"]
        assert found[OTHER]["state"] == "ok", metric
    assert "only one funder is on record" in of(rows, "fun_effective_funders")[PLACE]["state_reason"]


def test_what_is_known_of_less_than_a_tenth_is_withheld(bench):
    known = {"amount_gbp": 9.0, "place": PLACE, "planned_months": 6.0}
    unknown = {"amount_gbp": 100.0, "place": PLACE, "funder_id": None, "recipient_kind": "unknown"}
    rows = on_record(bench, known, *([unknown] * 10))
    for metric in (
        "fun_duration_median",
        "fun_multi_year_share",
        "fun_hhi_funder_all",
        "fun_effective_funders",
        "fun_balance_community",
    ):
        row = of(rows, metric)[PLACE]
        assert (*states(row), row["lci"], row["n_num"]) == ("withheld", None, None, None)
        assert "less than a tenth" in row["state_reason"]
    assert of(rows, "fun_hhi_funder_norm")[PLACE]["state"] == "not_applicable"


def test_the_local_scope_of_recipients_of_unknown_kind_is_unreliable(bench):
    rows = on_record(
        bench,
        {"amount_gbp": 90.0, "place": PLACE, "recipient_kind": "unknown"},
        {"amount_gbp": 50.0, "place": PLACE},
        {"amount_gbp": 10.0, "place": OTHER},
    )
    assert "may be public bodies" in of(rows, "fun_total_gbp")[PLACE]["state_reason"]
    assert states(of(rows, "fun_total_gbp_all")[PLACE]) == ("ok", 140)
    assert states(of(rows, "fun_total_gbp")[OTHER]) == ("ok", 10)


def test_nobody_searched_means_no_value(bench):
    bench.record(practice(1))
    rows = bench.make("metrics.metric_value")
    for metric in ("prac_records_n", "prac_cells_n", "prac_risk_share", "prac_side_balance", "bal_practice"):
        assert states(of(rows, metric)[OTHER]) == ("not_searched", None)


def test_a_search_that_found_nothing_is_the_only_way_to_nought(bench):
    bench.put("core.fct_practice_search", searches((OTHER, "none_found"), (WALES, "recorded")))
    rows = bench.make("metrics.metric_value")
    assert states(of(rows, "prac_records_n")[OTHER]) == ("searched_none_found", 0)
    assert states(of(rows, "prac_partners_n")[OTHER]) == ("searched_none_found", 0)
    assert states(of(rows, "prac_durable_share")[OTHER]) == ("not_applicable", None)
    assert states(of(rows, "prac_evidence_median")[OTHER]) == ("not_applicable", None)
    assert states(of(rows, "prac_records_n")[WALES]) == ("not_searched", None)


def test_a_place_with_a_record_on_the_log_is_never_empty_handed(bench):
    bench.put("core.fct_practice_search", searches((OTHER, "none_found"), (OTHER, "recorded")))
    assert states(of(bench.make("metrics.metric_value"), "prac_records_n")[OTHER]) == ("not_searched", None)


def test_county_records_are_not_pushed_down(bench):
    bench.record(
        practice(1, locality_code="E10999901", geo_precision="upper_tier"), practice(2, geo_precision="sub_lad")
    )
    assert values(bench.make("metrics.practice"), "prac_records_n") == {PLACE: 1}


def test_one_document_is_never_better_than_unreliable(bench):
    bench.record(practice(1), practice(2))
    row = of(bench.make("metrics.practice"), "prac_records_n")[PLACE]
    assert shown(row) == ("ok_low", 2, "based on one document: a statement about the register")
    bench.record(practice(1), practice(2, document_sha256="another"))
    assert of(bench.make("metrics.practice"), "prac_records_n")[PLACE]["state"] == "ok"


def test_side_balance_is_withheld_below_five_records_and_counts_joint_half(bench):
    four = [practice(n) for n in range(4)]
    bench.record(*four)
    row = of(bench.make("metrics.practice"), "prac_side_balance")[PLACE]
    assert (*states(row), row["n_num"], row["lci"]) == ("withheld", None, None, None)
    bench.record(*four, practice(4, side="joint"), practice(5, side="community"))
    row = of(bench.make("metrics.practice"), "prac_side_balance")[PLACE]
    assert row["value"] == pytest.approx((1.5 - 4.5) / 6)
    assert row["lci"] < row["value"] < row["uci"]


def test_joint_practices_stand_on_both_sides_of_their_type(bench):
    bench.record(practice(1, side="joint"), practice(2, primary_type="C1", category="collaboration"))
    rows = bench.make("metrics.practice")
    assert values(rows, "prac_cells_n")[PLACE] == 3
    assert values(rows, "prac_mirror_n")[PLACE] == 1
    assert values(rows, "prac_types_n")[PLACE] == 2
    assert values(rows, "prac_categories_n")[PLACE] == 2


def test_durability_has_bounds_and_unknown_is_not_nought(bench):
    codes = ["robust", "robust", "fragile", "unknown"]
    bench.record(*(practice(n, durability=code) for n, code in enumerate(codes)))
    row = of(bench.make("metrics.practice"), "prac_durable_share")[PLACE]
    assert (row["value"], row["lci"], row["uci"], row["coverage"]) == (pytest.approx(2 / 3), 0.5, 0.75, 0.75)
    bench.record(practice(1))
    assert states(of(bench.make("metrics.practice"), "prac_durable_share")[PLACE]) == ("not_available", None)


def test_a_practice_of_unknown_origin_or_durability_counts_on_neither_side_of_the_share_at_risk(bench):
    bench.record(
        practice(1, origin="emergent", durability="fragile"),
        practice(2, origin="accelerated", durability="robust"),
        practice(3, origin="accelerated", durability="robust"),
        practice(4),
        practice(5, origin="emergent"),
    )
    bench.put("core.fct_practice_code", coded("risk", (3, "fatigue"), (3, "finances"), (4, "fatigue")))
    rows = bench.make("metrics.practice")
    row = of(rows, "prac_at_risk_share")[PLACE]
    # Practice 4 carries a named risk, but its origin and durability are unknown.
    assert (row["value"], row["n_num"], row["n_den"], row["coverage"]) == (pytest.approx(2 / 3), 2, 3, 0.6)
    assert (row["lci"], row["uci"]) == pytest.approx((0.2077, 0.9385), abs=1e-4)
    assert row["ci_method"] == "wilson"
    # The shares of single risks are of every record, and may exceed one together.
    assert values(rows, "prac_risk_share", "risk_fatigue")[PLACE] == 0.4
    assert values(rows, "prac_risk_share", "risk_finances")[PLACE] == 0.2
    assert values(rows, "prac_risk_share", "risk_inequalities")[PLACE] == 0


def test_a_risk_of_records_that_say_nothing_is_unknown(bench):
    bench.record(practice(1), practice(2, origin="emergent"))
    bench.put("core.fct_practice_code", coded("risk", (1, "fatigue")))
    row = of(bench.make("metrics.practice"), "prac_at_risk_share")[PLACE]
    assert (*states(row), row["lci"]) == ("not_available", None, None)


def test_evidence_lead_inclusion_and_partners(bench):
    grades = ["E0", "E1", "E2", "E3"]
    leads = ["community", "institution", "unknown", "unknown"]
    bench.record(
        *(
            practice(n, evidence_grade=grade, lead_side=lead, is_reaching_less_heard=n == 0)
            for n, (grade, lead) in enumerate(zip(grades, leads, strict=True))
        )
    )
    names = ["Hub", "hub ", "Council"]
    bench.put(
        "core.bridge_practice_partner",
        [{"practice_id": "practice 0", "partner_number": n, "partner_name": name} for n, name in enumerate(names)],
    )
    rows = bench.make("metrics.practice")
    assert values(rows, "prac_evidence_median")[PLACE] == 1
    assert values(rows, "prac_e2plus_share")[PLACE] == 0.5
    assert values(rows, "prac_community_led_share")[PLACE] == 0.5
    assert of(rows, "prac_community_led_share")[PLACE]["coverage"] == 0.5
    assert values(rows, "prac_inclusion_share")[PLACE] == 0.25
    assert values(rows, "prac_partners_n")[PLACE] == 2


def test_only_news_of_the_practice_itself_is_a_follow_up(bench):
    bench.record(*(practice(n) for n in range(5)))
    day = {"kind": "practice", "status": "active", "status_date": date(2025, 1, 1)}
    seen = [day, day | {"kind": "successor"}, day | {"status": "unknown"}, day | {"status_date": date(2021, 1, 1)}]
    bench.put(
        "core.fct_practice_status",
        [
            {"status_number": n, "practice_id": f"practice {n}", "locality_code": PLACE} | row
            for n, row in enumerate(seen)
        ],
    )
    assert values(bench.make("metrics.practice"), "prac_followup_cover")[PLACE] == 0.2


def test_a_place_with_one_leg_shows_one_leg(bench):
    surveyed(bench, {"value": 25.0, "lci_95": 20.5, "uci_95": 29.5}, metric_id="coh_influence_pct")
    rows = bench.make("metrics.metric_value")
    voice = of(rows, "bal_voice")[SCOTLAND]
    assert (voice["value"], voice["lci"], voice["uci"], voice["ci_level"]) == (0.25, 0.205, 0.295, 0.95)
    assert values(rows, "bal_legs_ok")[SCOTLAND] == 1
    assert values(rows, "bal_legs_ok")[PLACE] == 0
    assert states(of(rows, "bal_money", period_end=AS_OF, period_start=date(2023, 11, 23))[SCOTLAND]) == (
        "not_available",
        None,
    )
    assert states(of(rows, "bal_practice")[SCOTLAND]) == ("not_searched", None)


def test_quality_counts_states_and_corpus(bench):
    bench.put(
        "core.fct_population", [{"locality_code": PLACE, "period_end": date(2024, 11, 22), "population_persons": 5}]
    )
    bench.record(practice(1), practice(2))
    bench.put("core.fct_practice_search", searches((PLACE, "recorded")))
    both = [
        {"practice_id": "practice 1", "reading": reading, "axis": "type", "code": "A1"}
        for reading in ("first", "second")
    ]
    bench.put(
        "core.fct_practice_reading",
        [*both, {"practice_id": "practice 2", "reading": "first", "axis": "type", "code": "A1"}],
    )
    bench.put(
        "core.dim_source",
        [
            {"source_id": "live", "kind": "statistics"},
            {"source_id": "dead", "kind": "awards"},
            {"source_id": "ours", "kind": "reference"},
        ],
    )
    bench.put(
        "meta.landed_file", [{"source_id": name, "is_current": name != "dead"} for name in ("live", "dead", "ours")]
    )
    bench.put(
        "core.bridge_locality_code",
        [
            {"area_code": str(n), "locality_code": PLACE, "mode": mode}
            for n, mode in enumerate(["current", "recode", "statswales_legacy"])
        ],
    )
    rows = bench.make("metrics.quality")
    assert values(rows, "q_oldest_input_years")[PLACE] == pytest.approx(2, abs=0.01)
    assert values(rows, "q_searched_las_n") == {"K02000001": 1}
    assert values(rows, "q_double_coded_pct") == {"K02000001": 50}
    assert values(rows, "q_sources_live") == {"K02000001": 1}
    assert values(rows, "q_vintage_conversions_n") == {"K02000001": 1}
    assert of(rows, "q_release_moved_band_pct")["K02000001"]["state_reason"] == "no bands are published yet"
    assert of(rows, "q_cy_label_pct")["K02000001"]["state"] == "ok_low"
    assert values(rows, "q_states", "state_not_searched")[OTHER] > 20
    assert of(rows, "q_unallocated_gbp_share")["K02000001"]["state"] == "not_available"


@pytest.fixture(scope="module")
def whole():
    """A bench with a little of everything."""
    bench = Bench()
    populations(bench, persons=120_000, year=2023)
    profile(bench)
    areas(bench, FIRST, SECOND)
    surveyed(
        bench,
        {"value": 25.0, "lci_95": 20.5, "uci_95": 29.5},
        {"value_status": "c", "area_code": "S92000003"},
        metric_id="coh_influence_pct",
    )
    bench.fund(
        {"amount_gbp": 1000.0},
        {"amount_gbp": 300.0, "place": OTHER, "planned_months": 36.0, "recipient_kind": "unknown"},
        {"amount_gbp": 90.0, "award_date": None},
        place_fund("Town fund", PLACE, 20e6),
        place_fund("Pride fund", CITY, 20e6, is_amount_ceiling=True),
        place_fund("Coast fund", WALES, 1e6, "partial", in_scope_local=True),
        places={"award-1": {PLACE: 1 / 3, OTHER: 2 / 3}},
    )
    bench.put(
        "core.fct_place_fund_coverage",
        [
            {"fund": name, "locality_code": code, "list_coverage": "complete", "is_on_list": True}
            for name in ("Town fund", "Pride fund")
            for code in (PLACE, OTHER, CITY)
        ],
    )
    bench.put("core.fct_award_summary", [SUMMARY])
    bench.record(*(practice(n, side=side) for n, side in enumerate(["institution", "community", "joint"] * 2)))
    bench.put(
        "core.fct_practice_code",
        [
            {"practice_id": f"practice {n}", "axis": "type", "code": code, "weight": weight}
            for n in range(6)
            for code, weight in ([("A1", 1.0)] if n < 3 else [("A1", 1 / 3), ("A2", 2 / 3)])
        ],
    )
    bench.put("core.fct_practice_search", searches((PLACE, "recorded"), (OTHER, "none_found")))
    ranked = intervals(frame("metrics.rank_input", bench.make("metrics.rank_input")))
    bench.put("metrics.rank_interval", ranked.to_dicts())
    return bench


def test_practice_matrix(whole):
    rows = whole.make("marts.practice_matrix")
    cells = {(row["locality_code"], row["practice_type"], row["side"]): row for row in rows}
    assert len(cells) == 16 * len(NATIONS)
    assert cells[PLACE, "A1", "community"]["records_n"] == 3
    one_type = "records of the locality have this type only as a further type, and no search for more is on record"
    no_record = "no record of the locality is in this cell, and no search for one is on record"
    one_document = "based on one document: a statement about the register"
    no_search = "no search of this area for practices is on record"
    found_none = "a search on record found no practice"
    told = {
        (PLACE, "A1"): ("recorded", 3, 2, "ok_low", one_document),
        (PLACE, "A2"): ("recorded", None, 1, "not_searched", one_type),
        (PLACE, "C1"): ("recorded", None, None, "not_searched", no_record),
        (OTHER, "A1"): ("searched_none_found", 0, 0, "searched_none_found", found_none),
        (WALES, "A1"): ("not_searched", None, None, "not_searched", no_search),
    }
    shown = ("search_status", "records_n", "coded_weight", "state", "state_reason")
    for (place, kind), expected in told.items():
        assert tuple(cells[place, kind, "community"][name] for name in shown) == expected


def test_funding_and_need_stand_side_by_side(whole):
    rows = {
        (row["locality_code"], row["funding_metric_id"], row["window_id"]): row
        for row in whole.make("marts.funding_and_need")
    }
    row = rows[PLACE, "fun_per_head_all", "on_record"]
    assert row["funding_gbp_per_head"] == pytest.approx((20e6 + 1000 / 3 + 29_000) / 120_000)
    assert (row["dep_prop10_areas"], row["need_group"], row["need_state"]) == (0.5, "England | IoD2025", "ok")
    assert rows[WALES, "fun_per_head", "covid_2020"]["need_state"] == "not_available"
    assert not [name for name in row if "score" in name or ("rank" in name and "percentile" not in name)]


def test_an_old_index_beside_money_is_unreliable(whole):
    profile(whole, index_id="IoD2019")
    rows = whole.make("marts.funding_and_need")
    profile(whole)
    row = next(row for row in rows if row["locality_code"] == PLACE and row["window_id"] == "rolling_3y")
    assert (row["need_state"], row["need_gap_years"]) == ("ok_low", 7)


def test_nation_comparison_gives_no_median_of_few_or_of_several_groups(whole):
    rows = {(row["nation"], row["metric_id"], row["period_end"]): row for row in whole.make("marts.nation_comparison")}
    row = rows["England", "pop_total", date(2023, 6, 30)]
    assert (row["ok_n"], row["median_value"], row["median_state"]) == (3, None, "withheld")
    assert rows["England", "prac_records_n", AS_OF]["median_state"] == "not_applicable"
    assert (
        rows["Scotland", "coh_influence_pct", date(2022, 12, 31)]["comparable_group"]
        == "Scotland | Scottish Household Survey | wording"
    )
    assert rows["Scotland", "prac_records_n", AS_OF]["not_searched_n"] == 1


def test_nation_comparison_gives_a_median_of_one_group():
    bench = Bench()
    codes = [f"W0699990{number}" for number in range(9)]
    bench.put(
        "core.dim_locality",
        [{"locality_code": code, "nation": "Wales", "comparable_group": "Wales | unitary authority"} for code in codes],
    )
    bench.put(
        "core.fct_population",
        [
            {"locality_code": code, "period_end": date(2023, 6, 30), "population_persons": 10 * n}
            for n, code in enumerate(codes)
        ],
    )
    rows = [row for row in bench.make("marts.nation_comparison") if row["metric_id"] == "pop_total"]
    assert [(row["nation"], row["median_value"], row["median_state"]) for row in rows] == [("Wales", 40, "ok")]
