"""Equity: golden values of method.md section 6, an independent regression, properties and edges, on made-up nations."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.sql_harness import AS_OF, Bench, answers, awards, of, values
from warehouse.lineage import SQL_ROOT

BENCH = Bench()
ENGLAND, WALES, SCOTLAND = "E92000001", "W92000004", "S92000003"
ON_RECORD = {"period_end": date(2025, 6, 1)}
FEW = settings(max_examples=3, deadline=None)
SERIES = ("funding", "funding_all", "voice", "volunteering")
LEAVES_OUT = "leaves out the awards of spring 2020, which are on record only as a summary by locality"


def code(number, letter="E"):
    return f"{letter}069999{number:02d}"


def nation(persons, ranks, *, letter="E", index_id="IoD2025", name="England"):
    """Put localities of one nation: their residents, and their mean rank percentiles, least is most deprived."""
    BENCH.put(
        "core.dim_locality",
        [
            {"locality_code": code(n, letter), "nation": name, "comparable_group": f"{name} | unitary authority"}
            for n in range(len(persons))
        ],
    )
    BENCH.put(
        "core.fct_population",
        [
            {"locality_code": code(n, letter), "period_end": date(2025, 6, 30), "population_persons": residents}
            for n, residents in enumerate(persons)
        ],
    )
    BENCH.put(
        "core.fct_deprivation_profile",
        [
            {"index_id": index_id, "locality_code": code(n, letter), "areas_n": 1, "mean_rank_percentile": float(rank)}
            for n, rank in enumerate(ranks)
        ],
    )


def several_funders(gifts, persons, ranks, **more):
    """Return the measures of equity with awards given as (funder, locality number, pounds)."""
    BENCH.reset()
    nation(persons, ranks)
    given_awards = awards(
        *({"amount_gbp": float(gbp), "place": code(n), "funder_id": funder} | more for funder, n, gbp in gifts)
    )
    BENCH.put_all(given_awards)
    return BENCH.make("metrics.equity")


def funded(amounts, persons, ranks, **more):
    """Return the measures of equity of a nation with one award a locality, by three funders in turn."""
    gifts = [(f"funder {n % 3}", n, amount) for n, amount in enumerate(amounts) if amount]
    return several_funders(gifts, persons, ranks, **more)


def index(amounts, persons, ranks):
    return of(funded(amounts, persons, ranks), "eq_ci_funding", **ON_RECORD)[ENGLAND]


def rank_of(scores):
    """Return rank percentiles that go down as the score of deprivation goes up, ties with ties."""
    return [1 - score / 100 for score in scores]


# Each golden value is of three or four areas; below 8 localities nothing is published, so each area stands two or three
# times, which must change nothing.
@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize(
    ("pounds", "persons", "scores", "golden"),
    [
        ([50e3, 30e3, 20e3, 10e3], [10_000] * 4, [40, 30, 20, 10], -0.2955),
        ([10e3, 20e3, 30e3, 50e3], [10_000] * 4, [40, 30, 20, 10], 0.2955),
        ([30e3] * 4, [10_000] * 4, [40, 30, 20, 10], 0),
        ([50e3, 30e3, 20e3, 10e3], [10_000] * 4, [40, 40, 10, 10], -0.2273),
        ([50e3, 30e3, 20e3] * 2, [5_000, 10_000, 20_000] * 2, [40, 30, 20] * 2, -0.4714),
    ],
)
def test_concentration_index_and_that_doubling_a_nation_leaves_it(pounds, persons, scores, golden, times):
    row = index(pounds * times, persons * times, rank_of(scores) * times)
    assert row["value"] == pytest.approx(golden, abs=5e-5)
    assert row["lci"] - 1e-9 <= row["value"] <= row["uci"] + 1e-9


places = st.integers(8, 14).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(1, 10**6), min_size=n, max_size=n),
        st.lists(st.integers(500, 10**6), min_size=n, max_size=n),
        st.lists(st.integers(1, 12).map(lambda rank: rank / 16), min_size=n, max_size=n).filter(
            lambda ranks: len(set(ranks)) > 1
        ),
    )
)


def mid_ranks(persons, ranks):
    persons, ranks = np.array(persons, dtype=float), np.array(ranks)
    below = np.array([persons[ranks < rank].sum() for rank in ranks])
    level = np.array([persons[ranks == rank].sum() for rank in ranks])
    return (below + level / 2) / persons.sum()


@FEW
@given(places)
def test_the_index_is_that_of_the_regression_form(drawn):
    """The slope and its error by statsmodels' weighted least squares; the index by its definition as a covariance."""
    amounts, persons, ranks = drawn
    row = index(*drawn)
    weight = np.array(persons) / sum(persons)
    rate = np.array(amounts) / np.array(persons)
    place = mid_ranks(persons, ranks)
    mean = weight @ rate
    spread = weight @ (place - 0.5) ** 2
    fit = sm.WLS(2 * spread * rate / mean, sm.add_constant(place), weights=weight).fit()
    assert row["value"] == pytest.approx(fit.params[1], abs=1e-9)
    assert row["se"] == pytest.approx(fit.bse[1], rel=1e-6)
    low, high = fit.conf_int()[1]
    assert (row["lci"], row["uci"]) == pytest.approx((max(low, -1), min(high, 1)), abs=1e-4)
    assert row["value"] == pytest.approx(2 / mean * (weight * (rate - mean)) @ (place - 0.5), abs=1e-9)
    assert row["ci_method"] == "convenient_regression"
    assert -1 <= row["lci"] <= row["value"] + 1e-9
    assert row["value"] - 1e-9 <= row["uci"] <= 1


@FEW
@given(places, st.integers(1, 10))
def test_an_area_without_residents_changes_nothing(drawn, rank):
    amounts, persons, ranks = drawn
    before = funded(amounts, persons, ranks)
    after = funded([*amounts, 10**6], [*persons, 0], [*ranks, rank / 16])
    for metric in (["eq_ci_funding"], ["eq_sii_funding"], ["eq_curve_funding", "decile_3"]):
        old, new = (of(rows, *metric, **ON_RECORD).get(ENGLAND) for rows in (before, after))
        if metric[-1] == "decile_3" and old is None:
            assert new is None
            assert of(after, "eq_curve_funding", **ON_RECORD)[ENGLAND]["value"] is None
            continue
        assert new["state"] in (old["state"], "ok_low")
        assert new["value"] == (None if old["value"] is None else pytest.approx(old["value"]))


@FEW
@given(places)
def test_curves_rise_from_zero_to_all_and_bend_as_the_index_says(drawn):
    funded(*drawn)
    points = {
        row["tenth"]: row
        for row in BENCH.make("marts.equity_curve")
        if row["series"] == "funding" and row["period_end"] == ON_RECORD["period_end"]
    }
    shares = [points[tenth]["amount_share"] for tenth in range(11)]
    assert (shares[0], shares[10]) == pytest.approx((0, 1))
    assert all(low <= high + 1e-12 for low, high in pairwise(shares))
    amounts, persons, ranks = map(np.array, drawn)
    order = sorted(set(ranks))
    along = np.cumsum([0, *(persons[ranks == rank].sum() for rank in order)]) / persons.sum()
    up = np.cumsum([0, *(amounts[ranks == rank].sum() for rank in order)]) / amounts.sum()
    assert shares == pytest.approx(np.interp(np.arange(11) / 10, along, up))
    area = ((up[1:] + up[:-1]) / 2 * np.diff(along)).sum()
    assert points[5]["index_value"] == pytest.approx(1 - 2 * area), "the index is twice the area under equality"
    assert points[5]["above_equality"] == pytest.approx(shares[5] - 0.5)


@FEW
@given(places)
def test_the_slope_is_that_of_weighted_least_squares_over_tenths(drawn):
    amounts, persons, ranks = drawn
    row = of(funded(*drawn), "eq_sii_funding", **ON_RECORD)[ENGLAND]
    tenth = np.minimum(np.floor(10 * mid_ranks(persons, ranks)), 9)
    groups = sorted(set(tenth))
    weight = np.array([np.array(persons)[tenth == group].sum() for group in groups], dtype=float)
    rate = np.array([np.array(amounts)[tenth == group].sum() for group in groups]) / weight
    if len(groups) < 5:
        assert (row["state"], row["value"]) == ("not_applicable", None)
        return
    place = (np.cumsum(weight) - weight / 2) / weight.sum()
    fit = sm.WLS(rate, sm.add_constant(place), weights=weight).fit()
    assert row["value"] == pytest.approx(fit.params[1], rel=1e-6, abs=1e-9)
    assert row["se"] == pytest.approx(fit.bse[1], rel=1e-6, abs=1e-9)


EIGHT = ([80, 70, 60, 50, 40, 30, 20, 10], [1000] * 8, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])


def test_below_eight_localities_nothing_is_said():
    rows = funded(*(values[:7] for values in EIGHT))
    for metric in ("eq_ci_funding", "eq_sii_funding", "eq_curve_funding", "eq_ci_funding_lofo_lo"):
        row = of(rows, metric, **ON_RECORD)[ENGLAND]
        assert (row["state"], row["value"], row["lci"], row["se"]) == ("withheld", None, None, None)
    assert BENCH.rows("metrics.equity_ordinate") == []
    assert of(rows, "eq_curve_funding", "decile_5", **ON_RECORD) == {}, "one row says so of all tenths"


def test_no_published_award_is_no_nought():
    amounts, persons, ranks = EIGHT
    row = index([*amounts, 0, 0], [*persons, 1000, 1000], [*ranks, 0.9, 0.95])
    assert row["value"] == pytest.approx(index(*EIGHT)["value"])
    assert (row["coverage"], row["n_den"]) == (0.8, 8)
    row = index([*amounts, 0, 0, 0], [*persons, 1, 1, 1], [*ranks, 0.9, 0.95, 0.99])
    assert (row["state"], row["state_reason"]) == ("ok_low", "based on 8 of the 11 localities")


def test_equal_deprivation_has_no_order_and_equal_money_no_gradient():
    row = index(EIGHT[0], EIGHT[1], [0.5] * 8)
    assert (row["state"], row["state_reason"]) == ("not_applicable", "the localities do not differ in deprivation")
    row = index([10] * 8, EIGHT[1], EIGHT[2])
    assert (row["value"], row["lci"], row["uci"]) == pytest.approx((0, 0, 0), abs=1e-9)


def test_money_by_the_recipients_address_is_told_apart():
    rows = funded(*EIGHT, rule="recipient_postcode")
    whole, share = (
        of(rows, "eq_ci_funding", **ON_RECORD)[ENGLAND],
        of(rows, "eq_hq_share_funding", **ON_RECORD)[ENGLAND],
    )
    assert "more than half of the money is placed by the address" in whole["state_reason"]
    assert share["value"] == 1
    assert ENGLAND not in of(rows, "eq_ci_funding", "beneficiary", **ON_RECORD)
    rows = funded(*EIGHT)
    assert of(rows, "eq_hq_share_funding", **ON_RECORD)[ENGLAND]["value"] == 0
    assert values(of_window(rows), "eq_ci_funding", "beneficiary") == values(of_window(rows), "eq_ci_funding")


def of_window(rows):
    return [row for row in rows if row["period_end"] == ON_RECORD["period_end"]]


def test_the_city_of_london_is_out_since_its_residents_are_the_wrong_denominator():
    before = index(*EIGHT)["value"]
    BENCH.put(
        "core.dim_locality", [*BENCH.rows("core.dim_locality"), {"locality_code": "E09000001", "nation": "England"}]
    )
    for table, row in (
        ("core.fct_population", {"period_end": date(2025, 6, 30), "population_persons": 100}),
        ("core.fct_deprivation_profile", {"index_id": "IoD2025", "areas_n": 1, "mean_rank_percentile": 0.9}),
    ):
        BENCH.put(table, [*BENCH.rows(table), {"locality_code": "E09000001"} | row])
    more = awards({"amount_gbp": 1e9, "place": "E09000001", "award_key": "city"})
    for table, rows in more.items():
        BENCH.put(table, [*BENCH.rows(table), *rows])
    row = of(BENCH.make("metrics.equity"), "eq_ci_funding", **ON_RECORD)[ENGLAND]
    assert (row["value"], row["coverage"]) == (pytest.approx(before), pytest.approx(8 / 9))


def test_the_range_without_each_funder_is_that_of_leaving_their_awards_out():
    persons, ranks = [900, 1000, 1100, 1200, 1300, 1400, 1500, 1600, 1700], [n / 10 for n in range(9)]
    gifts = [("a", n, 100 + 10 * n) for n in range(9)]
    gifts += [("b", n, 400 - 40 * n) for n in range(9)] + [("c", 8, 5000), (None, 0, 70)]
    rows = several_funders(gifts, persons, ranks)
    low, high = (of(rows, f"eq_ci_funding_lofo_{end}", **ON_RECORD)[ENGLAND] for end in ("lo", "hi"))
    without = [
        of(several_funders([gift for gift in gifts if gift[0] != funder], persons, ranks), "eq_ci_funding", **ON_RECORD)
        for funder in ("a", "b", "c")
    ]
    found = [row[ENGLAND]["value"] for row in without]
    assert (low["value"], high["value"]) == pytest.approx((min(found), max(found)))
    assert (low["n_den"], low["ci_method"], low["lci"]) == (3, "none:end_of_range", None)


def test_no_range_of_one_funder_nor_where_too_few_places_are_left():
    one = several_funders([("a", n, 10 + n) for n in range(8)], EIGHT[1], EIGHT[2])
    assert of(one, "eq_ci_funding_lofo_lo", **ON_RECORD)[ENGLAND]["state"] == "not_applicable"
    two = several_funders([("a", n, 10 + n) for n in range(8)] + [("b", 0, 5)], EIGHT[1], EIGHT[2])
    row = of(two, "eq_ci_funding_lofo_hi", **ON_RECORD)[ENGLAND]
    assert (row["state"], row["value"]) == ("withheld", None)
    left = {
        row["funder_key"]: row["localities_n"]
        for row in BENCH.rows("metrics.equity_without_funder")
        if row["scope"] == "all"
    }
    assert left == {"a": 1, "b": 8}


def summarised(amounts):
    """Put a summary of the study's period with an amount for each locality that has one."""
    BENCH.put(
        "core.fct_award_summary",
        [
            {"locality_code": code(n), "awards_n": 2, "total_gbp": float(gbp), "funders_n": 1}
            for n, gbp in enumerate(amounts)
            if gbp
        ],
    )


def test_a_summary_gives_the_index_and_nothing_that_a_summary_cannot_give():
    BENCH.reset()
    nation(EIGHT[1], EIGHT[2])
    summarised(EIGHT[0])
    BENCH.put_all(awards({"amount_gbp": 1.0}))
    rows = [row for row in BENCH.make("metrics.equity") if row["period_end"] == date(2020, 5, 5)]
    assert values(rows, "eq_ci_funding_all")[ENGLAND] == pytest.approx(index(*EIGHT)["value"])
    assert of(rows, "eq_ci_funding_all_lofo_lo")[ENGLAND]["state"] == "not_available"
    assert of(rows, "eq_hq_share_funding_all")[ENGLAND]["state"] == "not_available"
    assert of(rows, "eq_ci_funding") == {}, "a summary cannot tell the local scope apart"


def test_what_is_on_record_is_by_nation_of_award_rows_and_the_summary_together():
    amounts, persons, ranks = EIGHT
    rows_of_a, summary = [*amounts[:6], 0, 0], [0, 0, 0, 40, 0, 0, *amounts[6:]]
    without_b = [gbp + more for gbp, more in zip(rows_of_a, summary, strict=True)]
    whole = [without_b[0] + 70, *without_b[1:]]
    expected = [index(given, persons, ranks)["value"] for given in (whole, without_b)]
    gifts = [("a", n, gbp) for n, gbp in enumerate(rows_of_a) if gbp] + [("b", 0, 70)]
    rows = several_funders(gifts, persons, ranks, rule="recipient_postcode")
    assert of(rows, "eq_ci_funding_all", **ON_RECORD)[ENGLAND]["state"] == "withheld", "six localities"
    summarised(summary)
    rows = BENCH.make("metrics.equity")
    row = of(rows, "eq_ci_funding_all", **ON_RECORD)[ENGLAND]
    assert (row["value"], row["n_den"]) == (pytest.approx(expected[0]), 8)
    assert "spring 2020" not in (row["state_reason"] or "")
    left = {
        found["funder_key"]: (found["localities_n"], found["index_value"])
        for found in BENCH.rows("metrics.equity_without_funder")
        if found["scope"] == "all" and found["window_id"] == "on_record"
    }
    assert left == {"a": (4, None), "b": (8, pytest.approx(expected[1]))}, "the summary is in each"
    share = of(rows, "eq_hq_share_funding_all", **ON_RECORD)[ENGLAND]
    assert (share["value"], share["n_num"], share["n_den"]) == (1, sum(rows_of_a) + 70, sum(rows_of_a) + 70)
    assert LEAVES_OUT in share["state_reason"].split("; ")
    for metric in ("eq_ci_funding_all", "eq_ci_funding"):
        assert of(rows, metric, "beneficiary", **ON_RECORD) == {}, (
            "all is placed by address, and of the summary it is not known"
        )
    assert of(rows, "eq_ci_funding", **ON_RECORD)[ENGLAND]["state"] == "withheld", "of the local scope there is no more"


def test_the_range_without_a_funder_says_that_the_summary_stays_in_and_local_money_that_it_is_left_out():
    gifts = [(funder, n, 10 * n + len(funder)) for n in range(9) for funder in ("a", "bb")]
    several_funders(gifts, [1000 + n for n in range(9)], [n / 10 for n in range(9)])
    summarised([5, 9])
    rows = BENCH.make("metrics.equity")
    for end in ("lo", "hi"):
        reason = of(rows, f"eq_ci_funding_all_lofo_{end}", **ON_RECORD)[ENGLAND]["state_reason"]
        assert "the awards of spring 2020 are always included" in reason
    local = (["eq_ci_funding"], ["eq_sii_funding"], ["eq_ci_funding_lofo_lo"])
    for metric in (*local, ["eq_ci_funding_all", "beneficiary"]):
        assert LEAVES_OUT in of(rows, *metric, **ON_RECORD)[ENGLAND]["state_reason"].split("; "), metric
    whole = of(rows, "eq_ci_funding_all", **ON_RECORD)[ENGLAND]
    assert "spring 2020" not in (whole["state_reason"] or "")
    assert BENCH.broken(SQL_ROOT / "checks/metrics/metric_value/h3_no_equity_without_both_orders.sql") == []


def surveyed(*metric_ids, percentages, name, letter):
    """Put figures of one survey for each metric, those of the second metric ten points higher, and so on."""
    days = {"period_start": date(2022, 1, 1), "period_end": date(2022, 12, 31)}
    given = [
        answers(
            metric_id,
            name,
            *(
                {"area_code": code(n, letter), "value": float(share), "lci_95": share - 2.5, "uci_95": share + 2.5}
                for n, share in enumerate(percentage + 10 * more for percentage in percentages)
            ),
            **days,
        )
        for more, metric_id in enumerate(metric_ids)
    ]
    BENCH.put_all({table: [row for one in given for row in one[table]] for table in given[0]})


def test_voice_and_volunteering_lie_by_nation_each_in_its_own_words():
    for metric_id, series in (("coh_influence_pct", "voice"), ("coh_volunteer_past_year_pct", "volunteering")):
        BENCH.reset()
        nation(EIGHT[1], EIGHT[2], letter="S", index_id="SIMD2020v2", name="Scotland")
        surveyed(metric_id, percentages=[14, 15, 16, 17, 18, 19, 20, 21], name="Scotland", letter="S")
        rows = BENCH.make("metrics.equity")
        row = of(rows, f"eq_ci_{series}")[SCOTLAND]
        assert 0 < row["value"] < 0.1
        slope = of(rows, f"eq_sii_{series}")[SCOTLAND]
        assert slope["value"] == pytest.approx(8), "one point a locality, over eight of them"
        half = of(rows, f"eq_curve_{series}", "decile_5")[SCOTLAND]
        assert half["value"] == pytest.approx((14 + 15 + 16 + 17) / 140)
        assert [row["metric_id"] for row in rows if "funding" in row["metric_id"]] == []


def test_of_two_definitions_of_volunteering_in_one_survey_that_of_the_past_year_is_taken():
    BENCH.reset()
    nation(EIGHT[1], EIGHT[2])
    both = ("coh_volunteer_any_pct", "coh_volunteer_past_year_pct")
    surveyed(*both, percentages=[14, 15, 16, 17, 18, 19, 20, 21], name="England", letter="E")
    places = [row for row in BENCH.make("metrics.equity_place") if row["series"] == "volunteering"]
    assert [row["amount"] / row["persons"] for row in sorted(places, key=lambda row: row["locality_code"])] == [
        pytest.approx(percentage / 100) for percentage in range(24, 32)
    ]


def test_recording_is_named_for_what_it_is():
    BENCH.reset()
    nation(EIGHT[1], EIGHT[2])
    assert of(BENCH.make("metrics.equity"), "eq_recording_gradient") == {}
    BENCH.put(
        "core.fct_practice_study",
        [
            {"practice_id": str(n), "locality_code": code(place), "geo_precision": "lad", "evidence_grade": "E1"}
            for n, place in enumerate([0, 0, 0, 5])
        ],
    )
    BENCH.put(
        "core.fct_practice_search",
        [
            {"search_id": "one", "locality_code": code(0), "result": "recorded"},
            {"search_id": "one", "locality_code": code(5), "result": "recorded"},
            {"search_id": "one", "locality_code": code(7), "result": "none_found"},
        ],
    )
    rows = BENCH.make("metrics.equity")
    row = of(rows, "eq_recording_gradient")[ENGLAND]
    assert row["value"] == pytest.approx(2 * (3 * 1 / 16 + 11 / 16) / 4 - 1)
    assert (row["state"], row["period_end"]) == ("ok_low", AS_OF)
    assert row["state_reason"].startswith("shows which localities were written about and searched")
    assert [values(rows, "eq_searched_n", f"quintile_{n}")[ENGLAND] for n in range(1, 6)] == [1, 0, 0, 1, 1]


def test_an_old_index_makes_the_reading_unreliable():
    BENCH.reset()
    nation(EIGHT[1], EIGHT[2], index_id="IoD2019")
    BENCH.put_all(awards(*({"amount_gbp": float(gbp), "place": code(n)} for n, gbp in enumerate(EIGHT[0]))))
    row = of(BENCH.make("metrics.equity"), "eq_ci_funding", **ON_RECORD)[ENGLAND]
    assert "the index is dated more than five years" in row["state_reason"]


def test_the_index_that_places_most_localities_orders_them():
    BENCH.reset()
    nation(EIGHT[1], EIGHT[2])
    newer = {"index_id": "IoD2026", "locality_code": code(0), "areas_n": 1, "mean_rank_percentile": 0.99}
    BENCH.put("core.fct_deprivation_profile", [*BENCH.rows("core.fct_deprivation_profile"), newer])
    BENCH.put_all(awards(*({"amount_gbp": float(gbp), "place": code(n)} for n, gbp in enumerate(EIGHT[0]))))
    assert values(of_window(BENCH.make("metrics.equity")), "eq_ci_funding")[ENGLAND] == pytest.approx(
        index(*EIGHT)["value"]
    )


@FEW
@given(st.lists(st.booleans(), min_size=10, max_size=10), st.lists(st.booleans(), min_size=10, max_size=10))
def test_h1_missing_rows_never_make_a_measure_of_equity_appear(awarded, placed):
    amounts, persons, ranks = [10 * (n + 1) for n in range(10)], [1000] * 10, [n / 10 for n in range(10)]
    whole = {
        (row["metric_id"], row["breakdown"], row["locality_code"])
        for row in funded(amounts, persons, ranks)
        if row["value"] is not None
    }
    BENCH.put("core.fct_award", [row for row, keep in zip(BENCH.rows("core.fct_award"), awarded, strict=True) if keep])
    profile = BENCH.rows("core.fct_deprivation_profile")
    BENCH.put("core.fct_deprivation_profile", [row for row, keep in zip(profile, placed, strict=True) if keep])
    left = {
        (row["metric_id"], row["breakdown"], row["locality_code"])
        for row in BENCH.make("metrics.equity")
        if row["value"] is not None
    }
    assert left <= whole


def test_every_nation_has_a_row_of_every_measure_if_only_to_say_why_not():
    funded(*EIGHT)
    rows = BENCH.make("metrics.metric_value")
    for series in SERIES:
        found = {row["locality_code"] for row in rows if row["metric_id"] == f"eq_ci_{series}"}
        assert found == {ENGLAND, WALES, SCOTLAND}
    assert of(rows, "eq_recording_gradient")[WALES]["state"] == "not_searched"
    folder = SQL_ROOT / "checks" / "metrics" / "metric_value"
    for path in sorted(folder.glob("h[157]*.sql")):
        assert BENCH.broken(path) == [], path.stem
