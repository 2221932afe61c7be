"""A year of operation, simulated from measured slopes: files arrive, are parsed by workers, and become editions.

`python -m tests.benchmark.simulation SCALE_JSON` reads what `tests.benchmark.scale` wrote.
Publishers replace their files; sizes of files are drawn from a heavy-tailed distribution, arrivals are random, and the
same seed gives the same year. Readers arrive at random in one busy hour.
"""

import heapq
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

HOUR, WEEK, YEAR = 3600.0, 7 * 86400.0, 365 * 86400.0
SEED = 20261130
Times = np.ndarray[Any, np.dtype[np.float64]]
# CPU seconds that a step of the orchestrator needs to start, when each file is a step of its own.
STEP_STARTS = 3.0
# Sizes of files: a Pareto distribution with a finite mean and an infinite variance.
TAIL = 1.5
FILES_A_YEAR_BY_PUBLISHER, PUBLISHERS, AWARDS = 4, 300, 1_400_000
READS_IN_A_BUSY_HOUR, SHARE_OF_API = 500, 0.1
MOST_DRAWN = 1_000_000


@dataclass(frozen=True)
class Costs:
    """CPU seconds and bytes: to land an award, to build an edition (base and each award), to answer a reader."""

    land_each: float
    land_bytes: float
    build_base: float
    build_each: float
    edition_base_bytes: float
    edition_bytes: float
    page: float
    answer: float

    @property
    def read_mean(self) -> float:
        """CPU seconds of a request on average."""
        return SHARE_OF_API * self.answer + (1 - SHARE_OF_API) * self.page

    @classmethod
    def read(cls, path: Path) -> "Costs":
        """Return the costs in the JSON of the benchmark."""
        found = json.loads(path.read_text("utf-8"))
        slopes = {slope["what"]: slope for slope in found["slopes"]}
        landing, build = slopes["landing files of awards"], slopes["build of an edition with them"]
        first = build["points"][0]
        alone = [one for one in found["loads"] if one["readers"] == 1]
        page, answer = (
            next(one["cpu_ms"] / 1000 for one in alone if one["address"].startswith("/api") == is_api)
            for is_api in (False, True)
        )
        return cls(
            landing["cpu_each"],
            landing["bytes_each"],
            build["cpu_base"],
            build["cpu_each"],
            first["size"] - build["bytes_each"] * first["units"],
            build["bytes_each"],
            page,
            answer,
        )


@dataclass(frozen=True)
class Year:
    """What a year took: seconds from arrival to edition, CPU hours, bytes at its end, the longest build in hours."""

    median: float
    p95: float
    builds_n: int
    parse_cpu_hours: float
    build_cpu_hours: float
    landed_bytes: float
    edition_bytes: float
    longest_build_hours: float


def ends(arrivals: Times, durations: Times, workers: int) -> Times:
    """Return when each job ends that workers take in the order of arrival; `arrivals` are sorted."""
    free = [0.0] * workers
    ended = np.empty(len(arrivals))
    for number, (arrival, duration) in enumerate(zip(arrivals.tolist(), durations.tolist(), strict=True)):
        ended[number] = max(arrival, heapq.heappop(free)) + duration
        heapq.heappush(free, float(ended[number]))
    return ended


def published(ready: Times, build: float, every: float) -> tuple[Times, int]:
    """Return when the edition with each file is published, and the number of builds; each takes `build` seconds.

    A build begins when a file is ready and none is running, but only at multiples of `every` seconds where that is not
    zero. It takes the files that are ready when it begins.
    """
    order = np.argsort(ready, kind="stable")
    waiting = ready[order]
    when = np.empty(len(ready))
    at, free, builds = 0, 0.0, 0
    while at < len(waiting):
        begins = max(float(waiting[at]), free)
        begins = np.ceil(begins / every) * every if every else begins
        taken = int(np.searchsorted(waiting, begins, side="right"))
        free = begins + build
        when[order[at:taken]] = free
        at, builds = taken, builds + 1
    return when, builds


def simulate(costs: Costs, times: int, workers: int, cores: int, every: float, seed: int = SEED) -> Year:
    """Return a year with so many times the publishers of today; `cores` build, `workers` parse, one file each.

    Of a year of more than a million files as many whole weeks are simulated as have so many, and multiplied.
    """
    draw = np.random.default_rng(seed)
    publishers = PUBLISHERS * times
    awards = AWARDS * times
    files = publishers * FILES_A_YEAR_BY_PUBLISHER
    share = 1.0 if files <= MOST_DRAWN else max(MOST_DRAWN / files * YEAR // WEEK, 1) * WEEK / YEAR
    drawn = int(draw.poisson(files * share))
    arrivals = np.sort(draw.uniform(0, YEAR * share, drawn))
    sizes = (AWARDS / PUBLISHERS) * (TAIL - 1) / TAIL * (1 + draw.pareto(TAIL, drawn))
    parsing = STEP_STARTS + costs.land_each * sizes
    build_cpu = costs.build_base + costs.build_each * awards
    build = build_cpu / cores
    when, builds = published(ends(arrivals, parsing, workers), build, every)
    waits = when - arrivals
    return Year(
        float(np.median(waits)),
        float(np.percentile(waits, 95)),
        round(builds / share),
        float(parsing.sum()) / share / HOUR,
        build_cpu * builds / share / HOUR,
        costs.land_bytes * float(sizes.sum()) / share,
        costs.edition_base_bytes + costs.edition_bytes * awards,
        build / HOUR,
    )


def reading(costs: Costs, times: int, cores: int, seed: int = SEED) -> tuple[float, float, float]:
    """Return the share of the cores in use in a busy hour, and the median and 95 % of the seconds of an answer.

    `SHARE_OF_API` ask the API, the others for a page. `inf` where requests arrive faster than they are answered.
    """
    draw = np.random.default_rng(seed)
    rate = READS_IN_A_BUSY_HOUR * times / HOUR
    used = rate * costs.read_mean / cores
    if used >= 1:
        return used, np.inf, np.inf
    number = min(int(rate * HOUR), MOST_DRAWN)
    arrivals = np.cumsum(draw.exponential(1 / rate, number))
    durations = np.where(draw.random(number) < SHARE_OF_API, costs.answer, costs.page)
    took = ends(arrivals, durations, cores) - arrivals
    return used, float(np.median(took)), float(np.percentile(took, 95))


def fewest(needed: float) -> int:
    """Return the smallest power of two that is not below a number."""
    return int(2 ** max(np.ceil(np.log2(needed)), 0))


def main(path: Path, sizes: Sequence[int] = (1, 100, 10_000)) -> None:
    """Print a year of today's load and of many times as much, with the fewest cores that build in an hour."""
    costs = Costs.read(path)
    for times in sizes:
        build_cpu = costs.build_base + costs.build_each * AWARDS * times
        hour = fewest(build_cpu / HOUR)
        parse_cpu = (
            PUBLISHERS * times * FILES_A_YEAR_BY_PUBLISHER * (STEP_STARTS + costs.land_each * AWARDS / PUBLISHERS)
        )
        print(
            f"{times:,} times: {AWARDS * times:,} awards, {PUBLISHERS * times:,} publishers; a build takes "
            f"{build_cpu / HOUR:,.2f} CPU h, so {hour:,} cores keep it below an hour; parsing a year takes "
            f"{parse_cpu / HOUR:,.1f} CPU h"
        )
        for workers, cores in sorted({(2, 2), (fewest(4 * parse_cpu / YEAR), hour)}):
            for every, name in ((WEEK, "once a week"), (0.0, "at each arrival")):
                year = simulate(costs, times, workers, cores, every)
                print(
                    f"  {workers} workers, {cores:,} cores, {name}: arrival to edition {year.median / HOUR:,.2f} h, "
                    f"95 % {year.p95 / HOUR:,.2f} h; {year.builds_n:,} builds of {year.longest_build_hours:,.2f} h; "
                    f"CPU h: parsing {year.parse_cpu_hours:,.1f}, builds {year.build_cpu_hours:,.1f}; TB: landed "
                    f"{year.landed_bytes / 1e12:,.4f}, an edition {year.edition_bytes / 1e12:,.4f}"
                )
        for cores in sorted({1, fewest(2 * READS_IN_A_BUSY_HOUR * times / HOUR * costs.read_mean)}):
            used, median, p95 = reading(costs, times, cores)
            print(
                f"  readers, {READS_IN_A_BUSY_HOUR * times:,} in an hour, {cores} cores: {used:.1%} in use, "
                f"answer {1000 * median:.1f} ms, 95 % {1000 * p95:.1f} ms"
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
