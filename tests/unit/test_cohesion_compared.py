"""Survey percentages compared: golden values, plain reckoning beside the queries, and every reason to say nothing."""

from datetime import date
from statistics import mean, variance

import pytest
from scipy import stats

from assets.uncertainty import ranks
from tests.populations import frame
from tests.unit.sql_bench import Bench, of
from warehouse.lineage import SQL_ROOT

YEAR = {"period_start": date(2022, 1, 1), "period_end": date(2022, 12, 31)}
GROUP = "Scotland | Scottish Household Survey | shs_influence"
CODES = [f"S1299{number:04d}" for number in range(40)]
INFLUENCE = {"indicator_id": "influence", "item_wording_id": "shs_influence"}
CHECKS = sorted((SQL_ROOT / "checks" / "metrics" / "rank_interval").glob("*.sql"))


@pytest.fixture(scope="module")
def used_bench():
    return Bench()


@pytest.fixture
def bench(used_bench):
    used_bench.reset()
    used_bench.put(
        "core.dim_locality",
        [
            {"locality_code": code, "nation": "Scotland", "comparable_group": "Scotland | council area"}
            for code in CODES
        ],
    )
    used_bench.put(
        "core.dim_indicator",
        [INFLUENCE | {"metric_id": "coh_influence_pct", "nation": "Scotland", "survey": "Scottish Household Survey"}],
    )
    return used_bench


UNRELIABLE = "the publisher marks the figure as of low reliability"


def figures(values, errors, **columns):
    """Return rows of metrics.cohesion, one place each."""
    return [
        {
            "metric_id": "coh_influence_pct",
            "locality_code": code,
            "value": value,
            "se": error,
            "lci": None if error is None else value - 2 * error,
            "uci": None if error is None else value + 2 * error,
            "ci_method": "none:not_published" if error is None else "published",
            "source_ids": ["made up"],
            "comparable_group": GROUP,
        }
        | YEAR
        | columns
        for code, value, error in zip(CODES, values, errors, strict=False)
    ]


def made(bench, rows, metric):
    bench.put("metrics.cohesion", rows)
    return of(bench.make("metrics.cohesion_compared"), metric)


GOLDEN = [60.0, 55.0, 50.0, 45.0, 40.0], [5.0, 2.0, 2.0, 2.0, 5.0]


def test_golden_empirical_bayes(bench):
    found = made(bench, figures(*GOLDEN), "coh_eb_pct_influence")
    assert [found[code]["value"] for code in CODES[:5]] == pytest.approx([55.24, 54.36, 50, 45.64, 44.76], abs=5e-3)
    # With tau2 27.489: B 0.5237 and 0.873, and the error of the estimate with that of the mean.
    tau2, se2 = 27.489, [25.0, 4, 4, 4, 25]
    kept = [tau2 / (tau2 + error) for error in se2]
    assert kept == pytest.approx([0.5237, 0.873, 0.873, 0.873, 0.5237], abs=5e-5)
    of_mean = 1 / sum(1 / (tau2 + error) for error in se2)
    expected = [
        (b * error + (1 - b) ** 2 * (of_mean + 2 / (5 - 3) * (value - 50) ** 2)) ** 0.5
        for b, error, value in zip(kept, se2, GOLDEN[0], strict=True)
    ]
    assert [found[code]["se"] for code in CODES[:5]] == pytest.approx(expected, abs=1e-3)
    row = found[CODES[0]]
    assert row["uci"] - row["lci"] == pytest.approx(2 * stats.norm.ppf(0.975) * row["se"])
    assert (row["state"], row["ci_method"], row["n_den"]) == ("ok", "empirical_bayes", 5)


def test_where_places_differ_by_noise_only_no_estimate_is_given(bench):
    found = made(bench, figures([50.0, 51.0, 49.0, 50.5], [5.0] * 4), "coh_eb_pct_influence")
    assert {row["state"] for row in found.values()} == {"withheld"}
    assert "differ no more than their errors" in found[CODES[0]]["state_reason"]
    assert found[CODES[0]]["value"] is found[CODES[0]]["se"] is None
    few = made(bench, figures(GOLDEN[0][:3], GOLDEN[1][:3]), "coh_eb_pct_influence")
    assert few[CODES[0]]["state_reason"].startswith("fewer than 4")


def plain_differences(values, errors):
    """Return difference and error against the mean of the others, by loops."""
    found = []
    for number, (value, error) in enumerate(zip(values, errors, strict=True)):
        others = [other for place, other in enumerate(values) if place != number]
        squares = sum(other**2 for place, other in enumerate(errors) if place != number)
        found.append((value - mean(others), (error**2 + squares / len(others) ** 2) ** 0.5))
    return found


def test_the_group_is_the_mean_of_the_others(bench):
    values, errors = [20.0, 25, 30, 35, 40, 45, 50, 55, 28.0], [2.0, 3, 2, 4, 2, 3, 2, 5, 1.0]
    found = made(bench, figures(values, errors), "coh_vs_group_influence")
    for code, (difference, error) in zip(CODES, plain_differences(values, errors), strict=False):
        row = found[code]
        assert (row["value"], row["se"]) == pytest.approx((difference, error))
        assert (row["lci"], row["uci"]) == pytest.approx(
            (difference - 1.96 * error, difference + 1.96 * error), abs=1e-3
        )
    assert sum(row["value"] for row in found.values()) == pytest.approx(0)


@pytest.mark.parametrize(
    ("lci", "uci", "reading"),
    [
        (0.1, 2.0, "higher"),
        (-2.0, -0.1, "lower"),
        (-0.1, 2.0, "similar"),
        (0.0, 2.0, "similar"),
        ("null", "null", "withheld"),
    ],
)
def test_a_difference_is_read_by_its_interval(bench, lci, uci, reading):
    assert bench.one(f"compared_by_interval({lci}, {uci})") == reading


def test_seven_places_are_too_few_to_be_set_against(bench):
    values, errors = [20.0, 25, 30, 35, 40, 45, 50, 55], [2.0] * 8
    seven = made(bench, figures(values[:7], errors[:7]), "coh_vs_group_influence")
    assert {(row["state"], row["value"]) for row in seven.values()} == {("withheld", None)}
    assert {row["state"] for row in made(bench, figures(values, errors), "coh_vs_group_influence").values()} == {"ok"}
    # One without an error is no part of the group, and has no difference itself.
    errors[0] = None
    mixed = made(bench, figures(values, errors), "coh_vs_group_influence")
    assert mixed[CODES[0]]["state_reason"] == "no standard error is published"
    assert "fewer than 8" in mixed[CODES[1]]["state_reason"]
    assert mixed[CODES[1]]["n_den"] is None


def test_an_unreliable_figure_is_compared_as_one(bench):
    rows = figures([20.0, 25, 30, 35, 40, 45, 50, 55], [2.0] * 8)
    rows[3] |= {"low_reasons": ["marked_unreliable"]}
    for metric in ("coh_vs_group_influence", "coh_eb_pct_influence"):
        found = made(bench, rows, metric)
        assert (found[CODES[3]]["state"], found[CODES[3]]["state_reason"]) == ("ok_low", UNRELIABLE)
        assert found[CODES[4]]["state"] == "ok"


def test_another_wording_or_period_is_another_group(bench):
    values, errors = [20.0, 25, 30, 35, 40, 45, 50, 55], [2.0] * 8
    rows = figures(values, errors)
    rows[0] |= {"comparable_group": "Scotland | another wording"}
    found = made(bench, rows, "coh_vs_group_influence")
    assert all("fewer than 8" in row["state_reason"] for row in found.values())
    rows = figures(values, errors)
    rows[0] |= {"period_start": date(2019, 1, 1), "period_end": date(2019, 12, 31)}
    assert all("fewer than 8" in row["state_reason"] for row in made(bench, rows, "coh_vs_group_influence").values())


def test_reliability_is_one_less_the_noise_in_the_spread(bench):
    values, errors = [20.0, 25, 30, 35, 40, 45, 50, 55], [3.0, 2, 3, 2, 3, 2, 3, 2]
    (row,) = made(bench, figures(values, errors), "coh_reliability_influence").values()
    noise = mean(error**2 for error in errors) / variance(values)
    assert row["locality_code"] == "S92000003"
    assert row["value"] == pytest.approx(1 - noise)
    assert row["value"] == pytest.approx(ranks.reliability(*map(ranks.np.array, (values, errors))))
    chi = [quantile / 7 for quantile in stats.chi2.ppf([0.975, 0.025], 7)]
    assert (row["lci"], row["uci"]) == pytest.approx([1 - noise * ratio for ratio in chi], abs=0.01)
    assert (row["state"], row["ci_method"], row["n_den"]) == ("ok", "chi_square", 8)
    (noisy,) = made(bench, figures(values, [10.0] * 8), "coh_reliability_influence").values()
    assert (noisy["state"], noisy["value"]) == ("ok_low", pytest.approx(1 - 100 / variance(values)))
    (all_noise,) = made(bench, figures(values, [50.0] * 8), "coh_reliability_influence").values()
    assert (all_noise["value"], all_noise["lci"]) == (0, 0)
    (few,) = made(bench, figures(values[:7], errors[:7]), "coh_reliability_influence").values()
    assert (few["state"], few["value"], few["source_ids"]) == ("withheld", None, [])
    (same,) = made(bench, figures([50.0] * 8, errors), "coh_reliability_influence").values()
    assert same["state_reason"] == "every locality has the same value"


def series(bench, *points, code=CODES[0]):
    """Put figures of one place given as (year, value, error, after a break) and return its changes."""
    observations, rows = [], []
    for year, value, error, is_broken in points:
        period = {"period_start": date(year, 1, 1), "period_end": date(year, 12, 31)}
        observations.append(
            INFLUENCE
            | period
            | {"breakdown": "{}", "survey": "Scottish Household Survey", "area_code": code, "value": value}
            | {"is_after_series_break": is_broken}
        )
        rows += figures([value], [error], **period, locality_code=code)
    bench.put("core.fct_observation", observations)
    bench.put("metrics.cohesion", rows)
    return [row for row in bench.make("metrics.cohesion_compared") if row["metric_id"] == "coh_change_influence"]


def test_a_change_has_the_errors_of_both_periods(bench):
    (row,) = series(bench, (2019, 20.0, 3.0, False), (2022, 26.0, 4.0, False))
    assert (row["value"], row["se"], row["state"]) == (6, 5, "ok")
    assert (row["lci"], row["uci"]) == pytest.approx((6 - 9.8, 6 + 9.8), abs=1e-3)
    assert (row["period_start"], row["period_end"]) == (date(2019, 1, 1), date(2022, 12, 31))


def test_a_break_in_the_series_is_passed_over_or_ends_it(bench):
    rows = series(bench, (2019, 20.0, 3.0, False), (2021, 90.0, 3.0, True), (2022, 26.0, 4.0, False))
    by_end = {row["period_end"].year: row for row in rows}
    assert (by_end[2021]["state"], by_end[2021]["value"]) == ("not_applicable", None)
    assert (by_end[2022]["value"], by_end[2022]["period_start"].year) == (6, 2019)
    (broken,) = series(bench, (2019, 20.0, 3.0, False), (2021, 90.0, 3.0, True))
    assert broken["state_reason"].startswith("a break in the series")
    assert broken["period_start"].year == 2021
    (after,) = series(bench, (2020, 20.0, 3.0, True), (2021, 24.0, 4.0, True))
    assert after["value"] == 4


def test_a_change_is_since_the_last_period(bench):
    rows = series(bench, (2017, 10.0, 1.0, False), (2019, 20.0, 3.0, False), (2022, 26.0, 4.0, False))
    assert {row["period_end"].year: row["value"] for row in rows} == {2019: 10, 2022: 6}


def test_a_change_without_errors_is_unreliable_and_a_single_period_has_none(bench):
    (row,) = series(bench, (2019, 20.0, None, False), (2022, 26.0, 4.0, False))
    assert (row["value"], row["lci"], row["state"], row["ci_method"]) == (6, None, "ok_low", "none:not_published")
    assert series(bench, (2019, 20.0, 3.0, False)) == []


def test_a_nation_s_own_figure_changes_but_is_set_against_nobody(bench):
    (row,) = series(bench, (2019, 20.0, 3.0, False), (2022, 26.0, 4.0, False), code="S92000003")
    assert row["locality_code"] == "S92000003"
    others = [row for row in bench.rows("metrics.cohesion_compared") if "change" not in row["metric_id"]]
    assert others == []


def ranked(bench, rows):
    """Put figures, work out their ranks as the asset does, and return the bench with all that depends on them."""
    bench.put("metrics.cohesion", rows)
    given = frame("metrics.rank_input", bench.make("metrics.rank_input"))
    bench.put("metrics.rank_interval", ranks.intervals(given).to_dicts())
    # Putting a table makes those made before stale, and a check looks at what the ranks were made of.
    bench.put("metrics.rank_input", given.to_dicts())
    return bench


PLACES = [18.0, 20, 22, 24, 26, 28, 30, 32, 34, 36, 60, 80], [2.0] * 12


def test_a_rank_is_withheld_where_there_is_no_error(bench):
    rows = figures(PLACES[0], [None, *PLACES[1][1:]])
    ranked(bench, rows)
    found = {
        row["locality_code"]: row for row in bench.rows("metrics.rank_interval") if row["metric_id"].startswith("coh")
    }
    assert (found[CODES[0]]["state"], found[CODES[0]]["state_reason"]) == ("withheld", "no standard error")
    assert found[CODES[1]]["n"] == 11
    assert [bench.broken(check) for check in CHECKS] == [[]] * len(CHECKS)


def test_seven_places_are_too_few_to_be_ranked(bench):
    ranked(bench, figures(PLACES[0][:7], PLACES[1][:7]))
    assert {row["state_reason"] for row in bench.rows("metrics.rank_interval")} == {
        "fewer than 8 localities of the group can be compared"
    }


def test_an_unreliable_survey_figure_takes_part_and_unreliable_money_does_not(bench):
    rows = figures(*PLACES)
    rows[0] |= {"low_reasons": ["marked_unreliable"]}
    ranked(bench, rows)
    found = {
        row["locality_code"]: row for row in bench.rows("metrics.rank_interval") if row["metric_id"].startswith("coh")
    }
    assert (found[CODES[0]]["state"], found[CODES[0]]["rank_nominal"], found[CODES[0]]["n"]) == ("ok_low", None, 12)
    assert found[CODES[1]]["rank_nominal"] == 11
    rows[0] |= {"ci_method": "wilson"}
    ranked(bench, rows)
    found = {
        row["locality_code"]: row for row in bench.rows("metrics.rank_interval") if row["metric_id"].startswith("coh")
    }
    assert (found[CODES[0]]["state"], found[CODES[1]]["n"]) == ("withheld", 11)


def test_a_share_of_nought_or_all_is_not_ranked(bench):
    ranked(bench, figures([0.0, 100.0, *PLACES[0]], [2.0, 2.0, *PLACES[1]]))
    found = {
        row["locality_code"]: row for row in bench.rows("metrics.rank_interval") if row["metric_id"].startswith("coh")
    }
    assert found[CODES[0]]["state_reason"] == found[CODES[1]]["state_reason"] == "a share of nought or all has no logit"
    assert found[CODES[2]]["n"] == 12


def test_ranks_of_percentages_are_metrics_with_states(bench):
    rows = figures(PLACES[0], [None, *PLACES[1][1:]])
    rows[1] |= {"low_reasons": ["marked_unreliable"]}
    made_of = ranked(bench, rows).make("metrics.cohesion_ranked")
    source = {
        row["locality_code"]: row for row in bench.rows("metrics.rank_interval") if row["metric_id"].startswith("coh")
    }
    for name, column in (("rank_lo", "rank_lo"), ("rank_hi", "rank_hi"), ("p_topfifth", "p_topfifth")):
        found = of(made_of, f"coh_{name}_influence")
        for code in CODES[2:12]:
            assert (found[code]["value"], found[code]["state"]) == (source[code][column], "ok")
        assert (found[CODES[0]]["value"], found[CODES[0]]["state"]) == (None, "withheld")
    low = of(made_of, "coh_rank_lo_influence")[CODES[1]]
    assert (low["state"], low["state_reason"]) == ("ok_low", f"the value is unreliable ({UNRELIABLE})")
    none = of(made_of, "coh_p_botfifth_influence")[CODES[1]]
    assert (none["state"], none["value"], none["state_reason"]) == (
        "withheld",
        None,
        f"the value is unreliable ({UNRELIABLE})",
    )


def test_a_difference_has_no_band_of_reliability(bench):
    rows = ranked(bench, figures(*PLACES)).make("metrics.metric_value")
    assert {row["reliability"] for row in of(rows, "coh_vs_group_influence", state="ok").values()} == {None}
    assert None not in {row["reliability"] for row in of(rows, "coh_eb_pct_influence", state="ok").values()}


def test_one_row_to_read(bench):
    rows = ranked(bench, figures(*PLACES)).make("marts.cohesion_compared")
    found = {row["locality_code"]: row for row in rows if row["metric_id"] == "coh_influence_pct"}
    highest, lowest = found[CODES[11]], found[CODES[0]]
    assert (highest["vs_group"], lowest["vs_group"]) == ("higher", "lower")
    assert highest["label"] == "between 1 and 1 of 12"
    assert highest["change_reading"] == "withheld"
    assert highest["group_reliability"] == pytest.approx(ranks.reliability(*map(ranks.np.array, PLACES)))
    assert lowest["value"] < lowest["eb_pct"]
