"""Uncertainty of ranks: rank intervals by simulation, and confidence sets for ranks.

The two methods answer different questions (method.md section 7.4). The simulation gives, for each locality, the
plausible ranks given the distribution of the group, and the probability of the top and bottom fifth. The confidence
sets assume nothing about the group: a locality is ranked above another only if the difference is too large to be noise
(Mogstad, Romano, Shaikh and Wilhelm 2024, Review of Economic Studies 91, 476).

Rank 1 is the highest value, or the lowest if low is good (`sign` -1). In code, "place" is short for locality.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import gammaln, logit

from warehouse.catalogue import pick, tables
from warehouse.catalogue.reason_text import coded, texts
from warehouse.storage.table_store import POLARS_TYPES

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Singles = NDArray[np.float32]

SEED = 20_261_122
DRAWS = 10_000
SET_DRAWS = 2_000
SET_LEVEL = 0.95
# The spread of a group is integrated over this many values (Gelman et al. 2013, Bayesian Data Analysis, section 5.4).
SPREADS = 400
# Draws of a group in memory at once; limits the memory without changing the stream of random numbers.
BLOCK = 2_000
# Below this reliability more than half of a group's spread is noise, so fifths are withheld (method.md section 5.1).
RELIABLE = 0.5
NO_FIFTHS = coded("group_mostly_noise")
TABLE = "metrics.rank_interval"
GROUP = ["metric_id", "comparable_group", "period_start", "period_end"]


@dataclass(frozen=True)
class Estimates:
    """Estimates of one group, on a scale on which their noise is nearly normal.

    `centre` and `spread` are mean and standard deviation of the noise of each estimate on that scale. `noise` is
    `logit_normal` (percentages), `gamma` (counts) or `normal`; `count` and `scale` are for counts: a rate is the count
    divided by the scale.
    """

    noise: str
    centre: Floats
    spread: Floats
    count: Floats = field(default_factory=lambda: np.empty(0))
    scale: Floats = field(default_factory=lambda: np.empty(0))

    def draw(self, draws: int, generator: np.random.Generator) -> Floats:
        """Return draws of the estimates with noise, draws x places, on the scale of `centre`."""
        if self.noise == "gamma":
            counts = generator.gamma(self.count + 0.5, size=(draws, self.count.size))
            return np.asarray(np.sqrt(counts / self.scale))
        standard = generator.standard_normal((draws, self.centre.size))
        return np.asarray(self.centre + self.spread * standard)


def percentages(shares: Floats, errors: Floats) -> Estimates:
    """Return estimates from shares above 0 and below 1, whose logits have normal noise."""
    return Estimates("logit_normal", logit(shares), errors / (shares * (1 - shares)))


def counts(count: Floats, scale: Floats) -> Estimates:
    """Return estimates from counts: for a count x, the rate is Gamma(x + 0.5) / scale, whose root is nearly normal."""
    root = np.exp(gammaln(count + 1) - gammaln(count + 0.5))
    spread = np.sqrt((count + 0.5 - root**2) / scale)
    return Estimates("gamma", root / np.sqrt(scale), spread, count, scale)


def measurements(values: Floats, errors: Floats) -> Estimates:
    """Return estimates with normal noise on their own scale."""
    return Estimates("normal", values, errors)


def spreads_of_group(estimates: Estimates, draws: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Return draws of the mean and the standard deviation of a group's values without noise.

    The model is hierarchical normal with a flat prior on both. The standard deviation is drawn from its marginal
    posterior on a grid, the mean from the conditional normal (Gelman et al. 2013, equations 5.20 and 5.21). Grid points
    are middles of cells, so that the standard deviation is never exactly 0 and draws have no ties.
    """
    centre, variance = estimates.centre, estimates.spread**2
    ceiling = 4 * (np.std(centre) + np.mean(estimates.spread))
    grid = (np.arange(SPREADS) + 0.5) / SPREADS * ceiling
    total = grid[:, None] ** 2 + variance[None, :]
    precision = np.sum(1 / total, axis=1)
    mean = np.sum(centre / total, axis=1) / precision
    density = -0.5 * (np.log(precision) + np.sum(np.log(total) + (centre - mean[:, None]) ** 2 / total, axis=1))
    mass = np.cumsum(np.exp(density - density.max()))
    chosen = np.searchsorted(mass / mass[-1], generator.random(draws))
    means = mean[chosen] + generator.standard_normal(draws) / np.sqrt(precision[chosen])
    return means, grid[chosen]


@dataclass(frozen=True)
class Simulated:
    """Ranks of a group by simulation, one item per place; `top` and `bottom` are probabilities of the outer fifths."""

    median: Integers
    low: Integers
    high: Integers
    top: Floats
    bottom: Floats


def simulate(estimates: Estimates, generator: np.random.Generator, draws: int = DRAWS, *, sign: int = 1) -> Simulated:
    """Return the 5 %, 50 % and 95 % points of each place's rank and its probabilities of the outer fifths.

    An estimate includes noise already. Adding noise again would spread the places too far and make rank intervals too
    narrow. Each draw is therefore shrunk towards the draw of the group's mean, by the share of the spread that is not
    noise, so that it is a draw from the posterior of the value without noise.
    """
    places = estimates.centre.size
    means, spreads = spreads_of_group(estimates, draws, generator)
    times = np.zeros(places * places, dtype=np.int64)
    offsets = np.arange(places) * places
    for start in range(0, draws, BLOCK):
        mean, spread = means[start : start + BLOCK, None], spreads[start : start + BLOCK, None]
        share = spread**2 / (spread**2 + estimates.spread**2)
        drawn = estimates.draw(len(mean), generator)
        drawn -= estimates.centre
        drawn *= np.sqrt(share)
        # The mean itself is not added: it is the same for all places of a draw and changes no rank.
        drawn += share * (estimates.centre - mean)
        drawn *= -sign
        order = np.argsort(drawn, axis=1)
        times += np.bincount((order + offsets).ravel(), minlength=places * places)
    # At [rank, place]: the number of draws in which the place has at most that rank.
    reached = np.cumsum(times.reshape(places, places), axis=0)
    fifth = -(-places // 5)
    return Simulated(
        median=_first(reached >= 0.5 * draws),
        low=_first(reached >= 0.05 * draws),
        high=_first(reached >= 0.95 * draws),
        top=probability(reached[fifth - 1], draws, fifth / places),
        bottom=probability(draws - reached[places - fifth - 1], draws, fifth / places),
    )


def probability(times: Integers, draws: int, share: float) -> Floats:
    """Return each place's probability of an outer fifth, from the number of draws with it there; never 0 or 1.

    A finite number of draws cannot show that something is impossible. The result is the posterior mean with a
    Beta(1, 1 / share - 1) prior, whose mean is `share`, the share of places in the fifth: 1 is added to each count and
    1 / `share` to the draws. The smallest value is just below 1 / draws, and the probabilities of a group sum to the
    number of places in the fifth, as the shares of the draws do.
    """
    return np.asarray((times + 1) / (draws + 1 / share))


def _first(reached: Booleans) -> Integers:
    """Return, for each place, the first rank at which `reached` is true."""
    return np.asarray(np.argmax(reached, axis=0) + 1)


def nominal(values: Floats) -> Integers:
    """Return each value's rank; the highest is 1, and equal values share the best rank."""
    return np.asarray(1 + np.sum(values[None, :] > values[:, None], axis=1))


def rank_sets(
    values: Floats, errors: Floats, noise: Floats, *, simultaneous: bool, level: float = SET_LEVEL
) -> tuple[Integers, Integers]:
    """Return the lowest and highest rank that each place may have.

    `noise` is draws x places of standard normal numbers. A place is surely better than another if their difference,
    divided by its standard error, exceeds the `level` quantile of the largest such ratio of noise alone: over all
    comparisons of that place (marginal: each set contains the rank of its place with that probability) or over all
    comparisons (simultaneous: all sets together contain all ranks). Settled comparisons are removed and the quantile is
    computed again, until no more are settled (step-down of Romano and Wolf, as in the R package csranks).
    """
    error = np.sqrt(errors[:, None] ** 2 + errors[None, :] ** 2)
    ratio = (values[:, None] - values[None, :]) / error
    # Single precision halves the time; the quantile of some thousand draws is less precise than that.
    scaled = np.ascontiguousarray((noise * errors).T, dtype=np.float32)
    settle = _better_jointly if simultaneous else _better_one_by_one
    better, worse = settle(ratio, error.astype(np.float32), scaled, level)
    return 1 + worse, values.size - better


def _noise_of(place: int, error: Singles, scaled: Singles) -> Singles:
    """Return the ratios of one place to every place under noise alone, places x draws."""
    return np.asarray((scaled[place] - scaled) / error[place][:, None])


def _quantile(largest: Singles, level: float) -> float:
    return float(np.quantile(largest, level, method="higher"))


def _better_one_by_one(ratio: Floats, error: Singles, scaled: Singles, level: float) -> tuple[Integers, Integers]:
    """Return the numbers of places than which each is surely better and surely worse, with marginal comparisons."""
    places = len(ratio)
    better, worse = np.zeros(places, dtype=np.int64), np.zeros(places, dtype=np.int64)
    for place in range(places):
        noise = _noise_of(place, error, scaled)
        above = np.arange(places) != place
        below = above.copy()
        while above.any() or below.any():
            largest = np.maximum(
                np.max(noise[above], axis=0, initial=-np.inf), np.max(-noise[below], axis=0, initial=-np.inf)
            )
            bound = _quantile(largest, level)
            settled_above, settled_below = above & (ratio[place] > bound), below & (-ratio[place] > bound)
            if not (settled_above.any() or settled_below.any()):
                break
            above &= ~settled_above
            below &= ~settled_below
        better[place] = places - 1 - above.sum()
        worse[place] = places - 1 - below.sum()
    return better, worse


def _better_jointly(ratio: Floats, error: Singles, scaled: Singles, level: float) -> tuple[Integers, Integers]:
    """Return the numbers of places than which each is surely better and surely worse, with simultaneous comparisons."""
    places = len(ratio)
    open_pairs = ~np.eye(places, dtype=bool)
    while open_pairs.any():
        largest = np.full(scaled.shape[1], -np.inf, dtype=np.float32)
        for place in np.flatnonzero(open_pairs.any(axis=1)):
            noise = _noise_of(int(place), error, scaled)[open_pairs[place]]
            np.maximum(largest, noise.max(axis=0), out=largest)
        settled = open_pairs & (ratio > _quantile(largest, level))
        if not settled.any():
            break
        open_pairs &= ~settled
    return places - 1 - open_pairs.sum(axis=1), places - 1 - open_pairs.sum(axis=0)


def intervals(rows: pl.DataFrame) -> pl.DataFrame:
    """Return metrics.rank_interval from metrics.rank_input, group by group, all with the same seed."""
    table = pick("table", tables, TABLE)
    schema = {column.name: POLARS_TYPES[column.type] for column in table.columns}
    # Sorted, so that the noise of a place does not depend on the order of the rows.
    ordered = rows.sort("locality_code")
    is_withheld = pl.col("state") == "withheld"
    groups = ordered.filter(~is_withheld).group_by(GROUP)
    found = pl.concat([ordered.filter(is_withheld), *(ranked(group) for _, group in groups)], how="diagonal_relaxed")
    period = pl.format("{}/{}", pl.col("period_start").cast(pl.String), pl.col("period_end").cast(pl.String))
    whole = pl.concat([pl.DataFrame(schema=schema), found.with_columns(period=period)], how="diagonal_relaxed")
    whole = whole.with_columns(
        pl.col("fifth_reason_codes").fill_null([]),
        _said("reason_codes").alias("state_reason"),
        _said("fifth_reason_codes").alias("fifth_reason"),
    )
    return whole.select(pl.col(name).cast(kind) for name, kind in schema.items()).sort(table.key)


def _said(column: str) -> pl.Expr:
    """Return the English text of a list of reasons, or null for an empty list."""
    return pl.col(column).map_elements(lambda codes: "; ".join(texts(codes, "en")) or None, return_dtype=pl.String)


def ranked(group: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of one group of metrics.rank_input with their ranks.

    The rank interval is the marginal set of each locality. The simultaneous sets show which localities differ, as
    numbers of localities that are surely better and surely worse.
    """
    places = group.height
    sign = 1 if group["direction"][0] == "up" else -1
    estimates, values, errors = _scales(group)
    ranks = nominal(sign * group["value"].to_numpy())
    simulated = simulate(estimates, np.random.default_rng(SEED), sign=sign)
    noise = np.random.default_rng(SEED).standard_normal((SET_DRAWS, places))
    low, high = _holding(ranks, rank_sets(sign * values, errors, noise, simultaneous=False))
    best, worst = _holding(ranks, rank_sets(sign * values, errors, noise, simultaneous=True))
    is_noise = reliability(values, errors) < RELIABLE
    fifth_reasons = pl.lit([NO_FIFTHS]) if is_noise else pl.col("reason_codes")
    has_fifths, is_ok = fifth_reasons.list.len() == 0, pl.col("state") == "ok"
    return group.with_columns(
        pl.lit(places).alias("n"),
        pl.when(is_ok).then(pl.Series(ranks)).alias("rank_nominal"),
        pl.Series("rank_lo", low),
        pl.Series("rank_hi", high),
        pl.Series("surely_better_n", best - 1),
        pl.Series("surely_worse_n", places - worst),
        pl.Series("rank_median", simulated.median),
        pl.Series("rank_q5", simulated.low),
        pl.Series("rank_q95", simulated.high),
        pl.when(has_fifths).then(pl.Series(simulated.top)).alias("p_topfifth"),
        pl.when(has_fifths).then(pl.Series(simulated.bottom)).alias("p_botfifth"),
        fifth_reasons.alias("fifth_reason_codes"),
        pl.Series("label", [label(*ends, places) for ends in zip(low.tolist(), high.tolist(), strict=True)]),
        pl.lit(DRAWS).alias("draws_n"),
        pl.lit(SEED).alias("seed"),
    )


def _scales(group: pl.DataFrame) -> tuple[Estimates, Floats, Floats]:
    """Return the estimates of a group, and values and errors on the scale of comparisons.

    Counts are compared by Anscombe's root, whose error is nearly independent of the count.
    """
    value, error, count, scale = (group[name].cast(pl.Float64).to_numpy() for name in ("value", "se", "n_num", "n_den"))
    match group["noise"][0]:
        case "gamma":
            return counts(count, scale), np.sqrt((count + 0.375) / scale), 0.5 / np.sqrt(scale)
        case "logit_normal":
            whole = 100 if group["unit"][0] == "pct" else 1
            return percentages(value / whole, error / whole), value, error
        case _:
            return measurements(value, error), value, error


def _holding(ranks: Integers, ends: tuple[Integers, Integers]) -> tuple[Integers, Integers]:
    """Return rank sets extended to contain the printed ranks, which may differ on the scale of small counts."""
    return np.minimum(ends[0], ranks), np.maximum(ends[1], ranks)


def reliability(values: Floats, errors: Floats) -> float:
    """Return the share of a group's spread that is not noise: 1 - mean squared error over variance, at least 0."""
    spread = float(np.var(values, ddof=1))
    return max(0.0, 1 - float(np.mean(errors**2)) / spread) if spread > 0 else 0.0


def label(low: int, high: int, places: int) -> str:
    """Return a rank set as text; a set with the middle of the group does not show in which half the place is."""
    if low <= (places + 1) / 2 <= high:
        return "not distinguishable from the middle"
    return f"between {low} and {high} of {places}"
