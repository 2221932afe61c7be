"""Whether intervals cover what they say, on made-up populations whose truth is known: `make validation`.

Writes docs/method/validation.md. A coverage is the mean over places and populations, with twice its Monte-Carlo error;
every population has its own seed, so that the figures come out the same wherever this runs.
"""

import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from textwrap import fill

import numpy as np
from scipy import stats

from assets.uncertainty import ranks
from tests.support.sql_harness import Bench
from tests.support.synthetic_data import SHAPES, estimates

DOCUMENT = Path(__file__).parents[1] / "docs" / "method" / "validation.md"
RELIABILITIES = (0.5, 0.8, 0.95)
SIZES = (8, 32, 100)
DRAWS, SET_DRAWS = 1_000, 500


class Share:
    """A share that is counted population by population."""

    def __init__(self) -> None:
        self.shares: list[float] = []

    def add(self, hits: np.ndarray | bool) -> None:
        """Count one population: which of its places, or whether all of them, are covered."""
        self.shares.append(float(np.mean(hits)))

    @property
    def mean(self) -> float:
        """The share over all populations."""
        return float(np.mean(self.shares))

    @property
    def error(self) -> float:
        """Its Monte-Carlo error."""
        return float(np.std(self.shares, ddof=1) / np.sqrt(len(self.shares)))

    def __str__(self) -> str:
        return f"{self.mean:.1%} ± {2 * self.error:.1%}"


def plain(values: np.ndarray, errors: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the 5 % and 95 % points of ranks where noise is added to the estimates as they are."""
    drawn = values + errors * generator.standard_normal((DRAWS, values.size))
    order = np.argsort(np.argsort(-drawn, axis=1), axis=1) + 1
    low, high = np.quantile(order, [0.05, 0.95], axis=0, method="inverted_cdf")
    return low, high


def within(truth: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return which places' true rank lies in their interval."""
    rank = ranks.nominal(truth)
    return (low <= rank) & (rank <= high)


def simulated_ranks(shape: str, places: int, reliability: float, populations: int) -> tuple[Share, Share, float]:
    """Return the coverage of rank_q5 to rank_q95, that of plain added noise, and the mean width as a share."""
    ours, naive, widths = Share(), Share(), []
    for number in range(populations):
        generator = np.random.default_rng([1, SHAPES.index(shape), places, int(100 * reliability), number])
        truth, values, errors = estimates(generator, places, reliability, shape)
        found = ranks.simulate(ranks.measurements(values, errors), generator, DRAWS)
        ours.add(within(truth, found.low, found.high))
        naive.add(within(truth, *plain(values, errors, generator)))
        widths.append(np.mean(found.high - found.low + 1) / places)
    return ours, naive, float(np.mean(widths))


def rank_sets(shape: str, places: int, reliability: float, populations: int) -> tuple[Share, Share, float]:
    """Return the coverage of marginal and of simultaneous sets, and the mean width of the marginal as a share."""
    marginal, joint, widths = Share(), Share(), []
    for number in range(populations):
        generator = np.random.default_rng([2, SHAPES.index(shape), places, int(100 * reliability), number])
        truth, values, errors = estimates(generator, places, reliability, shape)
        noise = generator.standard_normal((SET_DRAWS, places))
        low, high = ranks.rank_sets(values, errors, noise, simultaneous=False)
        marginal.add(within(truth, low, high))
        joint.add(bool(within(truth, *ranks.rank_sets(values, errors, noise, simultaneous=True)).all()))
        widths.append(np.mean(high - low + 1) / places)
    return marginal, joint, float(np.mean(widths))


def surveys(places: int, respondents: int, spread: float, populations: int) -> tuple[Share, Share]:
    """Return the coverage of both for percentages of so many respondents, about 30 % with a spread on the logit."""
    simulated, sets = Share(), Share()
    for number in range(populations):
        generator = np.random.default_rng([3, places, respondents, number])
        truth = 1 / (1 + np.exp(0.85 - spread * generator.standard_normal(places)))
        asked = generator.integers(respondents // 2, 2 * respondents, places)
        share = np.clip(generator.binomial(asked, truth), 1, asked - 1) / asked
        error = np.sqrt(share * (1 - share) / asked)
        found = ranks.simulate(ranks.percentages(share, error), generator, DRAWS)
        simulated.add(within(truth, found.low, found.high))
        noise = generator.standard_normal((SET_DRAWS, places))
        sets.add(within(truth, *ranks.rank_sets(share, error, noise, simultaneous=False)))
    return simulated, sets


def counted(places: int, expected: float, spread: float, populations: int) -> tuple[Share, Share]:
    """Return the coverage of both for counts of so many in the middle, in places of unlike size."""
    simulated, sets = Share(), Share()
    for number in range(populations):
        generator = np.random.default_rng([4, places, int(expected), number])
        rate = np.exp(spread * generator.standard_normal(places))
        people = expected * generator.uniform(0.5, 2, places)
        count = generator.poisson(rate * people).astype(float)
        found = ranks.simulate(ranks.counts(count, people), generator, DRAWS)
        simulated.add(within(rate, found.low, found.high))
        noise = generator.standard_normal((SET_DRAWS, places))
        values, errors = np.sqrt((count + 0.375) / people), 0.5 / np.sqrt(people)
        sets.add(within(rate, *ranks.rank_sets(values, errors, noise, simultaneous=False)))
    return simulated, sets


def fifths(populations: int) -> list[tuple[str, int, float, float]]:
    """Return, by band of p_topfifth, the number of places, the mean probability and the share truly in that fifth."""
    said, true = [], []
    for number in range(populations):
        generator = np.random.default_rng([5, number])
        truth, values, errors = estimates(generator, 50, 0.8)
        said += ranks.simulate(ranks.measurements(values, errors), generator, DRAWS).top.tolist()
        true += (ranks.nominal(truth) <= 10).tolist()
    p, hit = np.array(said), np.array(true)
    ends = (0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.000001)
    bands = [((low <= p) & (p < high), f"{low:.1f} to {min(high, 1):.1f}") for low, high in pairwise(ends)]
    return [(name, int(band.sum()), float(p[band].mean()), float(hit[band].mean())) for band, name in bands]


def of_shares(trials: int) -> tuple[float, float]:
    """Return the mean and least coverage of Wilson's interval over shares from 5 to 95 %, worked out exactly."""
    bench = Bench()
    successes = f"range({trials + 1}) as t (x) order by x"
    rows = f"select wilson_low(x, {trials}) as l, wilson_high(x, {trials}) as h from {successes}"
    ends = np.array(bench.database.sql(rows).fetchall())
    shares = np.linspace(0.05, 0.95, 901)
    mass = stats.binom.pmf(np.arange(trials + 1)[:, None], trials, shares)
    covered = (mass * ((ends[:, :1] <= shares) & (shares <= ends[:, 1:]))).sum(axis=0)
    return float(covered.mean()), float(covered.min())


def of_counts(low: float, high: float) -> tuple[float, float]:
    """Return the mean and least coverage of a count's interval over means in a range: exact below 10, Byar from 10."""
    bench = Bench()
    rows = """
        select
            case when x < 10 then poisson_low(x) else byar_low(x) end as l,
            case when x < 10 then poisson_high(x) else byar_high(x) end as h
        from range(400) as t (x) order by x
    """
    ends = np.array(bench.database.sql(rows).fetchall())
    means = np.linspace(low, high, 901)
    mass = stats.poisson.pmf(np.arange(400)[:, None], means)
    covered = (mass * ((ends[:, :1] <= means) & (means <= ends[:, 1:]))).sum(axis=0)
    return float(covered.mean()), float(covered.min())


def compared(places: int, reliability: float, populations: int) -> dict[str, Share]:
    """Return the coverage of the intervals of metrics.value_statistic, by the query itself."""
    generator = np.random.default_rng([6, places, int(100 * reliability)])
    bench = Bench()
    codes = [f"S1299{number:04d}" for number in range(places)]
    bench.put("core.dim_locality", [{"locality_code": code, "nation": "Scotland"} for code in codes])
    rows, truths = [], []
    for number in range(populations):
        truth, values, errors = estimates(generator, places, reliability)
        truths.append(50 + 5 * truth)
        day = np.datetime64("1000-01-01") + number
        rows += [
            {"metric_id": "coh_influence_pct", "locality_code": code, "value": 50 + 5 * value, "se": 5 * error}
            | {"comparable_group": "made up", "period_start": day.item(), "period_end": day.item()}
            for code, value, error in zip(codes, values, errors, strict=True)
        ]
    bench.put("metrics.cohesion", rows)
    found: dict[str, dict[int, list[bool]]] = {"empirical_bayes": {}, "normal_difference": {}}
    for row in bench.make("metrics.value_statistic"):
        number = int((np.datetime64(row["period_start"]) - np.datetime64("1000-01-01")).astype(int))
        place, truth = codes.index(row["locality_code"]), truths[number]
        others = np.delete(truth, place).mean()
        for method, name, aim in (
            ("empirical_bayes", "shrunk", truth[place]),
            ("normal_difference", "group_difference", truth[place] - others),
        ):
            if row[f"{name}_lci"] is not None:
                is_held = row[f"{name}_lci"] <= aim <= row[f"{name}_uci"]
                found[method].setdefault(number, []).append(is_held)
    shares = {name: Share() for name in found}
    for name, by_population in found.items():
        for hits in by_population.values():
            shares[name].add(np.array(hits))
    return shares


def prose(text: str) -> str:
    """Return paragraphs wrapped for the document."""
    parts = [" ".join(part.split()) for part in text.strip().split("\n\n")]
    return "\n\n".join(part if part.startswith("#") else fill(part, 120) for part in parts) + "\n"


def table(headings: list[str], rows: Iterator[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def sections(say: Callable[[str], None], scale: float = 1) -> Iterator[str]:
    """Yield the document part by part; `scale` shortens everything for a quick look."""
    many, fewer = int(400 * scale), int(200 * scale)
    yield prose(
        """
        # Coverage of the intervals

        <!-- Made by `make validation` (tests/validation.py); edit that, not this file. -->

        The populations are synthetic, so the true values are known. Places are estimated with errors of known size. The
        coverage is the share of intervals that contain the true value, with twice its Monte Carlo error. Reliability is
        the share of the spread between places that is not noise.
        """
    )
    say("simulated ranks")
    yield prose(
        """
        ## The 90 % interval of a simulated rank, `rank_q5` to `rank_q95`

        An estimate already contains noise. Adding noise to the estimate itself (the column *plain*) spreads the places
        too far, and the coverage is too low. So each draw is shrunk towards the mean of the group by the share that is
        noise, with the spread of the group drawn from its posterior (Gelman et al. 2013, section 5.4). In normally
        distributed groups the coverage is then 90 % or more: ranks are whole numbers, and in a small group no interval
        covers exactly 90 %. In skewed groups it is one or two points lower. If a group consists of clusters whose
        places hardly differ, the order within a cluster is arbitrary and the coverage is clearly too low; the
        confidence set below covers there, too.
        """
    )
    yield table(
        ["shape", "places", "reliability", "coverage", "plain", "mean width"],
        (
            [shape, str(places), f"{reliability:g}", str(ours), str(naive), f"{width:.0%} of the group"]
            for shape in SHAPES[:3]
            for places in SIZES
            for reliability in RELIABILITIES
            for ours, naive, width in [simulated_ranks(shape, places, reliability, many if places < 100 else fewer)]
        ),
    )
    say("rank sets")
    yield prose(
        """
        ## The 95 % confidence sets, `rank_lo` to `rank_hi`

        The sets make no assumption about the shape, and their coverage is at least the stated one, mostly almost 100 %,
        because a set is narrowed only by a significant difference. The hardest case is equal places, where every
        narrowing is wrong: there the simultaneous sets contain all ranks in 95 % of the populations, and no more. The
        column *all at once* is the share of populations in which they contain the rank of every place.
        """
    )
    yield table(
        ["shape", "places", "reliability", "each place", "all at once", "mean width"],
        (
            [shape, str(places), f"{reliability:g}", str(marginal), str(joint), f"{width:.0%} of the group"]
            for shape in SHAPES
            for places in SIZES
            for reliability in (*RELIABILITIES, 0.999)
            for marginal, joint, width in [rank_sets(shape, places, reliability, many if places < 100 else fewer // 4)]
        ),
    )
    say("surveys and counts")
    yield prose(
        """
        ## With the noise of surveys and of counts

        Percentages of a binomial sample with the error that a survey publishes; counts of a Poisson process in places
        of different size, some with a count of zero.
        """
    )
    yield table(
        ["source", "places", "90 % interval", "95 % set"],
        (
            [source, str(places), str(simulated), str(sets)]
            for places in (8, 32)
            for source, (simulated, sets) in (
                ("survey, 100 respondents", surveys(places, 100, 0.5, many)),
                ("survey, 500 respondents", surveys(places, 500, 0.5, many)),
                ("counts of about 3", counted(places, 3, 0.5, many)),
                ("counts of about 30", counted(places, 30, 0.5, many)),
            )
        ),
    )
    say("fifths")
    yield prose(
        """
        ## The probability of the first fifth

        Of the places with a `p_topfifth` of 0.7 to 0.9, the same share should truly be in the first fifth. Groups of
        50, normal, reliability 0.8.
        """
    )
    yield table(
        ["p_topfifth", "places", "mean of it", "truly in the first fifth"],
        ([name, f"{places:,}", f"{p:.3f}", f"{hit:.3f}"] for name, places, p, hit in fifths(many)),
    )
    say("intervals")
    yield prose(
        """
        ## The 95 % intervals of values

        The coverage of Wilson's interval and of the interval of a count is computed exactly over a range of true
        values, with the project's macros; counts are whole numbers, so it varies about its mean. The others are
        simulated, with the project's query. The intervals of the empirical Bayes estimate include the errors of the
        group's mean and spread (Morris 1983).
        """
    )
    yield table(
        ["interval", "of", "coverage", "least"],
        iter(
            [
                *(
                    [
                        f"Wilson, {trials} trials",
                        "shares of 5 to 95 %",
                        *(f"{share:.1%}" for share in of_shares(trials)),
                    ]
                    for trials in (20, 50, 200)
                ),
                *(
                    [
                        "exact below 10, Byar from 10",
                        f"means of {low} to {high}",
                        *(f"{s:.1%}" for s in of_counts(low, high)),
                    ]
                    for low, high in ((1, 10), (10, 30), (30, 200))
                ),
                *(
                    [f"{name.replace('_', ' ')}, {places} places", f"reliability {reliability}", str(share), ""]
                    for places in (8, 32)
                    for reliability in (0.5, 0.8)
                    for name, share in compared(places, reliability, fewer).items()
                ),
            ]
        ),
    )


def main() -> None:
    """Write the document."""
    text = "\n".join(sections(lambda what: print(what, file=sys.stderr)))
    DOCUMENT.write_text(text, "utf-8")
    print(f"{DOCUMENT} written.")


if __name__ == "__main__":
    main()
