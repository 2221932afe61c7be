"""The bootstrap interval of Krippendorff's alpha, on synthetic codes."""

import krippendorff
import numpy as np
import pytest

from assets.uncertainty.agreement import DRAWS, Interval, alpha_interval, alphas
from assets.uncertainty.ranks import SEED


def codes(units=30, kinds=4):
    return np.random.default_rng(1).integers(0, kinds, size=(2, units))


def test_alpha_of_a_resample_is_that_of_the_library():
    first, second = codes()
    times = np.random.default_rng(2).multinomial(30, np.full(30, 1 / 30), size=20)
    expected = [
        krippendorff.alpha([np.repeat(first, drawn), np.repeat(second, drawn)], level_of_measurement="nominal")
        for drawn in times
    ]
    assert alphas(first, second, times) == pytest.approx(expected)


def test_a_resample_of_one_code_has_no_alpha():
    same = np.zeros(5, dtype=np.int64)
    with np.errstate(all="raise"):
        assert np.isnan(alphas(same, same, np.ones((1, 5), dtype=np.int64))).all()


def test_the_ends_are_the_outer_fortieths_of_the_resamples():
    first, second = codes()
    second[:20] = first[:20]
    again = np.random.default_rng(3).integers(0, 30, size=(2000, 30))
    plain = [krippendorff.alpha([first[drawn], second[drawn]], level_of_measurement="nominal") for drawn in again]
    found = alpha_interval(first, second)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(plain, [0.025, 0.975])), abs=0.03)
    times = np.random.default_rng(SEED).multinomial(30, np.full(30, 1 / 30), size=DRAWS)
    drawn = sorted(alphas(first, second, times))
    assert drawn[249] <= found.low <= drawn[250]
    assert drawn[9749] <= found.high <= drawn[9750]
    assert (found.draws_n, found.seed) == (DRAWS, SEED)
    assert found == alpha_interval(first, second)
    assert isinstance(found, Interval)


def test_resamples_without_alpha_are_left_out():
    first, second = np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0])
    found = alpha_interval(first, second, draws=500)
    assert not np.isnan([found.low, found.high]).any()
    assert found.draws_n == 500


def test_readings_that_agree_on_every_unit_have_no_interval():
    first, _ = codes()
    assert alpha_interval(first, first) is None
