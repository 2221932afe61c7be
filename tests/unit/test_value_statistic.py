"""Statistics of values: golden values, plain computation beside the queries, and every reason to withhold one."""

from datetime import date
from statistics import mean, variance

import pytest
from scipy import stats

from assets.uncertainty import ranks
from tests.support.sql_harness import Bench, of
from tests.support.synthetic_data import frame
from warehouse.explain.value_statistics import KEY, of_value
from warehouse.lineage import SQL_ROOT

YEAR = {"period_start": date(2022, 1, 1), "period_end": date(2022, 12, 31)}
GROUP = "Scotland | Scottish Household Survey | shs_influence"
CODES = [f"S1299{number:04d}" for number in range(40)]
INFLUENCE = {"indicator_id": "influence", "item_wording_id": "shs_influence"}
CHECKS = [
    path
    for name in ("rank_interval", "value_statistic")
    for path in sorted((SQL_ROOT / "checks/metrics" / name).glob("*"))
]
NORMAL = 1.959963984540054


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


def made(bench, rows):
    """Return the statistics of rows of metrics.cohesion by locality."""
    bench.put("metrics.cohesion", rows)
    return of(bench.make("metrics.value_statistic"), "coh_influence_pct")


def error_of(row, name, column=None):
    """Return the standard error that a normal interval of 95 % about a statistic was made with."""
    assert row[f"{name}_uci"] + row[f"{name}_lci"] == pytest.approx(2 * row[column or name])
    return (row[f"{name}_uci"] - row[f"{name}_lci"]) / (2 * NORMAL)


EIGHT = [20.0, 25, 30, 35, 40, 45, 50, 55]
GOLDEN = [60.0, 55.0, 50.0, 45.0, 40.0], [5.0, 2.0, 2.0, 2.0, 5.0]


def test_golden_empirical_bayes(bench):
    found = made(bench, figures(*GOLDEN))
    assert [found[code]["shrunk_value"] for code in CODES[:5]] == pytest.approx(
        [55.24, 54.36, 50, 45.64, 44.76], abs=5e-3
    )
    # With tau2 27.489: B 0.5237 and 0.873, and the error of the estimate with that of the mean.
    tau2, se2 = 27.489, [25.0, 4, 4, 4, 25]
    kept = [tau2 / (tau2 + error) for error in se2]
    assert kept == pytest.approx([0.5237, 0.873, 0.873, 0.873, 0.5237], abs=5e-5)
    of_mean = 1 / sum(1 / (tau2 + error) for error in se2)
    expected = [
        (b * error + (1 - b) ** 2 * (of_mean + 2 / (5 - 3) * (value - 50) ** 2)) ** 0.5
        for b, error, value in zip(kept, se2, GOLDEN[0], strict=True)
    ]
    errors = [error_of(found[code], "shrunk", "shrunk_value") for code in CODES[:5]]
    assert errors == pytest.approx(expected, abs=1e-3)
    assert (found[CODES[0]]["shrunk_reason_codes"], found[CODES[0]]["group_n"]) == ([], 5)


def test_where_places_differ_by_noise_only_no_estimate_is_given(bench):
    found = made(bench, figures([50.0, 51.0, 49.0, 50.5], [5.0] * 4))
    assert {row["shrunk_value"] for row in found.values()} == {None}
    assert found[CODES[0]]["shrunk_reason_codes"] == ["no_spread"]
    assert found[CODES[0]]["shrunk_lci"] is found[CODES[0]]["shrunk_uci"] is None
    few = made(bench, figures(GOLDEN[0][:3], GOLDEN[1][:3]))
    assert few[CODES[0]]["shrunk_reason_codes"] == ["few_errors|4"]


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
    found = made(bench, figures(values, errors))
    for code, (difference, error) in zip(CODES, plain_differences(values, errors), strict=False):
        row = found[code]
        assert row["group_difference"] == pytest.approx(difference)
        assert error_of(row, "group_difference") == pytest.approx(error)
    assert sum(row["group_difference"] for row in found.values()) == pytest.approx(0, abs=1e-9)


def test_seven_places_are_too_few_to_be_set_against(bench):
    values, errors = EIGHT, [2.0] * 8
    seven = made(bench, figures(values[:7], errors[:7]))
    assert {row["group_difference"] for row in seven.values()} == {None}
    enough = made(bench, figures(values, errors))
    assert [row["group_difference_reason_codes"] for row in enough.values()] == [[]] * 8
    # One without an error is no part of the group, and has no difference itself.
    errors[0] = None
    mixed = made(bench, figures(values, errors))
    assert mixed[CODES[0]]["group_difference_reason_codes"] == ["no_error_published"]
    assert mixed[CODES[1]]["group_difference_reason_codes"] == ["few_errors|8"]
    assert mixed[CODES[1]]["group_n"] == 7


def test_an_unreliable_figure_is_compared_as_one(bench):
    rows = figures(EIGHT, [2.0] * 8)
    rows[3] |= {"low_reasons": ["marked_unreliable"], "note_reasons": ["series_break"]}
    found = made(bench, rows)
    for name in ("group_difference", "shrunk"):
        assert found[CODES[3]][f"{name}_lci"] is not None
        codes = [found[code][f"{name}_reason_codes"] for code in CODES[3:5]]
        assert codes == [["series_break", "marked_unreliable"], []]


def test_another_wording_or_period_is_another_group(bench):
    values, errors = EIGHT, [2.0] * 8
    others = {"period_start": date(2019, 1, 1), "period_end": date(2019, 12, 31)}
    for other in ({"comparable_group": "Scotland | another wording"}, others):
        rows = figures(values, errors)
        rows[0] |= other
        found = made(bench, rows)
        assert all(row["group_difference_reason_codes"] == ["few_errors|8"] for row in found.values())


def test_reliability_is_one_less_the_noise_in_the_spread(bench):
    values, errors = EIGHT, [3.0, 2, 3, 2, 3, 2, 3, 2]
    row = made(bench, figures(values, errors))[CODES[0]]
    noise = mean(error**2 for error in errors) / variance(values)
    assert row["group_reliability"] == pytest.approx(1 - noise)
    assert row["group_reliability"] == pytest.approx(ranks.reliability(*map(ranks.np.array, (values, errors))))
    chi = [quantile / 7 for quantile in stats.chi2.ppf([0.975, 0.025], 7)]
    ends = row["group_reliability_lci"], row["group_reliability_uci"]
    assert ends == pytest.approx([1 - noise * ratio for ratio in chi], abs=0.01)
    assert (row["group_reliability_reason_codes"], row["group_n"]) == ([], 8)


def test_a_reliability_is_one_of_the_whole_group_or_says_why_there_is_none(bench):
    values, errors = EIGHT, [3.0, 2, 3, 2, 3, 2, 3, 2]

    def reliability(*given):
        (said,) = {
            (row["group_reliability"], *row["group_reliability_reason_codes"])
            for row in made(bench, figures(*given)).values()
        }
        return said

    noisy, why = reliability(values, [10.0] * 8)
    assert noisy == pytest.approx(1 - 100 / variance(values))
    assert why == "spread_mostly_noise"
    assert reliability(values, [50.0] * 8)[0] == 0
    assert reliability(values[:7], errors[:7])[0] is None
    assert reliability([50.0] * 8, errors) == (None, "same_value")


def series(bench, *points, code=CODES[0]):
    """Put figures of one place given as (year, value, error, after a break); return their statistics by year."""
    observations, rows = [], []
    for year, value, error, is_broken in points:
        period = {"period_start": date(year, 1, 1), "period_end": date(year, 12, 31)}
        observations.append(
            INFLUENCE
            | period
            | {"population_part": "{}", "survey": "Scottish Household Survey", "area_code": code, "value": value}
            | {"is_after_series_break": is_broken}
        )
        rows += figures([value], [error], **period, locality_code=code)
    bench.put("core.fct_observation", observations)
    bench.put("metrics.cohesion", rows)
    return {row["period_end"].year: row for row in bench.make("metrics.value_statistic")}


def test_a_change_has_the_errors_of_both_periods(bench):
    row = series(bench, (2019, 20.0, 3.0, False), (2022, 26.0, 4.0, False))[2022]
    assert (row["change"], row["change_reason_codes"]) == (6, [])
    assert error_of(row, "change") == pytest.approx(5)
    assert (row["change_from_start"], row["change_from_end"]) == (date(2019, 1, 1), date(2019, 12, 31))


def test_a_break_in_the_series_is_passed_over_or_ends_it(bench):
    by_end = series(bench, (2019, 20.0, 3.0, False), (2021, 90.0, 3.0, True), (2022, 26.0, 4.0, False))
    broken = by_end[2021]
    assert broken["change"] is broken["change_from_start"] is broken["change_lci"] is None
    assert broken["change_reason_codes"] == ["break_between"]
    assert (by_end[2022]["change"], by_end[2022]["change_from_start"].year) == (6, 2019)
    after = series(bench, (2020, 20.0, 3.0, True), (2021, 24.0, 4.0, True))[2021]
    assert after["change"] == 4


def test_a_change_is_since_the_last_period(bench):
    rows = series(bench, (2017, 10.0, 1.0, False), (2019, 20.0, 3.0, False), (2022, 26.0, 4.0, False))
    assert {year: row["change"] for year, row in rows.items()} == {2017: None, 2019: 10, 2022: 6}
    assert rows[2017]["change_reason_codes"] == ["no_earlier_period"]


def test_a_change_without_errors_has_no_interval_and_says_why(bench):
    row = series(bench, (2019, 20.0, None, False), (2022, 26.0, 4.0, False))[2022]
    assert (row["change"], row["change_lci"]) == (6, None)
    assert row["change_reason_codes"] == ["change_without_errors"]


def test_a_nation_s_own_figure_changes_but_is_compared_with_no_other(bench):
    row = series(bench, (2019, 20.0, 3.0, False), (2022, 26.0, 4.0, False), code="S92000003")[2022]
    assert (row["locality_code"], row["change"]) == ("S92000003", 6)
    for name in ("shrunk", "group_difference", "group_reliability", "rank", "fifth"):
        assert row[f"{name}_reason_codes"] == ["nation_not_compared"]
    assert row["shrunk_value"] is row["group_difference"] is row["group_reliability"] is row["group_n"] is None


def ranked(bench, rows):
    """Put figures, work out their ranks as the asset does, and return the bench with all that depends on them."""
    bench.put(
        "core.fct_observation",
        [
            INFLUENCE
            | {"population_part": "{}", "area_code": row["locality_code"], "survey": "Scottish Household Survey"}
            | {name: row[name] for name in ("value", "period_start", "period_end")}
            for row in rows
        ],
    )
    bench.put("metrics.cohesion", rows)
    given = frame("metrics.rank_input", bench.make("metrics.rank_input"))
    bench.put("metrics.rank_interval", ranks.intervals(given).to_dicts())
    # Putting a table makes those made before stale, and a check looks at what the ranks were made of.
    bench.put("metrics.rank_input", given.to_dicts())
    return bench


def ranks_of(bench, rows):
    """Put figures and return their ranks by locality."""
    return of(ranked(bench, rows).rows("metrics.rank_interval"), "coh_influence_pct")


PLACES = [18.0, 20, 22, 24, 26, 28, 30, 32, 34, 36, 60, 80], [2.0] * 12


def test_a_rank_is_withheld_where_there_is_no_error(bench):
    rows = figures(PLACES[0], [None, *PLACES[1][1:]])
    found = ranks_of(bench, rows)
    assert (found[CODES[0]]["state"], found[CODES[0]]["state_reason"]) == ("withheld", "no standard error")
    assert found[CODES[1]]["n"] == 11
    assert [bench.broken(check) for check in CHECKS] == [[]] * len(CHECKS)


def test_seven_places_are_too_few_to_be_ranked(bench):
    found = ranks_of(bench, figures(PLACES[0][:7], PLACES[1][:7]))
    assert {row["state_reason"] for row in found.values()} == {"fewer than 8 localities of the group can be compared"}


def test_an_unreliable_survey_figure_takes_part_and_unreliable_money_does_not(bench):
    rows = figures(*PLACES)
    rows[0] |= {"low_reasons": ["marked_unreliable"]}
    found = ranks_of(bench, rows)
    assert (found[CODES[0]]["state"], found[CODES[0]]["rank_nominal"], found[CODES[0]]["n"]) == ("ok_low", None, 12)
    assert found[CODES[1]]["rank_nominal"] == 11
    rows[0] |= {"ci_method": "wilson"}
    found = ranks_of(bench, rows)
    assert (found[CODES[0]]["state"], found[CODES[1]]["n"]) == ("withheld", 11)


def test_a_share_of_nought_or_all_is_not_ranked(bench):
    found = ranks_of(bench, figures([0.0, 100.0, *PLACES[0]], [2.0, 2.0, *PLACES[1]]))
    assert {found[code]["state_reason"] for code in CODES[:2]} == {"the logit of a share of 0 or 1 is undefined"}
    assert found[CODES[2]]["n"] == 12


def test_rank_sets_and_probabilities_are_those_of_the_intervals_with_their_reasons(bench):
    rows = figures(PLACES[0], [None, *PLACES[1][1:]])
    rows[1] |= {"low_reasons": ["marked_unreliable"]}
    found = of(ranked(bench, rows).make("metrics.value_statistic"), "coh_influence_pct")
    source = of(bench.rows("metrics.rank_interval"), "coh_influence_pct")
    for code in CODES[2:12]:
        for name in ("rank_lo", "rank_hi", "p_topfifth", "p_botfifth"):
            assert found[code][name] == source[code][name]
        assert (found[code]["rank_label"], found[code]["ranked_n"]) == (source[code]["label"], 11)
        assert found[code]["rank_reason_codes"] == found[code]["fifth_reason_codes"] == []
    without = found[CODES[0]]
    assert (without["rank_lo"], without["rank_reason_codes"]) == (None, ["no_error"])
    unreliable = found[CODES[1]]
    assert (unreliable["rank_lo"], unreliable["p_topfifth"]) == (source[CODES[1]]["rank_lo"], None)
    unreliable_codes = ["value_unreliable", "marked_unreliable"]
    assert unreliable["rank_reason_codes"] == unreliable["fifth_reason_codes"] == unreliable_codes


def test_probabilities_of_a_fifth_say_what_the_draws_can_show(bench):
    found = of(ranked(bench, figures(*PLACES)).make("metrics.value_statistic"), "coh_influence_pct")
    for row in found.values():
        assert row["fifth_draws_n"] == ranks.DRAWS
        least, greatest = (ranks.probability(times, ranks.DRAWS, 3 / 12) for times in (0, ranks.DRAWS))
        assert (row["p_fifth_least"], row["p_fifth_greatest"]) == (least, greatest)
    assert found[CODES[0]]["p_topfifth"] == found[CODES[0]]["p_fifth_least"]


def test_the_statistics_of_a_value_are_said_as_text_of_the_whole(bench):
    rows = figures(PLACES[0], [None, *PLACES[1][1:]])
    rows[1] |= {"low_reasons": ["marked_unreliable"]}
    ranked(bench, rows).make("metrics.value_statistic")
    bench.put(
        "metrics.metric_value",
        [
            {name: row[name] for name in (*KEY, "value", "se", "source_ids", "comparable_group")} | {"breakdown": part}
            for row in rows
            for part, group in (("all", row["comparable_group"]), ("risk_fatigue", "another"))
            for row in [row | {"comparable_group": group}]
        ],
    )
    found = of_value(bench.database, "coh_influence_pct", CODES[1], *YEAR.values(), shown=5)
    assert (found.compared.total, len(found.compared.rows)) == (11, 5)
    said = dict(line.split(": ", 1) for line in found.lines())
    assert said["Change"] == "withheld; no earlier period is on record"
    assert said["Shrunken value"].endswith("; the publisher marks the figure as having low reliability")
    unreliable = "the value is unreliable (the publisher marks the figure as having low reliability)"
    assert said["Probability of the outer fifths"] == f"withheld; {unreliable}"
    without = of_value(bench.database, "coh_influence_pct", CODES[0], *YEAR.values(), shown=5)
    assert "Difference from the group: withheld; no standard error is published" in without.lines()


def test_one_row_to_read(bench):
    rows = ranked(bench, figures(*PLACES)).make("marts.cohesion_compared")
    found = {row["locality_code"]: row for row in rows if row["metric_id"] == "coh_influence_pct"}
    highest, lowest = found[CODES[11]], found[CODES[0]]
    assert (highest["vs_group"], lowest["vs_group"]) == ("higher", "lower")
    assert highest["label"] == "between 1 and 1 of 12"
    assert highest["change_reading"] == "withheld"
    assert highest["group_reliability"] == pytest.approx(ranks.reliability(*map(ranks.np.array, PLACES)))
    assert lowest["value"] < lowest["eb_pct"]
