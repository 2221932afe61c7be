"""The tables of awards made by DuckDB and by Spark, at several sizes: rows, seconds, CPU seconds, and equality.

`python -m tests.benchmark.spark [AWARDS ...] [--master URL] [--json FILE]`. Both engines read the same staged Parquet,
synthetic awards that were multiplied from up to a million, and each reads its own tables after that.
"""

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import psutil

from tests.benchmark.award_tables import made
from tests.benchmark.measuring import cost, told
from tests.benchmark.synthetic import stage
from tests.support.equal_tables import differences
from warehouse.catalogue import tables
from warehouse.spark.engine import Spark
from warehouse.storage import duckdb_connection
from warehouse.storage.stamp import Stamp
from warehouse.storage.table_store import Tables, literal

SIZES = (100_000, 1_000_000, 10_000_000)
DRAWN = 1_000_000
COPIED = ("staging.threesixtygiving__award", "staging.threesixtygiving__award_location", "meta.landed_file")
# What makes a copy of a row one of another file.
RENAMED = {
    "file_sha256": "sha256(file_sha256 || copy)",
    "row_sha256": "sha256(row_sha256 || copy)",
    "award_identity": "award_identity || ' ' || copy",
}


@dataclass
class Layer:
    """What one engine took for the tables of one layer, in seconds and CPU seconds with all its processes."""

    rows: int = 0
    seconds: float = 0.0
    cpu: float = 0.0


def main() -> None:
    """Measure every size and print a line for each layer and engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("awards", nargs="*", type=int, default=SIZES)
    parser.add_argument("--master", default="local-cluster[2,1,4096]")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory(prefix="cpower-spark-") as folder:
        base = Path(folder) / "base"
        cost(["-m", "orchestration.cli", "build"], {"CPOWER_HOME": str(base)})
        engine = Spark(asked.master, 0, Path(folder) / "temporary")
        engine.write("select 1 as one", {}, Path(folder) / "started")
        for awards in asked.awards:
            results.append(measured(base / "tables", Path(folder) / str(awards), awards, engine))
            if asked.json:
                asked.json.write_text(json.dumps(results, indent=1), "utf-8")


def measured(base: Path, folder: Path, awards: int, engine: Spark) -> dict[str, object]:
    """Make the tables of so many awards with both engines, print and return what they took."""
    one, other = folder / "duckdb", folder / "spark"
    shutil.copytree(base, one)
    drawn = min(awards, DRAWN)
    stage(one, drawn)
    multiply(Tables(one), awards // drawn)
    shutil.copytree(one, other, copy_function=os.link)
    layers: dict[str, dict[str, Layer]] = {}
    wrong: dict[str, list[str]] = {}
    for name, query in made().items():
        layer = layers.setdefault(name.partition(".")[0], {"duckdb": Layer(), "spark": Layer()})
        # A table is replaced, not written over, so that the tables that both stores share stay as they are.
        rows = timed(layer["duckdb"], partial(Tables(one).build, tables()[name], query))
        timed(layer["spark"], partial(Tables(other).build, tables()[name], query, engine=engine))
        if found := differences(Tables(one), Tables(other), name):
            wrong[name] = found
        told(f"{awards:,} awards, {name}: {rows:,} rows, {'; '.join(found) or 'equal'}")
    for schema, engines in layers.items():
        for of, layer_cost in engines.items():
            told(
                f"{awards:,} awards, {schema}, {of}: {layer_cost.rows:,} rows, {layer_cost.seconds:.1f} s, "
                f"{layer_cost.cpu:.1f} CPU s"
            )
    shutil.rmtree(folder)
    return {
        "awards": awards,
        "layers": {schema: {of: asdict(spent) for of, spent in engines.items()} for schema, engines in layers.items()},
        "tables": len(made()),
        "different": wrong,
    }


def timed(layer: Layer, make: Callable[[], Stamp]) -> int:
    """Make a table, add what it took to a layer, and return its rows."""
    begun, cpu = time.perf_counter(), cpu_seconds()
    rows = make().rows
    layer.rows += rows
    layer.seconds += time.perf_counter() - begun
    layer.cpu += cpu_seconds() - cpu
    return rows


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of all that it started, while they run."""
    here = psutil.Process()
    return sum(sum(process.cpu_times()[:2]) for process in (here, *here.children(recursive=True)))


def multiply(store: Tables, times: int) -> None:
    """Replace the staged awards by so many copies, each of other files."""
    with closing(duckdb_connection.connect()) as database:
        for name in COPIED:
            path = store.path(name)
            rows = f"read_parquet({literal(path)})"
            columns = {column for column, *_ in database.execute(f"describe select * from {rows}").fetchall()}
            renamed = ", ".join(f"{value} as {column}" for column, value in RENAMED.items() if column in columns)
            copies = f"(select cast(number as varchar) as copy from range({times}) as copies(number))"
            copied = path.with_suffix(".copied")
            database.execute(
                f"copy (select rows.* replace ({renamed}) from {rows} as rows, {copies} as copies)"
                f" to {literal(copied)} (format parquet)"
            )
            copied.replace(path)


if __name__ == "__main__":
    main()
