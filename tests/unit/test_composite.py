"""The composite: each step on numbers worked out by hand, every factor seen to act, and every gate seen to close."""

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import uncertainty
from assets.uncertainty.composite import calculation, simulation, sobol
from assets.uncertainty.composite import gates as conditions
from assets.uncertainty.composite.gates import DIAGNOSTIC, DRAWN, GATE, RESULT
from tests.support import synthetic_data
from tests.support.sql_harness import Bench
from warehouse import catalogue
from warehouse.lineage import SQL_ROOT
from warehouse.storage.home import PROJECT
from warehouse.storage.table_store import Tables, empty

FEW = settings(max_examples=20, deadline=None)
CHECKS = sorted(
    path
    for table in ("composite", "composite_sensitivity", "uncertainty_draw", "composite_award")
    for path in (SQL_ROOT / "checks" / "metrics" / table).glob("*.sql")
)
DRAWS, RUNS = 200, 64
PILLARS = ["voice", "resource", "social"]


def panel_of(values, pillar, *, signs=None, groups=None, logged=None, errors=None, noise="normal"):
    """Return a made-up panel from places x indicators."""
    values = np.array(values, dtype=float)
    places, indicators = values.shape
    pillars = max(pillar) + 1
    return calculation.Panel(
        nation="England",
        places=tuple(f"place {number}" for number in range(places)),
        metrics=tuple(f"metric {number}" for number in range(indicators)),
        pillar=np.array(pillar),
        pillars=tuple("abcdef"[:pillars]),
        weights=np.full(pillars, 1 / pillars),
        signs=np.ones(indicators) if signs is None else np.array(signs, dtype=float),
        logged=np.zeros(indicators, dtype=bool) if logged is None else np.array(logged),
        noise=(noise,) * indicators,
        wholes=np.ones(indicators),
        groups=np.zeros(places, dtype=np.int64) if groups is None else np.array(groups),
        values=values,
        errors=np.ones_like(values) if errors is None else np.array(errors, dtype=float),
        counts=np.full_like(values, np.nan),
        scales=np.full_like(values, np.nan),
        money=None,
    )


def made_up(seed=3, **options):
    rows, awards = synthetic_data.composite(np.random.default_rng(seed), **options)
    return conditions.CompositeInput(rows, awards, "made-up hash")


def of(source, rules=None, *, draws=DRAWS, runs=RUNS):
    return conditions.conditions(source, rules or conditions.published_rules(), draws=draws, runs=runs)


@pytest.fixture(scope="module")
def source():
    return made_up(gap=6)


@pytest.fixture(scope="module")
def whole(source):
    return of(source)


@pytest.fixture(scope="module")
def model(source):
    rules = conditions.published_rules()
    made = calculation.panel("England", source.rows, source.awards, rules, PILLARS)
    return simulation.model(made, rules, draws=DRAWS)


# The steps, on numbers worked out by hand.


NONE = math.nan


@pytest.mark.parametrize(
    ("how", "values", "scores"),
    [
        # Blom: z of (rank - 3/8) / (n + 1/4); of three, 0.1923, 0.5 and 0.8077, that is -0.8694, 0 and 0.8694.
        ("normal_score", [10, 30, 20, NONE], [50.5 - 16.5 * 0.86942, 50.5 + 16.5 * 0.86942, 50.5, NONE]),
        ("normal_score", [1, 1], [50.5, 50.5]),
        ("min_max", [0, 5, 10, NONE], [1, 50.5, 100, NONE]),
        ("min_max", [7, 7], [50.5, 50.5]),
        ("z", [0, 0.1, 0.2], [34, 50.5, 67]),
        ("z", [4, 4, 4], [50.5] * 3),
    ],
)
def test_an_indicator_is_put_on_the_scale(how, values, scores):
    found = calculation.normalised(np.array(values, dtype=float)[None, :, None], how)[0, :, 0]
    assert found == pytest.approx(scores, abs=1e-3, nan_ok=True)


def test_standardised_values_are_cut_at_three_deviations():
    for far, end in ((1000.0, 100), (-1000.0, 1)):
        assert calculation.normalised(np.array([[[0.0]] * 50 + [[far]]]), "z")[0, -1, 0] == end


@pytest.mark.parametrize(
    ("pillars", "weights", "how", "scores"),
    [
        ([[4, 25], [10, 10], [1, 100]], [0.5, 0.5], "geometric", [10, 10, 10]),
        ([[4, 25], [10, 10], [1, 100]], [0.5, 0.5], "arithmetic", [14.5, 10, 50.5]),
        # The second pillar weighs more, so the third place beats both others and the first the second.
        ([[4, 25], [10, 10], [1, 100]], [0.4, 0.6], "copeland", [50.5, 1, 100]),
        # Weights that add up to the same but for the dust of binary fractions are the same.
        ([[2, 2, 1], [1, 1, 2]], [0.1, 0.2, 0.3], "copeland", [50.5, 50.5]),
        ([[3], [1]], [1], "copeland", [100, 1]),
    ],
)
def test_pillars_are_aggregated(pillars, weights, how, scores):
    given = (np.array([table], dtype=float) for table in (pillars, weights))
    assert calculation.aggregated(*given, how)[0] == pytest.approx(scores, abs=1e-3)


def test_places_that_beat_as_many_others_are_ordered_by_the_mean_of_their_pillars():
    even = calculation.aggregated(
        np.array([[[4.0, 25.0], [10.0, 10.0], [1.0, 100.0]]]), np.array([[0.5, 0.5]]), "copeland"
    )
    assert even[0] == pytest.approx([50.5] * 3, abs=1e-3)
    assert even[0].argmax() == 2


def test_ranks_count_from_the_highest_and_ties_share_the_best():
    ranks = calculation.ranks_of(np.array([[5.0, 9.0, 5.0, 1.0, 5.0], [1.0, 2.0, 3.0, 4.0, 5.0]]))
    assert ranks.tolist() == [[2, 1, 2, 5, 2], [5, 4, 3, 2, 1]]
    assert ranks.dtype == np.int64


def test_a_lone_outlier_is_taken_in_to_the_next_value():
    values = np.arange(30.0)[:, None].copy()
    values[29] = 500
    treatment = calculation.treatment(values)
    assert treatment.is_any
    assert (treatment.low[0], treatment.high[0]) == (-np.inf, 28)
    assert treatment.apply(values)[-2:, 0].tolist() == [28, 28]
    turned = calculation.treatment(-values)
    assert (turned.low[0], turned.high[0]) == (-28, np.inf)


def test_one_value_apart_from_equals_is_taken_in_to_them():
    for apart, ends in ((9.0, (-np.inf, 5)), (1.0, (5, np.inf))):
        treatment = calculation.treatment(np.array([5.0] * 9 + [apart])[:, None])
        assert (treatment.low[0], treatment.high[0]) == ends


@pytest.mark.parametrize("unit", [1, 1e-9])
def test_more_than_five_outliers_call_for_a_logarithm_that_keeps_the_order(unit):
    values = unit * np.concatenate([np.linspace(0, 1, 200), 10.0 ** np.arange(2, 10)])[:, None]
    treatment = calculation.treatment(values)
    assert (treatment.low[0], treatment.high[0]) == (-np.inf, np.inf)
    treated = treatment.apply(values)[:, 0]
    assert (np.diff(treated) > 0).all()
    spread = values.max() - values.min()
    assert treated == pytest.approx(np.log(values[:, 0] - values.min() + 0.01 * spread))
    assert abs(calculation.skew(treated, bias=False)) < abs(calculation.skew(values[:, 0], bias=False))
    # A long lower tail is the mirror image: its logarithm counts from just beyond the upper end.
    turned = calculation.treatment(-values).apply(-values)[:, 0]
    assert turned == pytest.approx(-treated)


def test_skew_and_tails_are_those_of_a_sample():
    """Eight values whose skew is 1.7 as it stands and 2.1 as of a sample, and one fewer, which are too few."""
    values = np.array([*np.linspace(0, 3, 7), 8.5])[:, None]
    assert calculation.treatment(values).high[0] == 3
    assert calculation.treatment(-values).low[0] == -3
    assert not calculation.treatment(values[1:]).is_any
    # A skew that is large with tails that are not stays as it is, and so do long tails on both sides.
    assert not calculation.treatment(np.array([0.0] * 9 + [1.0] * 2)[:, None]).is_any
    assert not calculation.treatment(np.array([*np.linspace(-1, 1, 40), -90, 100])[:, None]).is_any


def test_caps_hold_on_both_sides():
    treatment = calculation.Treatment(np.array([2.0]), np.array([5.0]), np.array([np.nan]), np.ones(1))
    assert treatment.apply(np.array([[1.0], [3.0], [9.0], [np.nan]]))[:3, 0].tolist() == [2, 3, 5]


def test_an_even_distribution_and_a_small_group_stay_as_they_are():
    even = np.arange(40.0)[:, None]
    few = np.array([[1.0], [2.0], [3.0], [4.0], [1000.0]])
    for values in (even, few, np.ones((20, 1))):
        treatment = calculation.treatment(values)
        assert not treatment.is_any
        assert treatment.apply(values).tolist() == values.tolist()


@pytest.mark.parametrize(
    ("has", "missing", "enters"),
    [
        ((2, 1), "two_thirds", True),
        ((1, 1), "two_thirds", False),
        ((3, 0), "two_thirds", False),
        ((3, 1), "complete", True),
        ((2, 1), "complete", False),
        ((1, 1), "present", True),
        ((0, 1), "present", False),
        ((1, 1), "median", True),
        ((4, 2), "two_thirds", True),
        ((3, 2), "two_thirds", False),
    ],
)
def test_who_enters(has, missing, enters):
    """Of a pillar of three (or five, where it is said to have more) and of one of one (or two)."""
    sizes = (5, 2) if has[1] == 2 else (3, 1)
    values = np.full((1, sum(sizes)), np.nan)
    values[0, : has[0]] = 1
    values[0, sizes[0] : sizes[0] + has[1]] = 1
    screened = calculation.screen(panel_of(values, [0] * sizes[0] + [1] * sizes[1]), missing, frozenset())
    assert screened.enters.tolist() == [enters]
    assert (screened.reasons[0] is None) == enters
    if not enters:
        assert screened.reasons[0].startswith("screen_indicators|")


def test_a_place_of_few_people_does_not_enter():
    full = panel_of([[1.0, 1.0]], [0, 1])
    for missing in ("two_thirds", "complete"):
        found = calculation.screen(full, missing, frozenset(["place 0"]))
        assert found.reasons == ("screen_residents",)
    assert calculation.screen(full, "present", frozenset(["place 0"])).reasons == (None,)


def test_medians_stand_in_for_gaps():
    made = panel_of([[1.0, 10.0], [3.0, np.nan], [4.0, 30.0], [np.nan, 80.0]], [0, 1])
    assert calculation.imputed(made).values.tolist() == [[1, 10], [3, 30], [4, 30], [3, 80]]


def test_a_panel_of_some_of_the_places_keeps_what_is_theirs(model):
    made = model.panel.only(np.array([14, 50]))
    assert made.places == (model.panel.places[14], model.panel.places[50])
    assert made.groups.tolist() == [0, 1]
    assert made.values.tolist() == model.panel.values[[14, 50]].tolist()
    assert made.money.persons.tolist() == model.panel.money.persons[[14, 50]].tolist()
    assert [len(strata) for strata in made.money.strata] == [len(model.panel.money.strata[row]) for row in (14, 50)]


def test_bounds_are_the_scores_with_the_least_and_the_greatest_of_those_that_enter():
    values = np.array([[np.nan, 5.0], [1.0, 6.0], [2.0, 7.0], [3.0, 8.0], [99.0, np.nan]])
    made = panel_of(values, [0, 1], signs=[-1, 1])
    enters = np.array([False, True, True, True, False])
    found = calculation.bounds(made, enters)
    for end, filled in ((0, 3.0), (1, 1.0)):
        scores, _ = calculation.baseline(made, np.vstack([values[1:4], [filled, 5.0]]))
        assert found[0, end] == pytest.approx(scores[-1])
    assert found[0, 0] < found[0, 1]
    for end, filled in ((0, 6.0), (1, 8.0)):
        scores, _ = calculation.baseline(made, np.vstack([values[1:4], [99.0, filled]]))
        assert found[4, end] == pytest.approx(scores[-1])


def test_without_anybody_who_enters_there_are_no_bounds():
    made = panel_of([[np.nan, 1.0]], [0, 1])
    assert np.isnan(calculation.bounds(made, np.array([False]))).all()


@FEW
@given(st.integers(0, 2**32 - 1), st.integers(0, 3), st.floats(0.1, 3))
def test_a_better_value_never_gives_a_worse_score(seed, number, more):
    values = np.random.default_rng(seed).normal(0, 1, (10, 4))
    made = panel_of(values, [0, 0, 1, 2], signs=[1, 1, -1, 1])
    better = values.copy()
    better[3, number] += more * made.signs[number]
    assert calculation.baseline(made, better)[0][3] >= calculation.baseline(made, values)[0][3] - 1e-9


def test_a_score_is_between_1_and_100():
    values = np.random.default_rng(1).standard_cauchy((60, 5))
    made = panel_of(values, [0, 0, 1, 1, 2])
    for how in calculation.NORMALISATIONS:
        pillars = calculation.pillar_scores(
            calculation.normalised(values[None], how), made.pillar, np.ones((1, len(made.metrics)))
        )
        for aggregation in calculation.AGGREGATIONS:
            scores = calculation.aggregated(pillars, made.weights[None], aggregation)
            assert scores.min() >= 1
            assert scores.max() <= 100.001


# From the tables.


def test_the_panel_is_what_the_table_holds(source):
    made = calculation.panel("England", source.rows, source.awards, conditions.published_rules(), PILLARS)
    assert made.pillars == ("voice", "resource", "social")
    assert made.weights.tolist() == pytest.approx([1 / 3] * 3)
    row = source.rows.filter((pl.col("metric_id") == "fun_per_head") & (pl.col("locality_code") == made.places[7]))
    column = made.metrics.index("fun_per_head")
    assert made.values[7, column] == pytest.approx(row["value"][0])
    assert made.logged.tolist() == [metric == "fun_per_head" for metric in made.metrics]
    assert np.isnan(made.values).sum() == 6
    assert made.directed(made.values)[7, column] == pytest.approx(np.log1p(row["value"][0]))


def test_a_pillar_without_weight_is_no_part(source):
    rules = replace(conditions.published_rules(), weights={"voice": 3, "resource": 0, "social": 1})
    made = calculation.panel("England", source.rows, source.awards, rules, PILLARS)
    assert made.pillars == ("voice", "social")
    assert made.weights.tolist() == [0.75, 0.25]
    assert not [metric for metric in made.metrics if metric.startswith("fun_")]


def test_every_indicator_is_described_as_its_rows_are(source):
    turned = pl.when(pl.col("metric_id") == "coh_trust_pct").then(pl.lit("down")).otherwise(pl.col("direction"))
    rows = source.rows.with_columns(direction=turned)
    made = calculation.panel("England", rows, source.awards, conditions.published_rules(), PILLARS)
    place = 60
    for column, metric in enumerate(made.metrics):
        own = rows.filter((pl.col("metric_id") == metric) & (pl.col("locality_code") == made.places[place]))
        row = own.row(0, named=True)
        assert made.pillars[made.pillar[column]] == row["pillar_id"]
        assert made.signs[column] == (-1 if metric == "coh_trust_pct" else 1)
        assert made.wholes[column] == (100 if row["unit"] == "pct" else 1)
        assert made.noise[column] == row["noise"]
        for table, name in ((made.errors, "se"), (made.counts, "n_num"), (made.scales, "n_den")):
            expected = math.nan if row[name] is None else row[name]
            assert table[place, column] == pytest.approx(expected, nan_ok=True)
    assert made.groups.tolist() == [0] * 40 + [1] * 40


def test_a_panel_of_nobody_has_its_types():
    nobody = empty(catalogue.tables()["metrics.composite_input"])
    awards = empty(catalogue.tables()["metrics.composite_award"])
    made = calculation.panel("Wales", nobody, awards, conditions.published_rules(), PILLARS)
    assert (made.places, made.metrics, made.money) == ((), (), None)
    assert [column.dtype for column in (made.pillar, made.logged, made.groups)] == [np.int64, np.bool_, np.int64]


def test_money_of_two_periods_is_as_it_is_printed(source):
    later = pl.when(pl.col("metric_id") == "fun_n_rate").then(pl.lit(synthetic_data.START).dt.offset_by("1y"))
    rows = source.rows.with_columns(period_start=later.otherwise(pl.col("period_start")))
    made = calculation.panel("England", rows, source.awards, conditions.published_rules(), PILLARS)
    assert made.money is None


def test_an_indicator_of_fewer_than_eight_places_is_no_part_of_a_nation_s_composite(source):
    rare = pl.col("metric_id") == "coh_trust_pct"
    for places in (7, 8):
        has = pl.col("locality_code").is_in([f"E0699{number:04d}" for number in range(20, 20 + places)])
        few = source.rows.with_columns(value=pl.when(rare & ~has).then(None).otherwise(pl.col("value")))
        made = calculation.panel("England", few, source.awards, conditions.published_rules(), PILLARS)
        assert ("coh_trust_pct" in made.metrics) == (places == 8)


def test_a_panel_is_of_one_nation_and_of_indicators(source):
    other = made_up(nation="Wales")
    outside = source.rows.filter(pl.col("metric_id") == "soc_charities_rate").with_columns(
        metric_id=pl.lit("pop_total"), role=pl.lit("external")
    )
    rows = pl.concat([other.rows, outside, source.rows])
    rules = conditions.published_rules()
    alone, among = (calculation.panel("England", table, source.awards, rules, PILLARS) for table in (source.rows, rows))
    assert among.metrics == alone.metrics
    assert among.places == alone.places
    assert among.values.tolist() == pytest.approx(alone.values, nan_ok=True)


def test_money_lies_where_the_rule_says(source):
    rules = conditions.published_rules()
    awards = source.awards
    # Two places of as many residents are two places.
    alike = pl.when(pl.col("locality_code").is_in(["E06990020", "E06990021"])).then(100_000)
    source = replace(
        source, rows=source.rows.with_columns(alike.otherwise(pl.col("population_persons")).alias("population_persons"))
    )
    people = dict(source.rows.select("locality_code", "population_persons").unique().iter_rows())
    for split in calculation.SPLITS:
        for unallocated in calculation.UNALLOCATED:
            chosen = replace(rules, split=split, unallocated=unallocated)
            made = calculation.panel("England", source.rows, awards, chosen, PILLARS)
            place = made.places[5]
            weight = pl.col(f"{split}_weight")
            own, loose = (
                awards.filter(pl.col("locality_code") == code).select(
                    (pl.col("amount_gbp") * weight).sum().alias("gbp"), weight.sum().alias("n")
                )
                for code in (place, "unallocated")
            )
            spread = unallocated == "pro_rata"
            for column, metric, factor in (("gbp", "fun_per_head", 1), ("n", "fun_n_rate", 10_000)):
                expected = own[column][0] / people[place] + spread * loose[column][0] / sum(people.values())
                assert made.values[5, made.metrics.index(metric)] == pytest.approx(factor * expected)


def test_awards_that_do_not_add_up_to_what_is_printed_are_not_used(source):
    rules = conditions.published_rules()
    for times in (0.5, 1 + 5e-6):
        other = source.awards.with_columns(pl.col("amount_gbp") * times)
        made = calculation.panel("England", source.rows, other, rules, PILLARS)
        assert made.money is None
    idle = simulation.model(made, rules, draws=5).idle
    assert idle["split"] == "the money indicators are not computed from award rows"
    assert "unallocated" in idle


# What is drawn, and what it does.


def test_a_run_as_published_is_the_published_score(model):
    published = calculation.baseline(model.panel, model.panel.values)[0]
    assert model.scores({}, 3) == pytest.approx(np.tile(published, (3, 1)))


def test_runs_do_not_depend_on_how_they_are_cut_into_blocks(model, monkeypatch):
    runs = simulation.draw(model, "combined", draws=20)
    whole = model.scores(runs, 20)
    monkeypatch.setattr(simulation, "BLOCK", 7)
    assert model.scores(runs, 20) == pytest.approx(whole)


def test_an_indicator_that_a_place_cannot_spare_is_not_left_out():
    """Where one indicator of a pillar will do, a place may have no other: without it there would be no score."""
    values = np.random.default_rng(1).normal(0, 1, (9, 4))
    values[0, 1:3] = np.nan
    made = panel_of(values, [0, 0, 0, 1])
    assert simulation.removable(made).tolist() == [1, 2]
    assert simulation.removable(made.only(np.arange(1, 9))).tolist() == [0, 1, 2]
    model = simulation.model(made, replace(conditions.published_rules(), missing="present"), draws=20)
    scores = model.scores(simulation.draw(model, "combined", draws=20), 20)
    assert np.isfinite(scores).all()
    assert calculation.ranks_of(scores).min() == 1


def test_awards_are_drawn_within_place_and_funder(model):
    made = model.panel
    column = made.metrics.index("fun_per_head")
    place = 4
    variance = sum(len(pounds) * pounds[:, 0].var() for pounds, _ in made.money.strata[place] if len(pounds) > 1)
    drawn = simulation.model(made, model.rules, draws=4_000).money[1:, 0, place, 0]
    assert drawn.mean() == pytest.approx(made.values[place, column], rel=0.05)
    assert drawn.std() == pytest.approx(np.sqrt(variance) / made.money.persons[place], rel=0.1)


def test_a_count_of_nought_has_noise_and_no_count_has_none():
    made = replace(
        panel_of([[0.0], [2.0], [4.0]], [0], noise="gamma"),
        counts=np.array([[0.0], [10.0], [20.0]]),
        scales=np.full((3, 1), 1e4),
    )
    drawn = simulation.noisy(made, 20_000, np.random.default_rng(1))[:, :, 0]
    assert drawn.mean(axis=0) == pytest.approx([0.5 / 5, 10.5 / 5, 20.5 / 5], rel=0.05)
    none = replace(made, counts=np.zeros((3, 1)))
    assert (simulation.noisy(none, 10, np.random.default_rng(1)) == 0).all()
    unknown = replace(made, counts=np.full((3, 1), np.nan))
    assert simulation.noisy(unknown, 2, np.random.default_rng(1))[1, :, 0].tolist() == [0, 2, 4]
    once = replace(made, values=np.array([[0.0], [2.0], [0.0]]), counts=np.array([[0.0], [1.0], [0.0]]))
    drawn = simulation.noisy(once, 20_000, np.random.default_rng(1))[:, :, 0]
    assert drawn.mean(axis=0) == pytest.approx([0.5 * 2, 1.5 * 2, 0.5 * 2], rel=0.05)


@pytest.mark.parametrize("noise", ["logit_normal", "normal"])
def test_noise_is_what_its_formula_makes_of_standard_numbers(noise):
    """Percentages near nought, where a normal error would reach below it; and one that has no error."""
    values, errors = np.array([[2.0, 40.0, 60.0], [1.0, 0.5, np.nan]])
    made = replace(panel_of(values[:, None], [0], errors=errors[:, None], noise=noise), wholes=np.array([100.0]))
    standard = np.random.default_rng(4).standard_normal((50, 3))
    expected = values + errors * standard
    if noise == "logit_normal":
        share = values / 100
        logits = np.log(share / (1 - share)) + errors / 100 / (share * (1 - share)) * standard
        expected = 100 / (1 + np.exp(-logits))
    expected[:, 2] = 60
    assert simulation.noisy(made, 50, np.random.default_rng(4))[:, :, 0] == pytest.approx(expected)


def test_one_award_of_each_funder_has_its_pounds_and_a_drawn_count():
    """Two funders of one award each: to draw one of one changes nothing, so that only the count has noise."""
    strata = (
        (np.array([[100.0, 50.0, 100.0]]), np.array([[1.0, 0.5, 1.0]])),
        (np.array([[30.0, 30.0, 0.0]]), np.array([[1.0, 1.0, 0.0]])),
    )
    money = calculation.Money((0, 1), (1, 0), (strata, ()), np.array([200.0, 400.0]), np.zeros((2, 3)))
    drawn = simulation._money(money, 20_000, np.random.default_rng(1))
    assert drawn[0, :, 0].tolist() == [[100, 0.65], [75, 0.4], [50, 0.5]]
    assert drawn[0, :, 1].tolist() == [[0, 0]] * 3
    assert np.unique(drawn[1:, :, 0, 1], axis=0).tolist() == [[0.65, 0.4, 0.5]]
    # Gamma(2 + 0.5), once for every rule: mean and deviation of the count go with what the rule places, and a half.
    counts = drawn[1:, :, 0, 0]
    parts = np.array([2.5, 2.0, 1.5]) / 200 * 10_000
    assert counts.mean(axis=0) == pytest.approx(parts, rel=0.02)
    assert counts.std(axis=0) == pytest.approx(parts / np.sqrt(2.5), rel=0.03)
    assert counts / counts[:, :1] == pytest.approx(np.tile(parts / parts[0], (20_000, 1)))
    assert drawn[1:, 0, 1, 0].mean() == pytest.approx(0.5 / 400 * 10_000, rel=0.03)


def test_drawn_weights_lie_about_the_published_ones(model):
    drawn = simulation.model(model.panel, model.rules, draws=4_000).weights[1:]
    assert drawn.sum(axis=1) == pytest.approx(np.ones(4_000))
    assert drawn.mean(axis=0) == pytest.approx([1 / 3] * 3, abs=0.01)
    # Dirichlet of 20 / 3 each: variance w (1 - w) / 21.
    assert drawn.std(axis=0) == pytest.approx([np.sqrt(2 / 9 / 21)] * 3, rel=0.05)


def test_each_layer_varies_its_own_factors(model):
    assert set(simulation.draw(model, "data", draws=5)) == {"sampling", "split", "unallocated"}
    assert not set(simulation.draw(model, "method", draws=5)) & {"sampling", "split", "unallocated"}
    combined = simulation.draw(model, "combined", draws=50)
    assert set(combined) == {factor.name for factor in model.factors}
    assert combined["sampling"].tolist() == combined["weights"].tolist() == list(range(1, 51))
    for factor in model.factors:
        if factor.name not in ("sampling", "weights"):
            assert set(combined[factor.name]) <= set(range(len(factor.levels)))


def test_levels_have_names(model):
    assert simulation.named(model, "sampling", np.array([0, 3])) == ["as published", "replicate 3"]
    assert simulation.named(model, "split", np.array([0, 2])) == ["population", "recipient"]
    assert simulation.named(model, "weights", np.array([0])) == ["voice 0.333333, resource 0.333333, social 0.333333"]


def test_of_one_indicator_nothing_but_its_noise_and_its_scale_can_be_drawn():
    made = panel_of(np.arange(9.0)[:, None], [0])
    alone = simulation.model(made, conditions.published_rules(), draws=5)
    assert alone.factors == (
        simulation.Factor("sampling", "data", ("as published", "drawn")),
        simulation.Factor("normalisation", "method", ("normal_score", "min_max", "z")),
    )
    assert alone.idle == {
        "split": "the money indicators are not computed from award rows",
        "unallocated": "no unallocated money is on record",
        "weights": "there is only one pillar",
        "aggregation": "there is only one pillar",
        "treatment": "no distribution needs treatment",
        "indicator_set": "no indicator can be left out in every locality",
        "comparator": "there are not two types of authority with at least 8 localities each",
        "population": "no publisher on record gives an error of its population figures",
        "coding": "practice records are not part of the composite",
    }
    assert alone.scores({}, 1)[0] == pytest.approx(calculation.baseline(made, made.values)[0])


def test_where_every_rule_places_the_awards_alike_the_rule_is_not_drawn(model):
    money = model.panel.money
    alike = tuple(
        tuple((pounds[:, [0, 0, 0]], parts[:, [0, 0, 0]]) for pounds, parts in strata) for strata in money.strata
    )
    persons = money.persons.copy()
    persons[3] = np.nan
    made = replace(model.panel, money=replace(money, strata=alike, persons=persons, loose=np.zeros_like(money.loose)))
    idle = simulation.model(made, model.rules, draws=2).idle
    assert idle["split"] == "every rule places the awards in the same way"
    assert idle["unallocated"] == "no unallocated money is on record"


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ((8, 8), None),
        ((8, 8, 8), None),
        ((16,), "there are not two types of authority with at least 8 localities each"),
        ((8, 8, 7), "there are not two types of authority with at least 8 localities each"),
    ],
)
def test_types_of_authority_are_compared_where_each_has_eight_places(sizes, reason):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    made = panel_of(np.arange(2.0 * groups.size).reshape(-1, 2), [0, 1], groups=groups)
    assert simulation.model(made, conditions.published_rules(), draws=2).idle.get("comparator") == reason


def test_types_of_authority_count_only_where_each_has_three_of_every_indicator(model):
    for has, reason in ((3, None), (2, "a type of authority has fewer than 3 values of an indicator")):
        values = model.panel.values.copy()
        values[np.flatnonzero((model.panel.groups == 0) & model.panel.present[:, 0])[has:], 0] = np.nan
        made = replace(model.panel, values=values)
        assert simulation.model(made, model.rules, draws=2).idle.get("comparator") == reason


def test_the_published_rule_is_the_first_level():
    assert simulation.ordered(calculation.SPLITS, "recipient") == ("recipient", "population", "equal")


# Which factor decides.


def ishigami(x):
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_sobol_indices_of_a_function_whose_indices_are_known():
    """Ishigami's function with a = 7 and b = 0.1: S1 0.3139, 0.4424, 0; ST 0.5576, 0.4424, 0.2437."""
    design = sobol.design(["a", "b", "c"], seed=1)
    assert design.shape == (sobol.RUNS * 5, 3)
    found = sobol.indices(["a", "b", "c"], ishigami(np.pi * (2 * design - 1)), seed=1)
    for index, s1, st_ in zip(found, (0.3139, 0.4424, 0), (0.5576, 0.4424, 0.2437), strict=True):
        assert index.s1 == pytest.approx(s1, abs=2 * index.s1_conf + 0.01)
        assert index.st == pytest.approx(st_, abs=2 * index.st_conf + 0.01)
        assert index.finding == sobol.EFFECT
        assert index.changed == sobol.RUNS


def test_a_factor_without_a_part_in_it_never_changed_the_output():
    design = sobol.design(["a", "idle"], seed=1, runs=128)
    binary = sobol.indices(["a", "idle"], (design[:, 0] > 0.5).astype(float), seed=1)
    assert [index.finding for index in binary] == [sobol.EFFECT, sobol.NEVER]
    used, idle = sobol.indices(["a", "idle"], design[:, 0], seed=1)
    assert (used.finding, used.changed) == (sobol.EFFECT, 128)
    assert (idle.finding, idle.changed, idle.st) == (sobol.NEVER, 0, 0)
    nothing = [sobol.Index(factor, 0.0, 0.0, 0.0, 0.0, 0, sobol.NEVER) for factor in ("a", "idle")]
    assert sobol.indices(["a", "idle"], np.ones(len(design)), seed=1) == nothing
    assert (used.factor, idle.factor) == ("a", "idle")


def test_a_factor_lost_in_the_noise_has_no_effect_found():
    design = sobol.design(["a", "b"], seed=1, runs=64)
    rare = (design[:, 1] > 0.98).astype(float)
    _, lost = sobol.indices(["a", "b"], 100 * design[:, 0] + 1e-9 * rare, seed=1)
    assert 0 < lost.changed < 64
    assert lost.finding == sobol.NO_EFFECT
    assert sobol._finding(3, 0.03, 0.02) == sobol.EFFECT
    assert sobol._finding(3, 0.02, 0.02) == sobol.NO_EFFECT


def test_the_intervals_of_sobol_indices_are_of_so_many_resamples():
    from SALib.analyze import sobol as salib

    output = ishigami(np.pi * (2 * sobol.design(["a", "b", "c"], seed=1, runs=64) - 1))
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
    found = salib.analyze(problem, output, calc_second_order=False, num_resamples=200, conf_level=0.95, seed=7)
    ours = sobol.indices(["a", "b", "c"], output, seed=7)
    assert [index.st_conf for index in ours] == found["ST_conf"].tolist()
    assert [index.s1_conf for index in ours] == found["S1_conf"].tolist()


def test_levels_are_equally_probable_and_the_ends_belong_to_them():
    assert sobol.levels(np.array([[0.0, 0.0], [0.34, 0.5], [0.99, 1.0]]), [3, 2]).tolist() == [[0, 0], [1, 1], [2, 1]]


# The gates.


def gates(found):
    return {gate: is_open for gate, is_open in found[GATE].select("gate", "is_open").iter_rows()}


def test_what_the_score_follows_from_outside_is_named(source):
    score = dict(of(source, runs=0)[RESULT].select("locality_code", "cpc_score").iter_rows())
    rows = [
        {"nation": "England", "locality_code": code, "metric_id": "pop_total", "role": "external", "is_logged": False}
        | {"comparable_group": "made up", "direction": "none", "value": -value, "is_small_population": False}
        for code, value in score.items()
    ]
    with_other = replace(source, rows=pl.concat([source.rows, synthetic_data.frame("metrics.composite_input", rows)]))
    found = of(with_other, runs=0)[DIAGNOSTIC].filter(pl.col("kind") == "external_r").row(0, named=True)
    assert found["value"] < -0.9
    assert found["note"] == "mostly measures pop_total"
    titles = of(with_other, runs=0)[RESULT]["title"].unique().to_list()
    assert [title.endswith("withheld; mostly measures pop_total") for title in titles] == [True]


def test_an_indicator_that_does_not_vary_has_no_weight_and_no_correlation(source):
    flat = pl.col("metric_id") == "soc_charities_rate"
    rows = source.rows.with_columns(
        value=pl.when(flat).then(2.0).otherwise(pl.col("value")), n_num=pl.when(~flat).then(pl.col("n_num"))
    )
    found = of(replace(source, rows=rows), runs=0)[DIAGNOSTIC]
    weights = found.filter(pl.col("kind") == "effective_weight")
    assert weights.filter(pl.col("subject") == "soc_charities_rate")["value"].to_list() == [0]
    assert weights["value"].sum() == pytest.approx(1)
    pairs = found.filter(pl.col("kind") == "pairwise_r")
    touching = (pl.col("subject") == "soc_charities_rate") | (pl.col("other") == "soc_charities_rate")
    assert pairs.filter(touching)["value"].null_count() == pairs.filter(touching).height
    assert pairs.filter(~touching)["value"].null_count() == 0


@pytest.mark.parametrize(("places", "is_open"), [(16, True), (17, False)])
def test_g1_closes_where_fewer_than_four_fifths_pass(source, places, is_open):
    codes = sorted(source.rows["locality_code"].unique())[:places]
    is_empty = (pl.col("pillar_id") == "voice") & pl.col("locality_code").is_in(codes)
    rows = source.rows.with_columns(value=pl.when(~is_empty).then(pl.col("value")))
    assert gates(of(replace(source, rows=rows), runs=0))["G1"] is is_open


def test_g2_closes_where_intervals_are_wide():
    found = of(made_up(spread=0.02))
    assert gates(found)["G2"] is False
    (reason,) = found[RESULT]["state_reason"].unique()
    assert reason.startswith("gate G2 is closed")
    assert found[RESULT]["state"].unique().to_list() == ["withheld"]
    for column in ("cpc_score", "rank_median", "cpc_lo", "p_topfifth", "label"):
        assert found[RESULT][column].null_count() == 80
    assert not found[DRAWN].is_empty()


def test_g3_closes_on_an_old_input(source):
    old = replace(source, rows=source.rows.with_columns(staleness_days=pl.lit(1827)))
    assert gates(of(old))["G3"] is False
    recent = replace(source, rows=source.rows.with_columns(staleness_days=pl.lit(1826)))
    assert gates(of(recent, runs=0))["G3"] is True
    nothing = replace(source, rows=source.rows.with_columns(value=pl.lit(None, dtype=pl.Float64)))
    found = of(nothing)
    assert gates(found)["G3"] is False
    assert found[GATE].filter(pl.col("gate") == "G3")["found"].to_list() == ["there is no input"]


@pytest.fixture
def released(monkeypatch):
    """Have the catalogue say what was released."""

    def release(**changes):
        framework = catalogue.composite().model_copy(update={"released": catalogue.ReleasedBands(**changes)})
        monkeypatch.setattr(conditions, "composite", lambda: framework)

    return release


def test_g4_closes_where_places_move_though_nothing_has_changed(source, released):
    for input_hash, is_open in ((source.input_hash, False), ("another", True)):
        released(version=catalogue.composite().version, input_hash=input_hash, bands={})
        assert gates(of(source, runs=0))["G4"] is is_open


def test_switched_off_there_is_nothing():
    assert {name: rows.height for name, rows in uncertainty.switched_off().items()} == dict.fromkeys(conditions.MADE, 0)


def test_switched_off_no_module_of_it_is_imported():
    code = "import sys; from assets import uncertainty; uncertainty.switched_off(); print('scipy.stats' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_medians_stand_in_only_where_asked_and_are_counted(source):
    found = of(source, replace(conditions.published_rules(), missing="median"), runs=0)[RESULT]
    assert found["imputed_n"].sum() == 6
    assert of(source, runs=0)[RESULT]["imputed_n"].sum() == 0


def test_the_same_input_gives_the_same_tables(source, whole):
    rows, awards = (table.sample(fraction=1, shuffle=True, seed=1) for table in (source.rows, source.awards))
    again = of(replace(source, rows=rows, awards=awards))
    assert {name: rows.equals(whole[name]) for name, rows in again.items()} == dict.fromkeys(whole, True)


@pytest.mark.parametrize("state", ["open", "closed", "off"])
def test_the_tables_keep_their_contracts_and_rules(source, whole, tmp_path, state):
    found = {
        "open": lambda: whole,
        "closed": lambda: of(replace(source, rows=source.rows.with_columns(staleness_days=pl.lit(9_999)))),
        "off": uncertainty.switched_off,
    }[state]()
    store, bench = Tables(tmp_path), Bench()
    for name, rows in found.items():
        store.replace(catalogue.tables()[name], rows)
    places = whole[RESULT].select("locality_code", "nation")
    others = {"metrics.composite_award": source.awards, "core.dim_locality": places}
    bench.put_all({name: rows.to_dicts() for name, rows in (found | others).items()})
    for check in CHECKS:
        assert bench.broken(check) == [], check.stem
