"""Ranks of one indicator: against slow and plain ways to the same, and against what is known without simulation."""

import math
import random
import re
from statistics import NormalDist

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assets import uncertainty
from assets.uncertainty import ranks
from tests.support.sql_harness import Bench
from tests.support.synthetic_data import END, START, estimates, frame
from warehouse import catalogue
from warehouse.lineage import SQL_ROOT
from warehouse.storage.home import PROJECT, Home
from warehouse.storage.workspace import Warehouse

FEW = settings(max_examples=25, deadline=None)
CHECKS = sorted((SQL_ROOT / "checks" / "metrics" / "rank_interval").glob("*.sql"))


def made_up(places, *, seed=1, reliability=0.95, metric="coh_influence_pct", **columns):
    """Return rows of metrics.rank_input of one made-up group of survey percentages."""
    generator = np.random.default_rng(seed)
    _, values, errors = estimates(generator, places, reliability)
    rows = [
        {
            "metric_id": metric,
            "locality_code": f"S1299{number:04d}",
            "comparable_group": "made up",
            "period_start": START,
            "period_end": END,
            "direction": "up",
            "unit": "pct",
            "noise": "logit_normal",
            "value": 50 + 8 * value,
            "se": 8 * error,
            "state": "ok",
        }
        | columns
        for number, (value, error) in enumerate(zip(values, errors, strict=True))
    ]
    return frame("metrics.rank_input", rows)


def slow_sets(values, errors, noise, simultaneous, level=0.95):
    """Return rank sets by loops over every comparison and every draw, straight from the definition."""
    places = range(len(values))

    def ratio(numbers, better, worse):
        return (numbers[better] - numbers[worse]) / math.sqrt(errors[better] ** 2 + errors[worse] ** 2)

    def settled(comparisons):
        """Return the comparisons whose difference is too large for noise, step by step."""
        waiting, done = list(comparisons), []
        while waiting:
            largest = sorted(
                max(ratio([error * z for error, z in zip(errors, draw, strict=True)], *pair) for pair in waiting)
                for draw in noise
            )
            bound = largest[math.ceil(level * (len(noise) - 1))]
            new = [pair for pair in waiting if ratio(values, *pair) > bound]
            if not new:
                break
            done += new
            waiting = [pair for pair in waiting if pair not in new]
        return done

    every = [(one, other) for one in places for other in places if one != other]
    joint = settled(every) if simultaneous else None
    sets = []
    for place in places:
        sure = joint if simultaneous else settled([pair for pair in every if place in pair])
        sets.append(
            (1 + sum(worse == place for _, worse in sure), len(values) - sum(pair[0] == place for pair in sure))
        )
    return sets


@pytest.mark.parametrize("simultaneous", [False, True], ids=["marginal", "simultaneous"])
@pytest.mark.parametrize("seed", range(6))
def test_rank_sets_are_those_of_the_plain_definition(seed, simultaneous):
    generator = np.random.default_rng(seed)
    _, values, errors = estimates(generator, 7, [0.7, 0.95, 0.99][seed % 3])
    noise = generator.standard_normal((120, 7))
    low, high = ranks.rank_sets(values, errors, noise, simultaneous=simultaneous)
    slow = slow_sets(values.tolist(), errors.tolist(), noise.tolist(), simultaneous)
    assert list(zip(low.tolist(), high.tolist(), strict=True)) == slow
    assert (low.dtype, high.dtype) == (np.int64, np.int64)


@pytest.mark.parametrize(("difference", "told_apart"), [(1.9, False), (2.02, True)])
def test_two_places_are_told_apart_by_the_two_sided_test(difference, told_apart):
    noise = np.random.default_rng(ranks.SEED).standard_normal((40_000, 2))
    values, errors = np.array([difference * math.sqrt(0.25 + 0.16), 0.0]), np.array([0.5, 0.4])
    for simultaneous in (False, True):
        low, high = ranks.rank_sets(values, errors, noise, simultaneous=simultaneous)
        assert (low.tolist(), high.tolist()) == (([1, 2], [1, 2]) if told_apart else ([1, 1], [2, 2]))


def test_the_bound_of_one_place_is_the_quantile_worked_out_by_quadrature():
    """The largest of a place's ratios has the distribution that an integral over its own noise gives."""
    errors = np.array([0.5, 0.3, 0.8, 0.4, 1.1, 0.6])
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    error = np.hypot(errors[0], errors[1:])

    def below(bound):
        middle = errors[0] * nodes[:, None]
        inside = stats.norm.cdf((middle + bound * error) / errors[1:]) - stats.norm.cdf(
            (middle - bound * error) / errors[1:]
        )
        return float(weights @ inside.prod(axis=1))

    exact = next(bound for bound in np.arange(1.5, 4, 0.001) if below(bound) >= 0.95)
    noise = np.random.default_rng(5).standard_normal((100_000, 6))
    largest = np.abs((noise[:, :1] * errors[0] - noise[:, 1:] * errors[1:]) / error).max(axis=1)
    assert np.quantile(largest, 0.95) == pytest.approx(exact, abs=0.02)
    # A place just beyond the bound above everybody, and one just within it, are judged accordingly.
    for factor, lowest in ((1.03, 1), (0.97, 6)):
        values = np.concatenate([[0.0], -factor * exact * error])
        _, high = ranks.rank_sets(values, errors, noise, simultaneous=False)
        assert high[0] == lowest


def posterior(values, errors, steps):
    """Return (mass, spread, mean, error of the mean) of a group at each step of its spread, by loops."""
    ceiling, found = 4 * (np.std(values) + np.mean(errors)), []
    for spread in ((step + 0.5) / steps * ceiling for step in range(steps)):
        weights = [1 / (spread**2 + error**2) for error in errors]
        centre = sum(w * value for w, value in zip(weights, values, strict=True)) / sum(weights)
        likelihood = math.prod(
            NormalDist(centre, math.sqrt(1 / w)).pdf(value) for w, value in zip(weights, values, strict=True)
        )
        found.append((likelihood / math.sqrt(sum(weights)), spread, centre, math.sqrt(1 / sum(weights))))
    return found


def slow_simulation(values, errors, draws, seed):
    """Return the probability of rank 1 of each place, by loops and the standard library's random numbers."""
    source = random.Random(seed)
    grid = posterior(values, errors, ranks.SPREADS)
    first = [0] * len(values)
    for _ in range(draws):
        ((_, spread, *of_mean),) = source.choices(grid, weights=[mass for mass, *_ in grid])
        middle = source.gauss(*of_mean)
        drawn = []
        for value, error in zip(values, errors, strict=True):
            kept = spread**2 / (spread**2 + error**2)
            drawn.append(source.gauss(middle + kept * (value - middle), math.sqrt(kept) * error))
        first[drawn.index(max(drawn))] += 1
    return [times / draws for times in first]


def test_the_simulation_agrees_with_a_plain_one():
    values, errors = [3.0, 2.5, 2.0, 1.0, 0.5], [0.5, 0.9, 0.3, 0.6, 0.4]
    found = ranks.simulate(ranks.measurements(np.array(values), np.array(errors)), np.random.default_rng(3), 20_000)
    slow = slow_simulation(values, errors, 20_000, seed=4)
    # A fifth of five places is the first one.
    assert found.top == pytest.approx(slow, abs=4 * math.sqrt(2 * 0.25 / 20_000))
    assert found.top.sum() == pytest.approx(1)
    assert found.bottom.sum() == pytest.approx(1)


def test_without_a_spread_beyond_noise_nothing_is_known_of_the_ranks():
    values = np.full(20, 50.0)
    found = ranks.simulate(ranks.measurements(values, np.full(20, 5.0)), np.random.default_rng(1), 20_000)
    assert set(found.low) <= {1, 2}
    assert set(found.high) <= {19, 20}
    assert found.top == pytest.approx(np.full(20, 0.2), abs=0.02)


def test_without_noise_the_ranks_are_those_printed():
    values = np.array([5.0, 1.0, 3.0, 4.0, 2.0])
    found = ranks.simulate(ranks.measurements(values, np.full(5, 1e-9)), np.random.default_rng(1), 500)
    for ends in (found.low, found.median, found.high):
        assert ends.tolist() == [1, 5, 3, 2, 4]
    # 500 draws, and 5 more in which each of the five places is first once.
    assert found.top.tolist() == pytest.approx([501 / 505, *[1 / 505] * 4])
    assert found.bottom.tolist() == pytest.approx([1 / 505, 501 / 505, *[1 / 505] * 3])
    turned = ranks.simulate(ranks.measurements(values, np.full(5, 1e-9)), np.random.default_rng(1), 500, sign=-1)
    assert turned.median.tolist() == [5, 1, 3, 4, 2]


class Given(ranks.Estimates):
    """Estimates next to without noise whose draws are given, so that every rank of every draw is known."""

    def draw(self, draws, generator):
        best_first = ["ACB"] + 9 * ["BAC"] + 10 * ["BCA"]
        return np.array([[-100.0 * order.index(place) for place in "ABC"] for order in best_first])


def test_points_of_a_rank_are_reached_by_so_many_draws_and_no_more():
    """Of 20 draws the points are reached by the first, the tenth and the nineteenth."""
    estimates = Given("normal", np.array([0.0, 1.0, 2.0]), np.full(3, 1e-9))
    found = ranks.simulate(estimates, np.random.default_rng(1), 20)
    assert (found.low.tolist(), found.median.tolist(), found.high.tolist()) == ([1, 1, 2], [2, 1, 2], [3, 1, 3])
    # Each count is one more, and the draws are three more: a fifth of three places is one of them.
    assert found.top.tolist() == pytest.approx([2 / 23, 20 / 23, 1 / 23])
    assert found.bottom.tolist() == pytest.approx([11 / 23, 2 / 23, 10 / 23])


@pytest.mark.parametrize("places", [8, 11, 32, 309])
def test_no_probability_is_0_or_1_and_those_of_a_fifth_add_up_to_its_places(places):
    fifth = math.ceil(places / 5)
    times = np.zeros(places, dtype=np.int64)
    times[:fifth] = 1_000
    found = ranks.probability(times, 1_000, fifth / places)
    assert 0 < found.min() < 1 / 1_000
    assert found.max() < 1
    assert found.sum() == pytest.approx(fifth)
    assert abs(found - times / 1_000).max() < 5 / 1_000


@pytest.mark.parametrize("unit", [1e-3, 1e3])
def test_the_posterior_of_a_large_group_is_the_same_in_any_unit(unit):
    _, values, errors = estimates(np.random.default_rng(1), 350, 0.8)
    means, spreads = ranks.spreads_of_group(ranks.measurements(values, errors), 50, np.random.default_rng(1))
    in_unit = ranks.measurements(unit * values, unit * errors)
    assert np.array(ranks.spreads_of_group(in_unit, 50, np.random.default_rng(1))) == pytest.approx(
        unit * np.array([means, spreads])
    )


def test_of_a_hundred_equal_places_each_may_have_nearly_any_rank():
    found = ranks.simulate(ranks.measurements(np.full(100, 50.0), np.full(100, 5.0)), np.random.default_rng(1), 20_000)
    # The 5 % point lies between rank 5 and rank 6.
    assert found.low.mean() == pytest.approx(5.5, abs=0.5)
    assert found.median.mean() == pytest.approx(50.5, abs=1)
    assert found.high.mean() == pytest.approx(95.5, abs=0.5)


def test_mean_and_spread_of_a_group_follow_their_posterior():
    """Held against moments of the posterior that loops work out: of places whose errors differ much."""
    values, errors = np.array([10.0, 40, 55, 60, 65, 90]), np.array([20.0, 5, 8, 3, 10, 15])
    means, spreads = ranks.spreads_of_group(ranks.measurements(values, errors), 200_000, np.random.default_rng(1))
    grid = posterior(values, errors, 2_000)
    total = sum(mass for mass, *_ in grid)
    of_spread, of_mean = (sum(row[0] * row[at] for row in grid) for at in (1, 2))
    of_square = sum(mass * (centre**2 + error**2) for mass, _, centre, error in grid)
    assert spreads.mean() == pytest.approx(of_spread / total, rel=0.01)
    assert means.mean() == pytest.approx(of_mean / total, rel=0.005)
    assert means.std() == pytest.approx(math.sqrt(of_square / total - (of_mean / total) ** 2), rel=0.01)
    assert spreads.max() <= 4 * (values.std() + errors.mean())
    assert spreads.min() > 0


def test_a_fifth_of_a_group_is_rounded_up():
    values = np.arange(11.0)
    found = ranks.simulate(ranks.measurements(values, np.full(11, 1e-9)), np.random.default_rng(1), 100)
    assert found.top.sum() == pytest.approx(3)
    assert found.bottom.sum() == pytest.approx(3)


def test_noise_of_percentages_and_counts_has_the_moments_it_is_said_to_have():
    generator = np.random.default_rng(2)
    shares = ranks.percentages(np.array([0.1, 0.5]), np.array([0.02, 0.04]))
    assert shares.centre == pytest.approx([math.log(0.1 / 0.9), 0])
    assert shares.spread == pytest.approx([0.02 / 0.09, 0.16])
    counts = ranks.counts(np.array([0.0, 3.0, 40.0]), np.array([2.0, 1.0, 8.0]))
    for estimate in (shares, counts):
        drawn = estimate.draw(200_000, generator)
        assert drawn.mean(axis=0) == pytest.approx(estimate.centre, abs=0.005)
        assert drawn.std(axis=0) == pytest.approx(estimate.spread, rel=0.01)
    assert (shares.noise, counts.noise) == ("logit_normal", "gamma")
    assert (counts.draw(10_000, generator) >= 0).all()
    squared = counts.draw(200_000, generator) ** 2 * counts.scale
    assert squared.mean(axis=0) == pytest.approx([0.5, 3.5, 40.5], rel=0.01)


def test_a_nominal_rank_counts_those_above_and_ties_share_the_best():
    assert ranks.nominal(np.array([5.0, 7.0, 5.0, 1.0])).tolist() == [2, 1, 2, 4]


@pytest.mark.parametrize(
    ("low", "high", "places", "words"),
    [
        (1, 3, 32, "between 1 and 3 of 32"),
        (17, 32, 32, "between 17 and 32 of 32"),
        (16, 17, 32, "not distinguishable from the middle"),
        (16, 20, 31, "not distinguishable from the middle"),
        (1, 16, 32, "between 1 and 16 of 32"),
        (1, 16, 31, "not distinguishable from the middle"),
    ],
)
def test_a_set_in_words(low, high, places, words):
    assert ranks.label(low, high, places) == words


def test_reliability_is_the_share_of_the_spread_that_is_not_noise():
    assert ranks.reliability(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.5, 0.5])) == pytest.approx(0.75)
    assert ranks.reliability(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])) == 0
    assert ranks.reliability(np.array([2.0, 2.0]), np.array([1.0, 1.0])) == 0


@st.composite
def groups(draw):
    """Draw values and errors of a made-up group of places, and noise for each."""
    generator, places = np.random.default_rng(draw(st.integers(0, 2**32 - 1))), draw(st.integers(3, 12))
    _, values, errors = estimates(generator, places, draw(st.sampled_from([0.5, 0.8, 0.95, 0.99])))
    return values, errors, generator.standard_normal((200, places))


@FEW
@given(groups(), st.randoms(use_true_random=False))
def test_the_order_of_places_does_not_matter(population, source):
    values, errors, noise = population
    order = source.sample(range(len(values)), len(values))
    for simultaneous in (False, True):
        low, high = ranks.rank_sets(values, errors, noise, simultaneous=simultaneous)
        moved = ranks.rank_sets(values[order], errors[order], noise[:, order], simultaneous=simultaneous)
        assert (low[order].tolist(), high[order].tolist()) == (moved[0].tolist(), moved[1].tolist())


@FEW
@given(groups())
def test_sets_hold_the_printed_rank_and_the_simultaneous_ones_hold_the_marginal(population):
    values, errors, noise = population
    printed = ranks.nominal(values)
    low, high = ranks.rank_sets(values, errors, noise, simultaneous=False)
    low_of_all, high_of_all = ranks.rank_sets(values, errors, noise, simultaneous=True)
    assert (low <= printed).all()
    assert (printed <= high).all()
    assert (low_of_all <= low).all()
    assert (high <= high_of_all).all()
    assert ((low_of_all >= 1) & (high_of_all <= len(values))).all()


@FEW
@given(groups(), st.floats(1, 5))
def test_more_noise_never_narrows_a_set(population, factor):
    values, errors, noise = population
    for simultaneous in (False, True):
        low, high = ranks.rank_sets(values, errors, noise, simultaneous=simultaneous)
        wider = ranks.rank_sets(values, errors * factor, noise, simultaneous=simultaneous)
        assert (wider[0] <= low).all()
        assert (wider[1] >= high).all()


@FEW
@given(groups())
def test_among_equal_errors_a_higher_value_never_has_a_worse_set(population):
    values, errors, noise = population
    low, high = ranks.rank_sets(values, np.full(len(values), errors.mean()), noise, simultaneous=True)
    order = np.argsort(-values)
    assert (np.diff(low[order]) >= 0).all()
    assert (np.diff(high[order]) >= 0).all()


@FEW
@given(groups(), st.floats(-50, 50), st.floats(0.01, 100))
def test_another_unit_changes_no_rank(population, shift, factor):
    values, errors, noise = population
    sets = ranks.rank_sets(values, errors, noise, simultaneous=False)
    moved = ranks.rank_sets(shift + factor * values, factor * errors, noise, simultaneous=False)
    assert [ends.tolist() for ends in sets] == [ends.tolist() for ends in moved]


def test_a_group_of_percentages_has_its_ranks_and_the_rules_hold():
    rows = made_up(20)
    found = ranks.intervals(rows)
    assert found["n"].to_list() == [20] * 20
    assert sorted(found["rank_nominal"]) == list(range(1, 21))
    assert found["state"].unique().to_list() == ["ok"]
    assert found["period"][0] == f"{START}/{END}"
    assert found.select("draws_n", "seed").unique().rows() == [(ranks.DRAWS, ranks.SEED)]
    assert found["fifth_reason"].null_count() == 20
    bench = Bench()
    bench.put("metrics.rank_input", rows.to_dicts())
    bench.put("metrics.rank_interval", found.to_dicts())
    assert [bench.broken(check) for check in CHECKS] == [[]] * len(CHECKS)


def test_every_column_is_what_its_own_reckoning_gives():
    rows = made_up(20)
    found = ranks.intervals(rows)
    values, errors = rows["value"].to_numpy(), rows["se"].to_numpy()
    noise = np.random.default_rng(ranks.SEED).standard_normal((ranks.SET_DRAWS, 20))
    low, high = ranks.rank_sets(values, errors, noise, simultaneous=False)
    low_of_all, high_of_all = ranks.rank_sets(values, errors, noise, simultaneous=True)
    simulated = ranks.simulate(ranks.percentages(values / 100, errors / 100), np.random.default_rng(ranks.SEED))
    expected = {
        "rank_lo": low,
        "rank_hi": high,
        "surely_better_n": low_of_all - 1,
        "surely_worse_n": 20 - high_of_all,
        "rank_median": simulated.median,
        "rank_q5": simulated.low,
        "rank_q95": simulated.high,
        "p_topfifth": simulated.top,
        "p_botfifth": simulated.bottom,
    }
    assert {name: found[name].to_list() for name in expected} == {
        name: column.tolist() for name, column in expected.items()
    }
    assert low.tolist() != low_of_all.tolist()
    assert found["label"].to_list() == [ranks.label(*ends, 20) for ends in zip(low, high, strict=True)]


@pytest.mark.parametrize("seed", range(4))
def test_the_same_input_gives_the_same_ranks_whatever_its_order(seed):
    rows = pl.concat([made_up(12), made_up(9, seed=2, metric="coh_trust_pct")])
    once = ranks.intervals(rows)
    again = ranks.intervals(rows.sample(fraction=1, shuffle=True, seed=seed))
    assert once.equals(again)
    alone = ranks.intervals(made_up(9, seed=2, metric="coh_trust_pct"))
    assert once.filter(pl.col("metric_id") == "coh_trust_pct").equals(alone)


def test_the_ranks_of_a_warehouse_are_those_of_its_table(tmp_path):
    warehouse = Warehouse(Home(tmp_path / "var"))
    rows = made_up(9)
    warehouse.tables.replace(catalogue.tables()["metrics.rank_input"], rows)
    assert uncertainty.rank_intervals(warehouse).equals(ranks.intervals(rows))


def test_low_is_first_where_low_is_good():
    up, down = ranks.intervals(made_up(15)), ranks.intervals(made_up(15, direction="down"))
    assert (up["rank_nominal"] + down["rank_nominal"]).to_list() == [16] * 15
    assert (up["rank_lo"] + down["rank_hi"]).to_list() == [16] * 15
    assert up["p_topfifth"].to_list() == pytest.approx(down["p_botfifth"].to_list(), abs=0.03)


def test_a_share_is_ranked_as_its_percentage_is():
    percent = made_up(15)
    share = percent.with_columns(pl.col("value") / 100, pl.col("se") / 100, pl.lit("share").alias("unit"))
    assert ranks.intervals(percent).equals(ranks.intervals(share))


def test_an_unreliable_figure_is_compared_but_gets_no_rank():
    rows = made_up(12).with_columns(
        state=pl.when(pl.int_range(12) < 2).then(pl.lit("ok_low")).otherwise(pl.lit("ok")),
        reason_codes=pl.when(pl.int_range(12) < 2).then(pl.lit(["value_unreliable", "small_sample|50"])).otherwise([]),
    )
    low, rest = (ranks.intervals(rows).filter(pl.col("state") == state) for state in ("ok_low", "ok"))
    assert low["n"].to_list() == [12, 12]
    assert low["rank_lo"].null_count() == low["label"].null_count() == 0
    assert low["rank_nominal"].null_count() == low["p_topfifth"].null_count() == low["p_botfifth"].null_count() == 2
    assert low["fifth_reason"].to_list() == ["the value is unreliable (effective sample below 50)"] * 2
    everybody = ranks.intervals(made_up(12))
    assert rest["rank_nominal"].to_list() == everybody["rank_nominal"].to_list()[2:]


def test_what_is_withheld_stays_and_takes_no_part():
    rows = made_up(12)
    none = rows.with_columns(state=pl.lit("withheld"), reason_codes=pl.lit(["no_error"]), se=None)
    assert (
        ranks.intervals(none).select("n", "rank_lo", "rank_q5", "p_topfifth", "label").null_count().row(0) == (12,) * 5
    )
    mixed = pl.concat([rows.head(11), none.tail(1)])
    assert ranks.intervals(mixed).sort("locality_code")["n"].to_list() == [11] * 11 + [None]


def test_of_a_group_that_is_mostly_noise_no_fifth_is_named():
    found = ranks.intervals(made_up(20, reliability=0.1))
    assert found["p_topfifth"].null_count() == found["p_botfifth"].null_count() == 20
    assert found["fifth_reason_codes"].to_list() == [[ranks.NO_FIFTHS]] * 20
    assert found["fifth_reason"].unique().to_list() == ["more than half of the variance in the group is noise"]
    assert found["rank_lo"].null_count() == 0


def counts_of(numbers, persons):
    events, people = (pl.Series(counts, dtype=pl.Float64) for counts in (numbers, persons))
    rates = {"n_num": events, "n_den": people, "value": 10_000 * events / people, "se": 10_000 * events.sqrt() / people}
    return made_up(len(numbers), noise="gamma", unit="per_10k").with_columns(**rates)


def test_counts_are_ranked_with_nought_among_them():
    found = ranks.intervals(counts_of([0, 1, 2, 60, 80, 100, 150, 400], [100_000] * 8))
    assert found["rank_nominal"].to_list() == [8, 7, 6, 5, 4, 3, 2, 1]
    assert found["rank_lo"][7] == found["rank_hi"][7] == 1
    assert found["rank_lo"][0] == 6
    assert found["rank_q95"][0] == 8


def test_small_counts_of_unlike_places_keep_their_printed_rank_within_the_set():
    """On the root scale a place of few people with no award passes one of many with a few; the set holds both ranks."""
    found = ranks.intervals(counts_of([0, 1, 2, 60, 80, 100, 150, 400], [500] + [100_000] * 7))
    assert (found["rank_lo"] <= found["rank_nominal"]).all()
    assert (found["rank_nominal"] <= found["rank_hi"]).all()


def test_counts_are_compared_by_their_root_and_percentages_as_they_are():
    rows = counts_of([0, 1, 2, 60, 80, 100, 150, 400], [100_000] * 8)
    estimate, values, errors = ranks._scales(rows)
    assert estimate.noise == "gamma"
    assert values[3] == pytest.approx(math.sqrt(60.375 / 100_000))
    assert errors.tolist() == pytest.approx([0.5 / math.sqrt(100_000)] * 8)
    percent = made_up(15)
    for unit, whole in (("pct", 100), ("share", 1)):
        estimate, values, errors = ranks._scales(
            percent.with_columns(pl.col("value", "se") * whole / 100, unit=pl.lit(unit))
        )
        assert estimate.noise == "logit_normal"
        assert estimate.centre[0] == pytest.approx(math.log(percent["value"][0] / (100 - percent["value"][0])))
        assert values.tolist() == pytest.approx((percent["value"] * whole / 100).to_list())
        assert errors.tolist() == pytest.approx((percent["se"] * whole / 100).to_list())


def test_another_kind_of_value_is_drawn_on_its_own_scale():
    rows = made_up(15, noise="normal", unit="gbp_per_head")
    estimate, values, errors = ranks._scales(rows)
    assert estimate.noise == "normal"
    assert values.tolist() == estimate.centre.tolist() == rows["value"].to_list()
    assert errors.tolist() == estimate.spread.tolist() == rows["se"].to_list()


def test_ten_thousand_draws_of_350_localities_stay_within_their_blocks():
    """Draws are taken block by block, so that the number of draws does not decide the memory."""
    values = np.arange(10.0)
    estimate = ranks.measurements(values, np.ones(10))
    sizes = []

    class Watched(ranks.Estimates):
        def draw(self, draws, generator):
            sizes.append(draws)
            return super().draw(draws, generator)

    watched = Watched(estimate.noise, estimate.centre, estimate.spread, estimate.count, estimate.scale)
    ranks.simulate(watched, np.random.default_rng(1), 2 * ranks.BLOCK + 1)
    assert sizes == [ranks.BLOCK, ranks.BLOCK, 1]


def test_h18_random_numbers_are_drawn_in_one_package_and_from_recorded_seeds():
    """Publishers are asked again after a wait of random length, which reaches no value."""
    drawing = re.compile(r"\brandom\b(?!`)|default_rng|\bsecrets\b|uuid[14]|\.shuffle\(|\.sample\(|SALib|qmc\.")
    found = set()
    for folder in ("assets", "warehouse", "orchestration"):
        for path in sorted({*(PROJECT / folder).rglob("*.py")} - {*(PROJECT / "warehouse/publishers").glob("*.py")}):
            code = re.sub(r'"""[\s\S]*?"""|#.*', "", path.read_text("utf-8"))
            if drawing.search(code):
                found.add(str(path.relative_to(PROJECT)))
    assert {"/".join(path.split("/")[:2]) for path in found} == {"assets/uncertainty"}
    unseeded = re.compile(r"default_rng\(\s*\)|np\.random\.(?!default_rng|Generator)")
    for path in found:
        assert not unseeded.search((PROJECT / path).read_text("utf-8")), path
    for path in sorted(SQL_ROOT.rglob("*.sql")):
        assert not re.search(
            r"\brandom\(|\bsetseed\(|\buuid\(|using sample|tablesample", path.read_text("utf-8").lower()
        )
