"""Bootstrap interval of Krippendorff's alpha, the measure of agreement of two readings."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assets.uncertainty.ranks import SEED

DRAWS = 10_000
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A bootstrap interval of alpha, with the number of resamples and the seed."""

    low: float
    high: float
    draws_n: int = DRAWS
    seed: int = SEED


def alpha_interval(first: NDArray[np.int64], second: NDArray[np.int64], *, draws: int = DRAWS) -> Interval | None:
    """Return the 95 % percentile bootstrap interval of nominal alpha over units, or None if it is undefined.

    `first` and `second` are the codes of the units in two readings, as integers from 0. Units are drawn with
    replacement as often as there are units, with a fixed seed, and alpha is computed for each resample (Zapf, Castell,
    Morawietz and Karch 2016, BMC Medical Research Methodology 16, 93). Resamples in which every code is the same have
    no alpha and are left out. The interval is undefined if the readings agree on every unit: each resample agrees too,
    so it would have no width for any number of units.
    """
    if (first == second).all():
        return None
    found = alphas(first, second, _resamples(first.size, draws))
    low, high = np.nanquantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high), draws)


@lru_cache(maxsize=1)
def _resamples(units: int, draws: int) -> NDArray[np.int64]:
    """Return how often each unit is in each resample (draws x units): the same for every axis of a codebook."""
    return np.random.default_rng(SEED).multinomial(units, np.full(units, 1 / units), size=draws)


def alphas(first: NDArray[np.int64], second: NDArray[np.int64], times: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return nominal alpha for each row of `times` (draws x units): how often each unit is in the sample.

    With 2 codes for each of n units, alpha is 1 - (2n - 1) 2d / ((2n)^2 - sum of m_c^2), where d is the number of units
    on which the readings differ and m_c how often code c was given (Krippendorff 2004, Content Analysis, chapter 11).
    NaN if every code is the same.
    """
    codes = np.arange(max(first.max(), second.max()) + 1)
    # Products of whole numbers as floats are exact here, and many times as fast as of integers.
    drawn = times.astype(np.float64)
    given = drawn @ ((first[:, None] == codes).astype(np.float64) + (second[:, None] == codes))
    whole = 2 * drawn.sum(axis=1)
    expected = whole**2 - (given**2).sum(axis=1)
    observed = (whole - 1) * 2 * (drawn @ (first != second))
    return np.asarray(1 - np.divide(observed, expected, out=np.full(len(times), np.nan), where=expected > 0))
