"""How far a list of estimates can be put in order: rank intervals by simulation, and confidence sets for ranks.

Two answers, because they answer two questions (method.md section 7.4). The simulation gives, for each place, the
ranks that are plausible given what the group as a whole looks like, and the probability of the top and bottom fifth.
The confidence sets assume nothing about the group: a place is ranked above another only where the difference is too
large for noise (Mogstad, Romano, Shaikh and Wilhelm 2024, Review of Economic Studies 91, 476).

Rank 1 is the highest value, or the lowest where low is good (`sign` -1).
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
# Draws of a group that are held at once: bounds the memory, and does not change the stream of random numbers.
BLOCK = 2_000
# Below this reliability more than half of a group's spread is noise, and no fifths are named (method.md section 5.1).
RELIABLE = 0.5
NO_FIFTHS = coded("group_mostly_noise")
TABLE = "metrics.rank_interval"
GROUP = ["metric_id", "comparable_group", "period_start", "period_end"]


@dataclass(frozen=True)
class Estimates:
    """Estimates of one group on a scale on which their noise is near to normal, with a way to draw that noise.

    `centre` and `spread` are mean and standard deviation of the noise of each estimate on that scale. `noise` is
    `logit_normal` (percentages), `gamma` (counts) or `normal`; `count` and `scale` belong to counts: a rate is the
    count divided by the scale.
    """

    noise: str
    centre: Floats
    spread: Floats
    count: Floats = field(default_factory=lambda: np.empty(0))
    scale: Floats = field(default_factory=lambda: np.empty(0))

    def draw(self, draws: int, generator: np.random.Generator) -> Floats:
        """Return draws x places of the estimates with their noise, on the scale of `centre`."""
        if self.noise == "gamma":
            counts = generator.gamma(self.count + 0.5, size=(draws, self.count.size))
            return np.asarray(np.sqrt(counts / self.scale))
        standard = generator.standard_normal((draws, self.centre.size))
        return np.asarray(self.centre + self.spread * standard)


def percentages(shares: Floats, errors: Floats) -> Estimates:
    """Return estimates from shares between 0 and 1, neither included, whose logits have normal noise."""
    return Estimates("logit_normal", logit(shares), errors / (shares * (1 - shares)))


def counts(count: Floats, scale: Floats) -> Estimates:
    """Return estimates from counts: given a count x the rate is Gamma(x + 0.5) over the scale, its root near normal."""
    root = np.exp(gammaln(count + 1) - gammaln(count + 0.5))
    spread = np.sqrt((count + 0.5 - root**2) / scale)
    return Estimates("gamma", root / np.sqrt(scale), spread, count, scale)


def measurements(values: Floats, errors: Floats) -> Estimates:
    """Return estimates with normal noise on the scale on which they are given."""
    return Estimates("normal", values, errors)


def spreads_of_group(estimates: Estimates, draws: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Return draws of the mean and the standard deviation of what a group's estimates would be without noise.

    The model is the hierarchical normal one with a flat prior on both; the standard deviation comes from its
    marginal posterior on a grid, the mean from the normal given it (Gelman et al. 2013, equations 5.20 and 5.21).
    Grid points are cell middles, so that the standard deviation is never exactly 0 and no draw ties.
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
    """Ranks of a group by simulation, one item a place; `top` and `bottom` are probabilities of the outer fifths."""

    median: Integers
    low: Integers
    high: Integers
    top: Floats
    bottom: Floats


def simulate(estimates: Estimates, generator: np.random.Generator, draws: int = DRAWS, *, sign: int = 1) -> Simulated:
    """Return the 5 %, 50 % and 95 % points of each place's rank and its probabilities of the outer fifths.

    An estimate holds noise already, so to add noise again would spread the places too far apart and their ranks too
    little. Each draw of the noise is therefore taken in towards the draw of the group's mean, by the share of the
    spread that is not noise: the draws come from what the value without noise may be, given the estimates.
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
        # The mean itself would be added to every place of a draw, and changes no rank.
        drawn += share * (estimates.centre - mean)
        drawn *= -sign
        order = np.argsort(drawn, axis=1)
        times += np.bincount((order + offsets).ravel(), minlength=places * places)
    # At [rank, place]: in how many draws the place has at most that rank.
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
    """Return each place's probability of an outer fifth, from how many of the draws had it there: never 0 or 1.

    A finite number of draws shows that something is rare, and not that it is impossible. 1 is added to each count, and
    to the draws 1 / `share`, the number of draws in which every place is once in a fifth that holds this share of the
    places: the mean under a Beta(1, 1 / share - 1) prior, whose own mean is `share`. The least value is just below
    1 / draws, and the probabilities of a group add up to the places of the fifth, as the shares of the draws do.
    """
    return np.asarray((times + 1) / (draws + 1 / share))


def _first(reached: Booleans) -> Integers:
    """Return for each place the first rank at which it has been reached."""
    return np.asarray(np.argmax(reached, axis=0) + 1)


def nominal(values: Floats) -> Integers:
    """Return each value's rank, the highest 1; equal values share the best rank that is theirs."""
    return np.asarray(1 + np.sum(values[None, :] > values[:, None], axis=1))


def rank_sets(
    values: Floats, errors: Floats, noise: Floats, *, simultaneous: bool, level: float = SET_LEVEL
) -> tuple[Integers, Integers]:
    """Return the lowest and highest rank that each place may have.

    `noise` is draws x places of standard normal numbers. A place is better than another for sure where their
    difference over its standard error exceeds the `level` quantile of the largest such difference that noise alone
    makes, over every comparison of that place (marginal: each set holds its place's rank with that probability) or
    over all comparisons (simultaneous: all sets hold all ranks). What has been settled leaves the comparisons and the
    quantile is taken again, until nothing more is settled (Romano and Wolf's step-down, as in the R package csranks).
    """
    error = np.sqrt(errors[:, None] ** 2 + errors[None, :] ** 2)
    ratio = (values[:, None] - values[None, :]) / error
    # Single precision halves the time, and the quantile of some thousand draws is not known to seven digits.
    scaled = np.ascontiguousarray((noise * errors).T, dtype=np.float32)
    settle = _better_jointly if simultaneous else _better_one_by_one
    better, worse = settle(ratio, error.astype(np.float32), scaled, level)
    return 1 + worse, values.size - better


def _noise_of(place: int, error: Singles, scaled: Singles) -> Singles:
    """Return what noise alone makes of the ratios of one place to every place, places x draws."""
    return np.asarray((scaled[place] - scaled) / error[place][:, None])


def _quantile(largest: Singles, level: float) -> float:
    return float(np.quantile(largest, level, method="higher"))


def _better_one_by_one(ratio: Floats, error: Singles, scaled: Singles, level: float) -> tuple[Integers, Integers]:
    """Return than how many places each is surely better and surely worse, each place judged by itself."""
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
    """Return than how many places each is surely better and surely worse, every comparison judged together."""
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
    """Return metrics.rank_interval from metrics.rank_input: each group by itself, all with the same seed."""
    table = pick("table", tables, TABLE)
    schema = {column.name: POLARS_TYPES[column.type] for column in table.columns}
    # The noise of a place is drawn in the order of places, whatever the order of the rows.
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
    """Return the English text of a list of reasons, null where there is none."""
    return pl.col(column).map_elements(lambda codes: "; ".join(texts(codes, "en")) or None, return_dtype=pl.String)


def ranked(group: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of one group of metrics.rank_input with their ranks.

    A rank is the marginal set, of each locality alone. The joint sets answer which localities differ, and are given as
    how many are surely better and surely worse with all comparisons judged at once.
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
    """Return the estimates of a group, and values and errors on the scale on which differences are judged.

    Counts are compared by Anscombe's root, whose error is nearly the same whatever the count.
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
    """Return rank sets that hold the ranks as printed: on their own scale small counts may change places."""
    return np.minimum(ends[0], ranks), np.maximum(ends[1], ranks)


def reliability(values: Floats, errors: Floats) -> float:
    """Return the share of a group's spread that is not noise: 1 - mean squared error over variance, at least 0."""
    spread = float(np.var(values, ddof=1))
    return max(0.0, 1 - float(np.mean(errors**2)) / spread) if spread > 0 else 0.0


def label(low: int, high: int, places: int) -> str:
    """Return a rank set in words; one that holds the middle of the group does not say in which half the place is."""
    if low <= (places + 1) / 2 <= high:
        return "not distinguishable from the middle"
    return f"between {low} and {high} of {places}"
