"""How long the slow parts take beside a plain way to the same, in one run on one machine.

Only the ratios travel; the seconds are those of the machine.
"""

import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb
import numpy as np

from assets.uncertainty import ranks
from orchestration.build_runner import run_build
from tests.support.synthetic_data import estimates
from warehouse.catalogue import tables
from warehouse.lineage import queries, reads
from warehouse.storage.home import PROJECT, Home
from warehouse.storage.table_store import Tables, literal, macros, quoted

PLACES, INDICATORS = 350, 20
# The plain loop is measured on so many draws of one indicator and its time multiplied.
PLAIN_DRAWS = 50
PLAIN_SET_DRAWS = 5
IMPORTS = 5


def seconds(run: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return how long something takes; by the clock of the process what else runs does not count."""
    start = clock()
    run()
    return clock() - start


def simulate_all() -> None:
    """Simulate the ranks of 350 places by 20 indicators, as the asset does, 10,000 draws each."""
    generator = np.random.default_rng(1)
    for _ in range(INDICATORS):
        _, values, errors = estimates(generator, PLACES, 0.8)
        ranks.simulate(ranks.measurements(values, errors), np.random.default_rng(ranks.SEED), ranks.DRAWS)


def loop() -> None:
    """Simulate the ranks of one indicator draw by draw and place by place, without arrays."""
    source = random.Random(1)
    _, values, errors = estimates(np.random.default_rng(1), PLACES, 0.8)
    given = list(zip(values.tolist(), errors.tolist(), strict=True))
    found: list[list[int]] = [[] for _ in given]
    for _ in range(PLAIN_DRAWS):
        drawn = [0.8 * value + 0.9 * error * source.gauss(0, 1) for value, error in given]
        for rank, place in enumerate(sorted(range(PLACES), key=lambda place: -drawn[place]), start=1):
            found[place].append(rank)
    for of_place in found:
        of_place.sort()


def ranking() -> tuple[float, float]:
    """Say how long the simulation takes beside a plain loop and how much memory it needs."""
    ours = seconds(simulate_all, time.process_time)
    plain = seconds(loop, time.process_time) / PLAIN_DRAWS * ranks.DRAWS * INDICATORS
    code = "from tests.benchmark import comparisons as c; c.simulate_all(); print(c.peak())"
    memory = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    print(f"ranks: {ranks.DRAWS:,} draws of {PLACES} places by {INDICATORS} indicators")
    print(f"  vectorised {ours:.1f} s, plain loop {plain:.0f} s (from {PLAIN_DRAWS} draws): {plain / ours:.0f} times")
    print(f"  at most {float(memory.stdout):.2f} GiB of memory, everything that is imported included")
    return ours, plain


def peak() -> float:
    """Return the most memory that this process has held, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def sets() -> None:
    """Say how long the confidence sets of one large group take beside a plain loop over its comparisons."""
    _, values, errors = estimates(np.random.default_rng(1), PLACES, 0.8)
    noise = np.random.default_rng(ranks.SEED).standard_normal((ranks.SET_DRAWS, PLACES))
    plain = seconds(partial(largest_ratios, errors.tolist(), noise[:PLAIN_SET_DRAWS].tolist()), time.process_time)
    plain *= ranks.SET_DRAWS / PLAIN_SET_DRAWS
    print(f"confidence sets: {ranks.SET_DRAWS:,} draws of {PLACES} places")
    for simultaneous in (False, True):
        took = seconds(partial(ranks.rank_sets, values, errors, noise, simultaneous=simultaneous), time.process_time)
        print(
            f"  {'all at once' if simultaneous else 'each'} {took:.1f} s, the first step alone of a plain loop"
            f" {plain:.0f} s (from {PLAIN_SET_DRAWS} draws): {plain / took:.0f} times"
        )


def largest_ratios(errors: list[float], noise: list[list[float]]) -> list[list[float]]:
    """Return for each draw the largest difference of each place from another over its error, without arrays."""
    return [
        [
            max(
                abs(error * z - other * w) / (error**2 + other**2) ** 0.5
                for number, (other, w) in enumerate(zip(errors, draw, strict=True))
                if number != place
            )
            for place, (error, z) in enumerate(zip(errors, draw, strict=True))
        ]
        for draw in noise
    ]


def building() -> None:
    """Say how long the queries take in the table store and in one DuckDB connection, and the whole build."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home").prepare()
        whole = seconds(lambda: run_build(home))
        made = queries()
        store = Tables(Path(folder) / "store")
        for name in {read for path in made.values() for read in reads(path.read_text("utf-8"))} - made.keys():
            store.path(name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Tables(home.tables).path(name), store.path(name))
        stored, plain = seconds(lambda: in_store(store)), seconds(lambda: in_one_connection(store))
        print(f"build: {len(made)} queries on what ships with the project")
        print(f"  table store {stored:.1f} s, one DuckDB connection {plain:.1f} s: {stored / plain:.1f} times")
        print(f"  the whole job with staging, checks, simulation, events and the edition {whole:.1f} s")


def in_store(store: Tables) -> None:
    """Make the tables of all queries in a table store, from the others in it."""
    for name, query in _in_order().items():
        if query:
            store.build(tables()[name], query)


def in_one_connection(store: Tables) -> dict[str, int]:
    """Make the tables of all queries in one connection, from the others in a table store; return their rows."""
    with duckdb.connect(":memory:") as database:
        for statement in macros():
            database.execute(statement)
        for name, query in _in_order().items():
            schema, short = name.split(".")
            columns = ", ".join(f"{quoted(column.name)} {column.type}" for column in tables()[name].columns)
            rows = query or f"select * from read_parquet({literal(store.path(name))})"
            database.execute(f"create schema if not exists {quoted(schema)}")
            database.execute(f"create table {quoted(schema)}.{quoted(short)} ({columns})")
            database.execute(f"insert into {quoted(schema)}.{quoted(short)} by name {rows}")
        return {name: database.execute(f"select count(*) from {name}").fetchall()[0][0] for name in queries()}


def _in_order() -> dict[str, str]:
    """Return the queries by table, each after those that it reads; a table that no query makes has an empty text."""
    made = {name: path.read_text("utf-8") for name, path in queries().items()}
    order = TopologicalSorter({name: reads(query) for name, query in made.items()}).static_order()
    return {name: made.get(name, "") for name in order}


def importing() -> None:
    """Say how long the code location takes to import beside Dagster alone."""

    def least(module: str) -> float:
        command = [sys.executable, "-c", f"import {module}"]
        return min(seconds(lambda: subprocess.run(command, check=True, cwd=PROJECT)) for _ in range(IMPORTS))

    ours, dagster = least("orchestration.definitions"), least("dagster")
    print(f"import: code location {ours:.2f} s, dagster alone {dagster:.2f} s: {ours / dagster:.2f} times")


def main() -> None:
    """Print every comparison."""
    ranking()
    sets()
    building()
    importing()
