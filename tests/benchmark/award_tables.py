"""The tables of awards alone: as the table store makes them, or as DuckDB reads and writes the same rows.

`python -m tests.benchmark.award_tables store|floor TABLES_FOLDER`, where everything has been built before.
"""

import contextlib
import sys
from graphlib import TopologicalSorter
from pathlib import Path

from assets.sources.threesixtygiving.awards import AWARD
from warehouse.catalogue import tables
from warehouse.lineage import queries, reads
from warehouse.storage import duckdb_connection
from warehouse.storage.table_store import Tables, literal

# Tables that have a row for each award; what is made of them has a row for each locality.
LARGE = (
    "core.award_location_place",
    "core.fct_award_place",
    "core.award_repeat",
    "core.award_net",
    "core.award_recipient",
    "core.award_funder",
    "core.award_nation_wide",
    "core.fct_award",
    "core.award_outcome",
    "core.bridge_award_locality",
    "metrics.award_counted",
)
SUMMED = (
    "metrics.award_window",
    "metrics.funding_annual",
    "metrics.funding_window",
    "metrics.window_location",
    "metrics.window_party",
    "metrics.window_sum",
    "metrics.window_summary",
)


def made() -> dict[str, str]:
    """Return the queries of the tables that read awards, each after those that it reads."""
    texts = {name: path.read_text("utf-8") for name, path in queries().items() if name in (*LARGE, *SUMMED)}
    order = TopologicalSorter({name: set(reads(text)) & texts.keys() for name, text in texts.items()})
    return {name: texts[name] for name in order.static_order()}


def build(store: Tables) -> None:
    """Make the tables as a build does."""
    for name, query in made().items():
        store.build(tables()[name], query)


def copy(store: Tables) -> None:
    """Read the staged awards, and write the rows of the same tables, in the order of their keys."""
    places = AWARD.replace("__award", "__award_location")
    with contextlib.closing(duckdb_connection.connect()) as database:
        for name in (AWARD, places):
            database.execute(f"create table staged as from read_parquet({literal(store.path(name))})")
            database.execute("drop table staged")
        for name in made():
            key = ", ".join(tables()[name].key)
            target = literal(store.path(name).with_suffix(".floor"))
            rows = f"select * from read_parquet({literal(store.path(name))}) order by {key}"
            database.execute(f"copy ({rows}) to {target} (format parquet)")
            store.path(name).with_suffix(".floor").unlink()


if __name__ == "__main__":
    {"store": build, "floor": copy}[sys.argv[1]](Tables(Path(sys.argv[2])))
