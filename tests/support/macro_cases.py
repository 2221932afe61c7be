"""What the statistical macros of `sql/macros` must give, each from another way to it: scipy, statsmodels, networkx
or the definition written out. The tests hold the macros to these, and `tests.macro_mutants` sees that every part of a
macro is held. Rows are made up.
"""

from collections.abc import Iterator
from math import comb, sqrt
from typing import Any, NamedTuple

import networkx
import numpy as np
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

Z = float(stats.norm.ppf(0.975))
LIMIT = 1e-8  # of the limits and quantiles that stand as numbers


class Case(NamedTuple):
    """An expression, what it must give, over which rows, and how near a number must come (0: to the last digit)."""

    expression: str
    expected: Any
    rows: str = "(values (1)) as nothing (x)"
    near: float = 1e-10


def holds(found: Any, case: Case) -> bool:
    """Return whether what was found is what the case says."""
    if found is None or case.expected is None or isinstance(case.expected, str | bool):
        return found is case.expected or (found is not None and found == case.expected)
    return abs(float(found) - case.expected) <= case.near * max(1.0, abs(case.expected))


def table(columns: str, *rows: tuple[float | None, ...]) -> str:
    """Return rows of doubles as SQL."""
    cells = (", ".join("null" if cell is None else f"{cell!r}::double" for cell in row) for row in rows)
    return f"(values {', '.join(f'({row})' for row in cells)}) as t ({columns})"


def stable_sum() -> Iterator[Case]:
    # Only in rising order do these add up to this last digit.
    for rows in ((0.1, 1e8, 0.3, -1e8, 0.7), (1e8, 0.7, -1e8, 0.3, 0.1)):
        expected = sum(sorted(rows))
        yield Case("stable_sum(x)", expected, table("x", *((number,) for number in rows)), near=0)
    yield Case("stable_sum(x)", 3.0, table("x", (1,), (None,), (2,)))
    yield Case("stable_sum(x)", None, table("x", (None,)))


def exact_sum() -> Iterator[Case]:
    for rows in ((0.1, 1e8, 0.3, -1e8, 0.7), (1e8, 0.7, -1e8, 0.3, 0.1)):
        yield Case("exact_sum(cast(x as decimal(38, 9)))", 1.1, table("x", *((number,) for number in rows)), near=0)
    yield Case("exact_sum(cast(x as decimal(38, 9)))", None, table("x", (None,)))


def wilson(name: str, end: int) -> Iterator[Case]:
    for successes, trials in (
        (52, 100),
        (1, 20),
        (2, 3),
        (6, 10),
        (0.5, 4.5),
        (19, 20),
        (0, 20),
        (20, 20),
        (1, 1),
        (0, 1),
    ):
        found = float(proportion_confint(successes, trials, method="wilson")[end])
        expected = 0.0 if successes == 0 and end == 0 else 1.0 if successes == trials and end == 1 else found
        yield Case(f"{name}({successes}, {trials})", expected, near=0 if expected in (0, 1) else 1e-10)
    for impossible in ("0, 0", "-1, 5", "6, 5", "-0.5, -1", "null, 5", "1, null", "0.5, 0.25"):
        yield Case(f"{name}({impossible})", None)


def byar(name: str, sign: int) -> Iterator[Case]:
    for events in (10, 12.5, 40, 1000):
        x = events + (sign > 0)
        yield Case(f"{name}({events})", x * (1 - 1 / (9 * x) + sign * Z / (3 * sqrt(x))) ** 3)
    yield Case(f"{name}(9.999)", None)
    yield Case(f"{name}(null)", None)


def poisson_low() -> Iterator[Case]:
    for events in range(10):
        yield Case(
            f"poisson_low({events})", float(stats.chi2.ppf(0.025, 2 * events)) / 2 if events else 0.0, near=LIMIT
        )
    yield Case("poisson_low(3.9)", float(stats.chi2.ppf(0.025, 6)) / 2, near=LIMIT)
    yield Case("poisson_low(10)", None)
    yield Case("poisson_low(null)", None)


def poisson_high() -> Iterator[Case]:
    for events in range(11):
        yield Case(f"poisson_high({events})", float(stats.chi2.ppf(0.975, 2 * events + 2)) / 2, near=LIMIT)
    yield Case("poisson_high(3.1)", float(stats.chi2.ppf(0.975, 10)) / 2, near=LIMIT)
    yield Case("poisson_high(11)", None)
    yield Case("poisson_high(null)", None)


def student_975() -> Iterator[Case]:
    # Abramowitz and Stegun 26.7.5, by the polynomials themselves.
    terms = (
        (Z**3 + Z) / 4,
        (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
        (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
        (79 * Z**9 + 776 * Z**7 + 1482 * Z**5 - 1920 * Z**3 - 945 * Z) / 92160,
    )
    for freedom in (10, 11, 13.5, 40, 1000):
        expected = Z + sum(term / freedom**power for power, term in enumerate(terms, start=1))
        yield Case(f"student_975({freedom})", expected, near=5e-11)
    for freedom in range(1, 10):
        yield Case(f"student_975({freedom})", float(stats.t.ppf(0.975, freedom)), near=LIMIT)
    for freedom in (10, 50):
        yield Case(f"student_975({freedom})", float(stats.t.ppf(0.975, freedom)), near=5e-5)
    for undefined in ("0", "0.5", "9.5", "null"):
        yield Case(f"student_975({undefined})", None)


def concentration_index() -> Iterator[Case]:
    pounds, persons = np.array([50e3, 30e3, 20e3]), np.array([5, 10, 20])
    middle = (np.cumsum(persons) - persons / 2) / persons.sum()
    each = np.repeat(pounds / persons, persons)
    rank = np.repeat(middle, persons)
    expected = 2 * float(np.cov(each, rank, bias=True)[0, 1]) / float(each.mean())
    rows = table("gbp, mid_rank", *zip(pounds.tolist(), middle.tolist(), strict=True))
    yield Case("concentration_index(gbp, mid_rank)", expected, rows)
    for gbp in (0.0, None):
        yield Case("concentration_index(gbp, mid_rank)", None, table("gbp, mid_rank", (gbp, 0.25), (gbp, 0.75)))


def shares(name: str, amounts: tuple[float, ...], expected: float | None) -> Case:
    return Case(f"{name}(x)", expected, table("x", *((amount,) for amount in amounts)))


def hhi() -> Iterator[Case]:
    for amounts in ((60.0, 30.0, 10.0), (5.0,), (0.5, 0.25, 7.0, 3.0)):
        yield shares("hhi", amounts, sum((amount / sum(amounts)) ** 2 for amount in amounts))
    yield shares("hhi", (0.0, 0.0), None)


def hhi_normalised() -> Iterator[Case]:
    for amounts in ((60, 30, 10), (1, 1, 1, 1), (7, 3)):
        parts, n = np.array(amounts) / sum(amounts), len(amounts)
        # n / (n - 1) times the squared distances from an even split.
        expected = float(((parts - 1 / n) ** 2).sum()) * n / (n - 1)
        yield Case(f"hhi_normalised({float((parts**2).sum())!r}::double, {n})", expected)
    yield Case("hhi_normalised(1e0, 1)", None)


def hill_1() -> Iterator[Case]:
    for counts in ((4.0, 2.0, 1.0, 1.0), (0.5, 1.5), (3.0,)):
        yield shares("hill_1", counts, float(np.exp(stats.entropy(counts))))


def hill_2() -> Iterator[Case]:
    for counts in ((4.0, 2.0, 1.0, 1.0), (0.5, 1.5), (3.0,)):
        yield shares("hill_2", counts, 1 / sum((count / sum(counts)) ** 2 for count in counts))
    yield shares("hill_2", (0.0,), None)


def chance_seen() -> Iterator[Case]:
    for records, touching, drawn in (
        (8, 3, 4),
        (8, 1, 5),
        (12, 6, 2),
        (8, 3, 8),
        (8, 4, 4),
        (8, 5, 4),
        (5, 5, 1),
        (8, 2, 0),
    ):
        unseen = comb(records - touching, drawn) / comb(records, drawn)
        yield Case(f"chance_seen({records}, {touching}, {drawn})", 1 - unseen)
    yield Case("chance_seen(8, 3, 9)", None)


def chao_1() -> Iterator[Case]:
    yield Case("chao_1(4, 8, 2, 1)", 4 + 7 / 8 * 2**2 / 2)
    yield Case("chao_1(9, 20, 3, 4)", 9 + 19 / 20 * 3**2 / 8)
    yield Case("chao_1(5, 5, 5, 0)", 5 + 4 / 5 * 5 * 4 / 2)
    yield Case("chao_1(6, 12, 3, 0)", 6 + 11 / 12 * 3 * 2 / 2)
    yield Case("chao_1(0, 0, 0, 0)", None)


def good_turing_coverage() -> Iterator[Case]:
    for n, once, twice in ((8, 2, 1), (20, 3, 4), (30, 7, 2)):
        yield Case(
            f"good_turing_coverage({n}, {once}, {twice})", 1 - once / n * (n - 1) * once / ((n - 1) * once + 2 * twice)
        )
    for n, once in ((5, 5), (12, 3), (9, 1), (2, 2)):
        unseen = once / n * (n - 1) * (once - 1) / ((n - 1) * (once - 1) + 2)
        yield Case(f"good_turing_coverage({n}, {once}, 0)", 1 - unseen)
    yield Case("good_turing_coverage(1, 1, 0)", None)


def expected_cells() -> Iterator[Case]:
    for cells in (16, 5):
        expected = 0.0
        for records in range(1, 13):
            expected += 1 - expected / cells
            yield Case(f"expected_cells({records}, {cells})", expected)


def extent_weight() -> Iterator[Case]:
    for percentile in (1, 9.5, 10, 11, 15.5, 20, 29.5, 30):
        weight = 1.0 if percentile <= 10 else float(np.interp(percentile, [11, 30], [0.95, 0.05]))
        yield Case(f"extent_weight({percentile})", weight)
    yield Case("extent_weight(30.001)", 0.0)
    yield Case("extent_weight(99)", 0.0)
    yield Case("extent_weight(null)", None)


def n_eff() -> Iterator[Case]:
    for share, respondents in ((0.52, 384), (0.1, 50)):
        yield Case(f"n_eff({share}, {sqrt(share * (1 - share) / respondents)!r}::double)", float(respondents))
    yield Case("n_eff(0.5, 0)", None)


def network_density() -> Iterator[Case]:
    for graph in (networkx.wheel_graph(6), networkx.path_graph(3), networkx.complete_graph(7)):
        nodes, edges = graph.number_of_nodes(), graph.number_of_edges()
        yield Case(f"network_density({nodes}, {edges})", networkx.density(graph))
    yield Case("network_density(2, 1)", None)


def se_from_ci() -> Iterator[Case]:
    yield Case("se_from_ci(47, 57)", 10 / 2 / Z)
    yield Case("se_from_ci(-1.5, 0.25)", 1.75 / 2 / Z)


def se_from_rounded_ci() -> Iterator[Case]:
    # Each bound has the variance of a number rounded to a whole one.
    rounding = float(stats.uniform.var())
    for low, high in ((60, 60), (47, 57), (3, 4)):
        yield Case(f"se_from_rounded_ci({low}, {high})", sqrt((high - low) ** 2 + 2 * rounding) / 2 / Z)


def reliability() -> Iterator[Case]:
    ends = (("precise", 0.05), ("reasonable", 0.10), ("acceptable", 0.20), ("use_caution", 0.9))
    for number, (band, end) in enumerate(ends):
        above = ends[number - 1][1] if number else 0.0
        for share in (end, above + 1e-9 if number else 0.0):
            for value in (1.0, -4.0, 0.125):
                yield Case(f"reliability({value}::double, {share * abs(value)!r}::double, null)", band)
                yield Case(f"reliability({value}::double, {share * abs(value)!r}::double, 50)", band)
    # By the size alone 1 / sqrt(n): 400 is 5 %, 100 is 10 %; fewer than 50 are too few whatever the error.
    for size, band in (
        (401, "precise"),
        (400, "precise"),
        (399, "reasonable"),
        (101, "reasonable"),
        (99, "acceptable"),
    ):
        yield Case(f"reliability(0.5, null, {size})", band)
        yield Case(f"reliability(0e0, 0.001e0, {size})", band)
    yield Case("reliability(0.5, null, 50)", "acceptable")
    yield Case("reliability(0.5, 0.0001, 49.9)", "unreliable")
    yield Case("reliability(100e0, 1e0, 50)", "precise")
    for unknown in ("null, 3, 60", "null, 3, 40", "5, null, null", "0, 3, null"):
        yield Case(f"reliability({unknown})", None)


def compared_by_interval() -> Iterator[Case]:
    compared = (
        ("0.1, 2", "higher"),
        ("0, 2", "similar"),
        ("-2, 0", "similar"),
        ("-2, -0.1", "lower"),
        ("-1, 1", "similar"),
    )
    for ends, reading in compared:
        yield Case(f"compared_by_interval({ends})", reading)
    for ends in ("null, null", "null, 1", "-1, null"):
        yield Case(f"compared_by_interval({ends})", "withheld")


def is_mostly_unknown() -> Iterator[Case]:
    for arguments, expected in (
        ("9.999999, 100", True),
        ("10, 100", False),
        ("0, 100", False),
        ("0.1, 100", True),
        ("1, 0", None),
    ):
        yield Case(f"is_mostly_unknown({arguments})", expected)


def snapped_bound() -> Iterator[Case]:
    for value in (0.0, 1.0, -0.25, -5_000_000.0):
        scale = max(1.0, abs(value))
        for beyond in (1e-16, 9e-10, -9e-10, 1.1e-9, -1.1e-9, 0.5, -0.5):
            end = value + beyond * scale
            expected = value if abs(beyond) < 1e-9 else end
            yield Case(f"snapped_bound({end!r}::double, {value!r}::double)", expected, near=0)
    yield Case("snapped_bound(1e-9::double, 0::double)", 0.0, near=0)
    yield Case("snapped_bound(null, 1)", None)
    yield Case("snapped_bound(0.5::double, null)", 0.5)


CASES = {
    "stable_sum": stable_sum(),
    "byar_high": byar("byar_high", 1),
    "byar_low": byar("byar_low", -1),
    "chance_seen": chance_seen(),
    "chao_1": chao_1(),
    "compared_by_interval": compared_by_interval(),
    "concentration_index": concentration_index(),
    "exact_sum": exact_sum(),
    "expected_cells": expected_cells(),
    "extent_weight": extent_weight(),
    "good_turing_coverage": good_turing_coverage(),
    "is_mostly_unknown": is_mostly_unknown(),
    "hhi": hhi(),
    "hhi_normalised": hhi_normalised(),
    "hill_1": hill_1(),
    "hill_2": hill_2(),
    "n_eff": n_eff(),
    "network_density": network_density(),
    "poisson_high": poisson_high(),
    "poisson_low": poisson_low(),
    "reliability": reliability(),
    "se_from_ci": se_from_ci(),
    "se_from_rounded_ci": se_from_rounded_ci(),
    "snapped_bound": snapped_bound(),
    "student_975": student_975(),
    "wilson_high": wilson("wilson_high", 1),
    "wilson_low": wilson("wilson_low", 0),
}
CASES = {name: tuple(cases) for name, cases in CASES.items()}
