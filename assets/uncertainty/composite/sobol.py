"""Sobol sensitivity indices of a model's output (Saltelli et al. 2010; SALib).

The first-order index of a factor is the share of an output's variance that it causes alone; the total index is the
share that remains if all other factors are fixed. Both have a 95 % interval by resampling.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# The sequence needs a power of two; a design has N (d + 2) runs for d factors.
RUNS = 1_024
RESAMPLES = 200
NO_EFFECT, EFFECT, NEVER = "no effect found", "effect", "never changed an output"


@dataclass(frozen=True)
class Index:
    """The indices of one factor for one output; `_conf` is half the width of a 95 % interval."""

    factor: str
    s1: float
    s1_conf: float
    st: float
    st_conf: float
    changed: int
    finding: str


def design(factors: Sequence[str], seed: int, runs: int = RUNS) -> Floats:
    """Return the design, N (d + 2) x factors, from 0 to 1, in blocks of d + 2: A, A with one factor of B each, B."""
    from SALib.sample import sobol

    return np.asarray(sobol.sample(_problem(factors), runs, calc_second_order=False, seed=seed), dtype=np.float64)


def indices(factors: Sequence[str], outputs: Floats, seed: int) -> list[Index]:
    """Return the indices of each factor for one output of the design (one number per run).

    The finding is `no effect found` if the interval of the total index contains 0, and `never changed an output` if the
    output is equal in all N pairs of runs that differ only in the factor.
    """
    from SALib.analyze import sobol

    blocks = outputs.reshape(-1, len(factors) + 2)
    changed = np.sum(np.abs(blocks[:, 1:-1] - blocks[:, :1]) > 0, axis=0)
    if np.ptp(outputs) == 0:
        return [Index(factor, 0.0, 0.0, 0.0, 0.0, 0, NEVER) for factor in factors]
    found = sobol.analyze(
        _problem(factors), outputs, calc_second_order=False, num_resamples=RESAMPLES, conf_level=0.95, seed=seed
    )
    columns = (found[name] for name in ("S1", "S1_conf", "ST", "ST_conf"))
    return [
        Index(factor, float(s1), float(s1_conf), float(st), float(st_conf), int(times), _finding(times, st, st_conf))
        for factor, s1, s1_conf, st, st_conf, times in zip(factors, *columns, changed, strict=True)
    ]


def _finding(changed: int, total: float, conf: float) -> str:
    if not changed:
        return NEVER
    return EFFECT if total - conf > 0 else NO_EFFECT


def _problem(factors: Sequence[str]) -> dict[str, Any]:
    return {"num_vars": len(factors), "names": list(factors), "bounds": [[0.0, 1.0]] * len(factors)}


def levels(numbers: Floats, sizes: Sequence[int]) -> NDArray[np.int64]:
    """Return levels, runs x factors, from numbers between 0 and 1; the levels of a factor are equally probable."""
    return np.asarray(np.minimum(np.floor(numbers * np.array(sizes)), np.array(sizes) - 1), dtype=np.int64)
