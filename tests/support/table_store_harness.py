"""A table store in which a test stages frames, builds tables by the project's queries and asks which rules break."""

from pathlib import Path

import polars as pl

from assets.sources.reference.records import csv_parser
from assets.tables.catalogue_tables import indicators
from assets.tables.indicator_labels import catalogued_labels
from warehouse.catalogue import tables
from warehouse.lineage import SQL_ROOT, queries, reads
from warehouse.storage.table_store import Tables, empty

REFERENCE = Path(__file__).resolve().parents[2] / "warehouse" / "reference"
FILES = {
    "locality": "localities",
    "locality_succession": "locality_successions",
    "locality_alias": "locality_aliases",
    "population": "population",
    "deprivation_profile": "deprivation_profile",
    "survey_figure": "survey_figures",
}


def stage(store: Tables, name: str, *frames: tuple[pl.DataFrame, str, str]) -> None:
    """Stage frames, each given with the source and the digit that makes up the checksum of its file."""
    parts = [
        frame.with_columns(pl.lit(source).alias("source_id"), pl.lit(digit * 64).alias("file_sha256"))
        for frame, source, digit in frames
    ]
    store.replace(tables()[name], pl.concat([empty(tables()[name]), *parts], how="diagonal_relaxed"))


def stage_reference(store: Tables, *names: str) -> None:
    """Stage reference records of the project as they stand."""
    for name in names:
        table, file = f"staging.reference__{name}", FILES[name]
        kept = csv_parser(table)((REFERENCE / f"{file}.csv").read_bytes()).kept
        stage(store, table, (kept, f"reference_{file}", "0"))


def observation_store(folder: Path) -> Tables:
    """Return a store of what observations are made with, but for the surveys themselves."""
    store = Tables(folder)
    stage_reference(store, "locality", "locality_succession", "survey_figure")
    store.replace(tables()["core.bridge_indicator_label"], catalogued_labels(None))
    store.replace(tables()["core.dim_indicator"], indicators(None))
    build(store, "core.bridge_locality_code", "core.dim_locality", "core.dim_nation")
    return store


def read_by(store: Tables, query: str) -> list[str]:
    """Return the tables that a query reads; one that is not there is made empty, and a step on the way is built."""
    names = reads(query)
    for name in names:
        if is_step(name):
            build(store, name)
        elif not store.path(name).exists():
            store.replace(tables()[name], empty(tables()[name]).drop(tables()[name].not_given))
    return names


def is_step(name: str) -> bool:
    """Return whether a table of core is a step to others: a query makes it, and no edition holds it."""
    return name.startswith("core.") and name in queries() and not tables()[name].is_in_edition


def build(store: Tables, *names: str) -> None:
    """Build tables by their queries."""
    for name in names:
        query = queries()[name].read_text("utf-8")
        read_by(store, query)
        store.build(tables()[name], query)


def broken(store: Tables, table: str) -> dict[str, int]:
    """Return the rules of a table that are broken, with the number of rows that break them."""
    found = {}
    for path in sorted((SQL_ROOT / "checks" / table.replace(".", "/")).glob("*.sql")):
        query = path.read_text("utf-8")
        with store.connect(read_by(store, query)) as database:
            rows = database.execute(query).fetchall()
        if rows:
            found[path.stem] = len(rows)
    return found
