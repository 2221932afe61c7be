"""The composite of conditions: screen, bounds, treatment, normalisation, weights and aggregation (method.md 7.3).

No random numbers are drawn here: scores are computed from values, choices and weights.
`assets.uncertainty.composite.simulation` analyses the effect of the choices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import kurtosis, rankdata, skew

from warehouse.catalogue.reason_text import coded

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Missing = Literal["two_thirds", "complete", "present", "median"]

NORMALISATIONS = ("normal_score", "min_max", "z")
AGGREGATIONS = ("geometric", "arithmetic", "copeland")
SPLITS = ("population", "equal", "recipient")
UNALLOCATED = ("none", "pro_rata")
# The indicators that are computed from awards, and the number of residents in their unit.
MONEY = ("fun_per_head", "fun_n_rate")
RATE = np.array([1.0, 10_000.0])
# Distributions beyond both are treated, up to five values each (COINr, after the OECD and JRC handbook of 2008).
MAX_SKEW, MAX_KURTOSIS, MAX_WINSORISED = 2.0, 3.5, 5
SMALLEST_GROUP = 8


@dataclass(frozen=True)
class Rules:
    """The rules that a user may choose: weights of the pillars by id, missing data, and location of money."""

    weights: Mapping[str, float]
    missing: Missing
    split: str
    unallocated: str


@dataclass(frozen=True)
class Money:
    """Awards by place and funder for the indicators of money, under each rule of location.

    `columns` are the numbers of the indicators in the panel and `kinds` their numbers in `MONEY`. `strata` has for
    each place the awards of each funder: pounds and parts of an award, each awards x rules. `loose` is the money
    without a place under each rule, per resident of the UK: pounds and parts of an award, 2 x rules.
    """

    columns: tuple[int, ...]
    kinds: tuple[int, ...]
    strata: tuple[tuple[tuple[Floats, Floats], ...], ...]
    persons: Floats
    loose: Floats


@dataclass(frozen=True)
class Panel:
    """The included localities of one nation, with their indicators and the signs that make higher values better.

    `values` is places x indicators, NaN if missing; `errors`, `counts` and `scales` are the parameters of the noise,
    whose distribution is `noise`. `pillar` numbers the pillar of each indicator, `groups` the type of
    authority of each place.
    """

    nation: str
    places: tuple[str, ...]
    metrics: tuple[str, ...]
    pillar: Integers
    pillars: tuple[str, ...]
    weights: Floats
    signs: Floats
    logged: Booleans
    noise: tuple[str, ...]
    wholes: Floats
    groups: Integers
    values: Floats
    errors: Floats
    counts: Floats
    scales: Floats
    money: Money | None

    @property
    def present(self) -> Booleans:
        """Whether each locality has each indicator."""
        return ~np.isnan(self.values)

    def only(self, rows: Booleans | Integers) -> "Panel":
        """Return the panel of some of the places."""
        chosen = np.arange(len(self.places))[rows]
        money = self.money and replace(
            self.money, strata=tuple(self.money.strata[row] for row in chosen), persons=self.money.persons[chosen]
        )
        return replace(
            self,
            places=tuple(self.places[row] for row in chosen),
            groups=self.groups[chosen],
            values=self.values[chosen],
            errors=self.errors[chosen],
            counts=self.counts[chosen],
            scales=self.scales[chosen],
            money=money,
        )

    def directed(self, values: Floats) -> Floats:
        """Return values (... x indicators) with logarithms and signs, so that higher is better."""
        return np.asarray(np.where(self.logged, np.log1p(np.maximum(values, 0)), values) * self.signs)


def panel(nation: str, rows: pl.DataFrame, awards: pl.DataFrame, rules: Rules, pillars: Sequence[str]) -> Panel:
    """Return all localities of a nation, with the indicators that at least 8 of them have.

    `rows` is metrics.composite_input and `awards` metrics.composite_award, both of all nations; `pillars` fixes the
    order. A pillar without weight is left out.
    """
    active = [pillar for pillar in pillars if rules.weights[pillar] > 0]
    own = rows.filter((pl.col("nation") == nation) & (pl.col("role") == "indicator"))
    known = own.filter(
        pl.col("pillar_id").is_in(active)
        & (pl.col("value").is_not_null().sum().over("metric_id") >= SMALLEST_GROUP)
        & pl.col("value").is_not_null()
    )
    places = tuple(own["locality_code"].unique().sort())
    metrics = tuple(known["metric_id"].unique().sort())
    described = {row["metric_id"]: row for row in known.iter_rows(named=True)}
    types = dict(own.select("locality_code", "comparable_group").iter_rows())
    names = sorted(set(types.values()))
    weights = np.array([rules.weights[pillar] for pillar in active])

    def table(column: str) -> Floats:
        named = known.select("locality_code", "metric_id", column).iter_rows()
        cells = {(code, metric): cell for code, metric, cell in named}
        found = [[cells.get((code, metric)) for metric in metrics] for code in places]
        return np.array(found, dtype=float).reshape(len(places), len(metrics))

    made = Panel(
        nation=nation,
        places=places,
        metrics=metrics,
        pillar=np.array([active.index(described[metric]["pillar_id"]) for metric in metrics], dtype=np.int64),
        pillars=tuple(active),
        weights=weights / weights.sum(),
        signs=np.array([-1.0 if described[metric]["direction"] == "down" else 1.0 for metric in metrics]),
        logged=np.array([described[metric]["is_logged"] for metric in metrics], dtype=bool),
        noise=tuple(described[metric]["noise"] for metric in metrics),
        wholes=np.array([100.0 if described[metric]["unit"] == "pct" else 1.0 for metric in metrics]),
        groups=np.array([names.index(types[code]) for code in places], dtype=np.int64),
        values=table("value"),
        errors=table("se"),
        counts=table("n_num"),
        scales=table("n_den"),
        money=None,
    )
    residents = float(rows.select("locality_code", "population_persons").unique()["population_persons"].sum())
    money = _money(made, known, awards, residents)
    if not money:
        return made
    values = made.values.copy()
    located = located_values(money, SPLITS.index(rules.split), rules.unallocated == "pro_rata")
    values[:, money.columns] = np.where(made.present[:, money.columns], located, np.nan)
    return replace(made, values=values, money=money)


def _money(made: Panel, known: pl.DataFrame, awards: pl.DataFrame, residents: float) -> Money | None:
    """Return the awards behind the indicators of money, or None if not all of them are award rows."""
    metrics = [metric for metric in MONEY if metric in made.metrics]
    columns = tuple(made.metrics.index(metric) for metric in metrics)
    period = known.filter(pl.col("metric_id").is_in(metrics)).select("period_start", "period_end").unique()
    if not metrics or period.height > 1:
        return None
    used = awards.join(period, on=["period_start", "period_end"]).sort("award_key")
    strata: dict[str, list[tuple[Floats, Floats]]] = {}
    loose = np.zeros((len(MONEY), len(SPLITS)))
    for (place, _), group in used.group_by(["locality_code", "funder_id"], maintain_order=True):
        parts = group.select(f"{split}_weight" for split in SPLITS).to_numpy().astype(float)
        pounds = parts * group["amount_gbp"].to_numpy()[:, None]
        if place == "unallocated":
            loose += np.array([pounds.sum(axis=0), parts.sum(axis=0)])
        else:
            strata.setdefault(str(place), []).append((pounds, parts))
    money = Money(
        columns=columns,
        kinds=tuple(MONEY.index(metric) for metric in metrics),
        strata=tuple(tuple(strata.get(place, [])) for place in made.places),
        persons=made.scales[:, columns[0]],
        loose=loose / residents,
    )
    published = made.values[:, columns]
    known_here = ~np.isnan(published)
    is_whole = np.allclose(located_values(money, 0, False)[known_here], published[known_here], rtol=1e-6)
    return money if is_whole else None


def located_values(money: Money, split: int, is_pro_rata: bool) -> Floats:
    """Return the indicators of money, places x indicators, for a rule of location and one for unallocated money."""
    sums = np.array(
        [[sum(part[kind][:, split].sum() for part in strata) for kind in money.kinds] for strata in money.strata]
    ).reshape(len(money.strata), len(money.kinds))
    kinds = list(money.kinds)
    each = sums / money.persons[:, None] + is_pro_rata * money.loose[kinds, split]
    return np.asarray(each * RATE[kinds])


@dataclass(frozen=True)
class Screen:
    """Whether each place is included and, if not, the reason with its arguments."""

    enters: Booleans
    reasons: tuple[str | None, ...]


def screen(made: Panel, missing: Missing, small: frozenset[str]) -> Screen:
    """Return which places are included (method.md 7.3, step 1); `small` have fewer than 20,000 residents."""
    reasons: list[str | None] = []
    for row, place in zip(made.present, made.places, strict=True):
        reason = None
        if place in small and missing in ("two_thirds", "complete"):
            reason = coded("screen_residents")
        for number, pillar in enumerate(made.pillars):
            of_pillar = row[made.pillar == number]
            needed = {
                "two_thirds": ceil(2 * of_pillar.size / 3 - 1e-9),
                "complete": of_pillar.size,
                "present": 1,
                "median": 1,
            }[missing]
            if of_pillar.sum() < max(1, needed):
                reason = reason or coded("screen_indicators", of_pillar.sum(), of_pillar.size, pillar)
        reasons.append(reason)
    return Screen(np.array([reason is None for reason in reasons]), tuple(reasons))


def imputed(made: Panel) -> Panel:
    """Return the panel with missing values imputed by the median of the group; for what-if only."""
    middle = np.nanmedian(made.values, axis=0)
    return replace(made, values=np.where(made.present, made.values, middle))


@dataclass(frozen=True)
class Treatment:
    """How long tails of indicators are treated: by caps or, if these are not enough, by a logarithm.

    The logarithm is of the distance from `origin`, which is just beyond the end without the tail; `tail` is 1 for a
    long upper tail, -1 for a long lower one.
    """

    low: Floats
    high: Floats
    origin: Floats
    tail: Floats

    def apply(self, values: Floats) -> Floats:
        """Return treated values (... x indicators); indicators without treatment are unchanged."""
        capped = np.clip(values, self.low, self.high)
        taken = self.tail * np.log(np.maximum(self.tail * (values - self.origin), 1e-12))
        return np.where(np.isnan(self.origin), capped, taken)

    @property
    def is_any(self) -> bool:
        """Whether any indicator is treated."""
        return bool(np.isfinite(self.low).any() or np.isfinite(self.high).any() or (~np.isnan(self.origin)).any())


def treatment(directed: Floats) -> Treatment:
    """Return the treatment of directed values, places x indicators (method.md 7.3, step 3).

    Indicators with both a skew beyond 2 and an excess kurtosis above 3.5 are treated: up to five outermost values are
    set to the next value and, if that is not enough, a logarithm is used (see `Treatment`).
    """
    indicators = directed.shape[1]
    low, high = np.full(indicators, -np.inf), np.full(indicators, np.inf)
    origin, tails = np.full(indicators, np.nan), np.ones(indicators)
    for number in range(indicators):
        values = np.sort(directed[:, number][~np.isnan(directed[:, number])])
        for taken in range(MAX_WINSORISED + 1):
            tail = _tail(values)
            if tail == 0:
                break
            if taken == MAX_WINSORISED:
                low[number], high[number] = -np.inf, np.inf
                least, most = np.nanmin(directed[:, number]), np.nanmax(directed[:, number])
                beyond = 0.01 * (most - least)
                origin[number] = least - beyond if tail > 0 else most + beyond
                tails[number] = tail
                break
            if tail > 0:
                high[number] = values[values < values[-1]][-1]
            else:
                low[number] = values[values > values[0]][0]
            values = np.clip(values, low[number], high[number])
    return Treatment(low, high, origin, tails)


def _tail(values: Floats) -> int:
    """Return 1 if the upper tail needs treatment, -1 if the lower tail does, else 0."""
    if values.size < SMALLEST_GROUP or values[0] == values[-1]:
        return 0
    lean = float(skew(values, bias=False))
    return int(np.sign(lean)) if abs(lean) > MAX_SKEW and float(kurtosis(values, bias=False)) > MAX_KURTOSIS else 0


def normalised(values: Floats, how: str) -> Floats:
    """Return values (draws x places x indicators, missing as NaN) on a scale from 1 to 100, relative to the places.

    Normal scores of the ranks (Blom) and standardised values have mean 50.5 and standard deviation 16.5, clipped at
    three standard deviations; `min_max` scales each indicator from its minimum to its maximum.
    """
    present = ~np.isnan(values)
    if how == "min_max":
        low, high = np.nanmin(values, axis=1, keepdims=True), np.nanmax(values, axis=1, keepdims=True)
        spread = np.where(high > low, high - low, 1)
        return np.asarray(np.where(present, np.where(high > low, 1 + 99 * (values - low) / spread, 50.5), np.nan))
    if how == "normal_score":
        ranks = rankdata(values, axis=1, nan_policy="omit")
        scores = ndtri((ranks - 0.375) / (present.sum(axis=1, keepdims=True) + 0.25))
    else:
        deviation = np.nanstd(values, axis=1, ddof=1, keepdims=True)
        scores = (values - np.nanmean(values, axis=1, keepdims=True)) / np.where(deviation > 0, deviation, 1)
    return np.asarray(np.clip(50.5 + 16.5 * scores, 1, 100))


def pillar_scores(scores: Floats, pillar: Integers, parts: Floats) -> Floats:
    """Return pillar scores, draws x places x pillars: the weighted mean of the indicators that a place has.

    `scores` is draws x places x indicators; `parts` is draws x indicators, the weight of each within its pillar.
    """
    present = ~np.isnan(scores)
    weighted = np.where(present, scores, 0) * parts[:, None, :]
    weights = present * parts[:, None, :]
    return np.stack(
        [
            weighted[:, :, pillar == number].sum(axis=2) / weights[:, :, pillar == number].sum(axis=2)
            for number in range(pillar.max() + 1)
        ],
        axis=2,
    )


def aggregated(pillars: Floats, weights: Floats, how: str) -> Floats:
    """Return the score of each place, draws x places, from 1 to 100; `weights` is draws x pillars and sums to 1.

    Copeland's score is the share of the other places that a place beats by the weight of the pillars in which it is
    better; a millionth of the arithmetic mean is added to break its many ties.
    """
    if how == "geometric":
        return np.asarray(np.exp(np.einsum("dnp,dp->dn", np.log(pillars), weights)))
    mean = np.asarray(np.einsum("dnp,dp->dn", pillars, weights))
    if how == "arithmetic":
        return mean
    places = pillars.shape[1]
    scores = np.empty_like(mean)
    for draw, (of_places, of_pillars) in enumerate(zip(pillars, weights, strict=True)):
        balance = np.sign(of_places[:, None, :] - of_places[None, :, :]) @ of_pillars
        wins = np.where(np.abs(balance) < 1e-12, 0, np.sign(balance)).sum(axis=1)
        scores[draw] = 1 + 99 * (wins / max(places - 1, 1) + 1) / 2
    return scores + 1e-6 * mean


def ranks_of(scores: Floats) -> Integers:
    """Return the ranks of scores, draws x places, within each draw; the highest is 1, ties share the best rank."""
    return np.asarray(rankdata(-scores, method="min", axis=1), dtype=np.int64)


def baseline(made: Panel, values: Floats) -> tuple[Floats, Floats]:
    """Return the scores of places by the published method, and their normalised indicators."""
    scores = normalised(made.directed(values)[None], NORMALISATIONS[0])
    pillars = pillar_scores(scores, made.pillar, np.ones((1, len(made.metrics))))
    return aggregated(pillars, made.weights[None], AGGREGATIONS[0])[0], scores[0]


def bounds(made: Panel, enters: Booleans) -> Floats:
    """Return the lowest and highest possible score of each place, places x 2; NaN if it has every indicator.

    Missing values are replaced by the minimum and then by the maximum of the included places (after Manski 2003).
    """
    found = np.full((len(made.places), 2), np.nan)
    if not enters.any():
        return found
    entered = made.values[enters]
    ends = np.sort(np.stack([np.nanmin(entered, axis=0), np.nanmax(entered, axis=0)]) * made.signs, axis=0) * made.signs
    for place in np.flatnonzero(~made.present.all(axis=1)):
        others = made.values[enters & (np.arange(len(made.places)) != place)]
        for end in (0, 1):
            own = np.where(made.present[place], made.values[place], ends[end])
            found[place, end] = baseline(made, np.vstack([others, own]))[0][-1]
    return found
