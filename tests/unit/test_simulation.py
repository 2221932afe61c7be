"""The simulation of a year, where the answer is known: from arithmetic, and from the theory of queues."""

from dataclasses import replace

import numpy as np
import pytest

from tests.benchmark.measuring import Point, Slope
from tests.benchmark.simulation import HOUR, Costs, ends, published, reading, simulate

COSTS = Costs(0.0, 800.0, 3600.0, 0.0, 1e8, 500.0, 0.01, 0.01)


def test_one_worker_takes_jobs_in_turn_and_two_take_two_at_once():
    arrivals, durations = np.array([0.0, 1.0, 2.0, 30.0]), np.full(4, 5.0)
    assert ends(arrivals, durations, 1).tolist() == [5, 10, 15, 35]
    assert ends(arrivals, durations, 2).tolist() == [5, 6, 10, 35]


def test_waiting_times_are_those_of_theory():
    """M/M/1 with a load of 0.5 and a mean service of a second: an answer takes 1 / (1 - 0.5) seconds on average."""
    draw = np.random.default_rng(1)
    arrivals, durations = np.cumsum(draw.exponential(2, 200_000)), draw.exponential(1, 200_000)
    assert np.mean(ends(arrivals, durations, 1) - arrivals) == pytest.approx(2, rel=0.03)


def test_a_build_takes_what_is_ready_when_it_begins():
    ready = np.array([1.0, 2.0, 50.0, 3.0])
    when, builds = published(ready, 10.0, 0.0)
    assert when.tolist() == [11, 21, 60, 21]
    assert builds == 3
    when, builds = published(ready, 10.0, 40.0)
    assert when.tolist() == [50, 50, 90, 50]
    assert builds == 2


def test_a_year_is_drawn_from_its_seed_and_more_cores_shorten_the_wait():
    one, same, wide = (simulate(COSTS, 1, 2, cores, 0.0) for cores in (1, 1, 4))
    assert one == same
    assert one != simulate(COSTS, 1, 2, 1, 0.0, seed=2)
    assert one.median > HOUR > wide.median > HOUR / 4
    assert one.build_cpu_hours == one.builds_n


def test_readers_wait_without_end_where_the_server_is_too_slow():
    used, median, _ = reading(COSTS, 1, 1)
    assert used == pytest.approx(500 * 0.01 / HOUR)
    assert median == pytest.approx(0.01)
    assert reading(replace(COSTS, page=10.0), 1, 1)[1] == np.inf


def test_a_line_is_fitted_through_the_points():
    slope = Slope("x", "unit", tuple(Point(units, 3 + 2 * units, 10 * units) for units in (1, 5, 20)))
    assert (slope.cpu_base, slope.cpu_each, slope.bytes_each) == pytest.approx((3, 2, 10))
    assert slope.residual == pytest.approx(0, abs=1e-9)
    assert Slope("x", "unit", (Point(0, 1), Point(1, 4), Point(2, 1))).residual == pytest.approx(1)
