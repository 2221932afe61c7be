"""Monte Carlo sensitivity analysis of the composite to its data and its method (method.md 7.4).

The first level of every factor is the published choice; the others are equally valid choices. A run has one level of
each factor; the draws of a layer vary its factors and keep the others as published.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from assets.uncertainty.composite.calculation import (
    AGGREGATIONS,
    NORMALISATIONS,
    RATE,
    SMALLEST_GROUP,
    SPLITS,
    UNALLOCATED,
    Floats,
    Integers,
    Money,
    Panel,
    Rules,
    Treatment,
    aggregated,
    located_values,
    normalised,
    pillar_scores,
    treatment,
)

SEED = 20_261_122
DRAWS = 2_000
# Concentration of drawn weights around the published ones: Dirichlet of this number times the weights.
CONCENTRATION = 20
# Runs that are computed at once; limits the memory.
BLOCK = 256
DATA, METHOD = "data", "method"
LAYERS = ("combined", DATA, METHOD)

Runs = Mapping[str, Integers]


@dataclass(frozen=True)
class Factor:
    """An uncertain input or choice; `levels` are its values, the published one first."""

    name: str
    layer: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """A panel with all its draws, so that a run needs only the levels of its factors.

    `idle` are the factors that cannot change a result here, with the reason. `values` is replicates x places x
    indicators, the first without noise; `money` is replicates x rules of location x places x indicators of money;
    `weights` is replicates x pillars, the first as published.
    """

    panel: Panel
    rules: Rules
    factors: tuple[Factor, ...]
    idle: Mapping[str, str]
    values: Floats
    money: Floats | None
    weights: Floats
    treatment: Treatment

    def scores(self, runs: Runs, count: int) -> Floats:
        """Return the scores of `count` runs, runs x places; a factor that is not in `runs` is as published."""
        published = np.zeros(count, dtype=np.int64)
        levels = {name: runs.get(name, published) for name in NAMES}
        found = np.empty((count, len(self.panel.places)))
        for start in range(0, count, BLOCK):
            block = slice(start, start + BLOCK)
            found[block] = self._scores({name: level[block] for name, level in levels.items()})
        return found

    def _scores(self, runs: Runs) -> Floats:
        made = self.panel
        indicators = self._normalised(made.directed(self._values(runs)), runs)
        parts = np.ones((len(indicators), len(made.metrics)))
        is_without = runs["indicator_set"] > 0
        parts[is_without, removable(made)[runs["indicator_set"][is_without] - 1]] = 0
        pillars = pillar_scores(indicators, made.pillar, parts)
        found = np.empty(indicators.shape[:2])
        for number, how in enumerate(AGGREGATIONS):
            chosen = runs["aggregation"] == number
            found[chosen] = aggregated(pillars[chosen], self.weights[runs["weights"][chosen]], how)
        return found

    def _values(self, runs: Runs) -> Floats:
        values = self.values[runs["sampling"]]
        if self.money is not None and self.panel.money:
            money = self.panel.money
            kinds = list(money.kinds)
            splits = np.array([SPLITS.index(split) for split in ordered(SPLITS, self.rules.split)])[runs["split"]]
            rules = [rule == "pro_rata" for rule in ordered(UNALLOCATED, self.rules.unallocated)]
            spread = np.array(rules)[runs["unallocated"]]
            loose = (money.loose[kinds] * RATE[kinds, None])[:, splits].T * spread[:, None]
            located = self.money[runs["sampling"], splits] + loose[:, None, :]
            columns = list(money.columns)
            has_awards = ~np.isnan(values[:, :, columns]) & ~np.isnan(located)
            values[:, :, columns] = np.where(has_awards, located, values[:, :, columns])
        return values

    def _normalised(self, directed: Floats, runs: Runs) -> Floats:
        treated = runs["treatment"] == 0
        directed[treated] = self.treatment.apply(directed[treated])
        types = [self.panel.groups == number for number in np.unique(self.panel.groups)]
        all_places = [np.ones(len(self.panel.places), dtype=bool)]
        scores = np.empty_like(directed)
        for number, how in enumerate(NORMALISATIONS):
            for is_by_type, groups in enumerate((all_places, types)):
                chosen = np.flatnonzero((runs["normalisation"] == number) & (runs["comparator"] == is_by_type))
                for group in groups:
                    cells = np.ix_(chosen, np.flatnonzero(group))
                    scores[cells] = normalised(directed[cells], how)
        return scores


NAMES = (
    "sampling",
    "split",
    "unallocated",
    "normalisation",
    "weights",
    "aggregation",
    "treatment",
    "indicator_set",
    "comparator",
)
# Factors of method.md 7.4 without data to draw from.
NEVER_DRAWN = {
    "population": "no publisher on record gives an error of its population figures",
    "coding": "practice records are not part of the composite",
}


def ordered(choices: tuple[str, ...], published: str) -> tuple[str, ...]:
    """Return the choices with the published one first."""
    return (published, *(choice for choice in choices if choice != published))


def removable(made: Panel) -> Integers:
    """Return the indices of the indicators that may be left out: every place has another one of the same pillar."""
    return np.array(
        [
            number
            for number, pillar in enumerate(made.pillar)
            if np.delete(made.present, number, axis=1)[:, np.delete(made.pillar, number) == pillar].any(axis=1).all()
        ],
        dtype=np.int64,
    )


def model(made: Panel, rules: Rules, *, draws: int = DRAWS, seed: int = SEED) -> Model:
    """Return the model of the included places, with `draws` replicates of data and weights."""
    generator = np.random.default_rng(seed)
    weights = np.vstack([made.weights, generator.dirichlet(CONCENTRATION * made.weights, size=draws)])
    values = np.concatenate([made.values[None], noisy(made, draws, generator)])
    money = _money(made.money, draws, generator) if made.money else None
    treated = treatment(made.directed(made.values))
    factors, idle = _factors(made, rules, treated)
    return Model(made, rules, factors, idle, values, money, weights, treated)


def noisy(made: Panel, draws: int, generator: np.random.Generator) -> Floats:
    """Return values with noise, draws x places x indicators; a value without an error is unchanged.

    Percentages are normal on the logit scale, counts Gamma(x + 0.5), others normal; `_money` draws the money.
    """
    drawn = np.repeat(made.values[None], draws, axis=0)
    for number, noise in enumerate(made.noise):
        value, error, count = made.values[:, number], made.errors[:, number], made.counts[:, number]
        standard = generator.standard_normal((draws, value.size))
        if noise == "gamma":
            some = count > 0
            rate = np.median(value[some] / count[some] * made.scales[some, number]) if some.any() else 0
            gamma = generator.gamma(np.nan_to_num(count) + 0.5, size=(draws, value.size))
            with_noise = np.where(np.isnan(count), np.nan, rate * gamma / made.scales[:, number])
        elif noise == "logit_normal":
            share = value / made.wholes[number]
            spread = error / made.wholes[number] / (share * (1 - share))
            with_noise = made.wholes[number] * expit(logit(share) + spread * standard)
        else:
            with_noise = value + error * standard
        drawn[:, :, number] = np.where(np.isnan(with_noise), value, with_noise)
    return drawn


def _money(money: Money, draws: int, generator: np.random.Generator) -> Floats:
    """Return money indicators, (1 + draws) x rules x places x indicators: resampled awards, the first as published.

    Awards are resampled within place and funder. The count of awards is Gamma(x + 0.5), drawn once for all rules, so
    that a rule without effect stays idle.
    """
    found = np.empty((1 + draws, len(SPLITS), len(money.strata), len(money.kinds)))
    for split in range(len(SPLITS)):
        found[0, split] = located_values(money, split, is_pro_rata=False)
    for place, strata in enumerate(money.strata):
        pounds = np.zeros((draws, len(SPLITS)))
        parts = np.zeros(len(SPLITS))
        for amounts, shares in strata:
            again = generator.integers(0, len(amounts), size=(draws, len(amounts)))
            pounds += amounts[again].sum(axis=1)
            parts += shares.sum(axis=0)
        times = generator.gamma(parts[0] + 0.5, size=(draws, 1)) / (parts[0] + 0.5)
        both = np.stack([pounds, times * (parts + 0.5)], axis=2) / money.persons[place] * RATE
        found[1:, :, place] = both[:, :, list(money.kinds)]
    return found


def _factors(made: Panel, rules: Rules, treated: Treatment) -> tuple[tuple[Factor, ...], dict[str, str]]:
    """Return the factors that can change a result here, and the reasons why the others cannot."""
    without = tuple(f"without {made.metrics[number]}" for number in removable(made))
    alone = "there is only one pillar" if len(made.pillars) == 1 else ""
    considered = (
        (Factor("sampling", DATA, ("as published", "drawn")), ""),
        (Factor("split", DATA, ordered(SPLITS, rules.split)), _why_no_split(made.money)),
        (Factor("unallocated", DATA, ordered(UNALLOCATED, rules.unallocated)), _why_none_unallocated(made.money)),
        (Factor("normalisation", METHOD, NORMALISATIONS), ""),
        (Factor("weights", METHOD, ("as published", "drawn")), alone),
        (Factor("aggregation", METHOD, AGGREGATIONS), alone),
        (
            Factor("treatment", METHOD, ("treated", "as it is")),
            "" if treated.is_any else "no distribution needs treatment",
        ),
        (
            Factor("indicator_set", METHOD, ("all", *without)),
            "" if without else "no indicator can be left out in every locality",
        ),
        (Factor("comparator", METHOD, ("nation", "nation and type of authority")), _why_no_types(made)),
    )
    factors = tuple(factor for factor, reason in considered if not reason)
    return factors, {factor.name: reason for factor, reason in considered if reason} | NEVER_DRAWN


def _why_no_split(money: Money | None) -> str:
    if not money:
        return "the money indicators are not computed from award rows"
    located = [located_values(money, split, is_pro_rata=False) for split in range(len(SPLITS))]
    is_same = all(np.allclose(located[0], other, equal_nan=True) for other in located)
    return "every rule places the awards in the same way" if is_same else ""


def _why_none_unallocated(money: Money | None) -> str:
    has_loose = bool(money and (money.loose[list(money.kinds)] > 0).any())
    return "" if has_loose else "no unallocated money is on record"


def _why_no_types(made: Panel) -> str:
    types = [made.groups == number for number in np.unique(made.groups)]
    if len(types) < 2 or min(places.sum() for places in types) < SMALLEST_GROUP:
        return "there are not two types of authority with at least 8 localities each"
    is_known = all((made.present[places].sum(axis=0) >= 3).all() for places in types)
    return "" if is_known else "a type of authority has fewer than 3 values of an indicator"


def draw(of: Model, layer: str, *, draws: int = DRAWS, seed: int = SEED) -> dict[str, Integers]:
    """Return the levels of a layer's factors in each draw; each replicate of data and weights is used once."""
    generator = np.random.default_rng([seed, LAYERS.index(layer)])
    once = np.arange(1, draws + 1)
    return {
        factor.name: once
        if factor.name in ("sampling", "weights")
        else generator.integers(0, len(factor.levels), size=draws)
        for factor in of.factors
        if layer in ("combined", factor.layer)
    }


def named(of: Model, name: str, levels: Integers) -> list[str]:
    """Return the levels of a factor as text."""
    if name == "sampling":
        return [f"replicate {level}" if level else "as published" for level in levels]
    if name == "weights":
        weights = [zip(of.panel.pillars, of.weights[level], strict=True) for level in levels]
        return [", ".join(f"{pillar} {weight:.6f}" for pillar, weight in drawn) for drawn in weights]
    choices = next(factor.levels for factor in of.factors if factor.name == name)
    return [choices[level] for level in levels]
