"""Table of revisions: values that a publisher changed between two landed files of a source."""

import contextlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import polars as pl

from assets.build_identity import landed_sources
from assets.factories.python_tables import computed
from assets.factories.recipes import digest
from assets.ingest.file_drift import record_key, value_columns
from assets.ingest.parsed_files import parsed_file
from assets.ingest.parser import Parser
from assets.subjects import parsers
from warehouse.catalogue import Table, sources, tables
from warehouse.errors import RefusedFile
from warehouse.storage.landing import LandedFile, Landing
from warehouse.storage.table_store import empty
from warehouse.storage.workspace import Warehouse

REVISION = "meta.revision"
# Not awards: they are added and withdrawn one by one, and their files have no stable records.
KINDS = ("statistics", "geography")


def revisions(warehouse: Warehouse) -> pl.DataFrame:
    """Return the values of statistics and look-ups that publishers changed; see `meta.revision`."""
    found = [empty(tables()[REVISION])]
    for source_id in landed_sources():
        if parser := parsers().get(source_id):
            for files in compared(warehouse.landing, source_id):
                for (older, old), (newer, new) in pairwise(_read(parser, files)):
                    found += [_changed(table, older, old[table], newer, new[table]) for table in parser.tables]
    return pl.concat(found, how="diagonal_relaxed")


def compared(landing: Landing, source_id: str) -> list[list[LandedFile]]:
    """Return the successive files that are compared, oldest first, of a source or, if it keeps all, of each file name.

    An empty list for a source whose values are not compared.
    """
    source = sources()[source_id]
    if source.kind not in KINDS:
        return []
    by_name: dict[str, list[LandedFile]] = {}
    for file in landing.history(source_id):
        by_name.setdefault(file.file_name if source.keep == "all" else "", []).append(file)
    return [files for _, files in sorted(by_name.items()) if len(files) > 1]


def _changed(table: str, older: LandedFile, old: pl.DataFrame, newer: LandedFile, new: pl.DataFrame) -> pl.DataFrame:
    """Return the values of a staging table that differ between two files."""
    return (
        old.join(new, on=["record_key", "column_name"], suffix="_new")
        .filter(pl.col("value").ne_missing(pl.col("value_new")))
        .select(
            pl.lit(newer.source_id).alias("source_id"),
            pl.lit(table).alias("table_name"),
            "record_key",
            "column_name",
            pl.col("value").alias("old_value"),
            pl.col("value_new").alias("new_value"),
            pl.lit(older.sha256).alias("old_file_sha256"),
            pl.lit(newer.sha256).alias("new_file_sha256"),
            pl.lit(newer.landed_at.replace(tzinfo=None) if newer.landed_at else None)
            .cast(pl.Datetime("us"))
            .alias("revised_at"),
        )
    )


def _read(parser: Parser, files: list[LandedFile]) -> Iterator[tuple[LandedFile, dict[str, pl.DataFrame]]]:
    """Yield each file with its values by staging table; skip a file that the present parser refuses."""
    for file in files:
        with contextlib.suppress(RefusedFile):
            read = parsed_file(parser, file).tables
            yield file, {name: _kept_values(tables()[name], read[name].kept) for name in parser.tables}


def _kept_values(table: Table, path: Path) -> pl.DataFrame:
    """Return the values of a Parquet file of kept rows, reading only the columns needed; see `_values`."""
    return _values(table, pl.read_parquet(path, columns=[*record_key(table), *value_columns(table)]))


def _values(table: Table, kept: pl.DataFrame) -> pl.DataFrame:
    """Return the values of a staging frame: record_key, column_name, value.

    A record that occurs more than once in the file is ambiguous and is left out. The table may have columns with the
    names of the result.
    """
    key = kept.select(pl.struct(record_key(table)).struct.json_encode()).to_series()
    frames = [
        pl.select(record_key=key, column_name=pl.lit(name), value=kept[name].cast(pl.Float64))
        for name in value_columns(table)
    ]
    schema = {"record_key": pl.String, "column_name": pl.String, "value": pl.Float64}
    return pl.concat([pl.DataFrame(schema=schema), *(frame.filter(key.is_unique()) for frame in frames)])


def vintages(warehouse: Warehouse) -> str:
    """Return a digest of the landed files of each source, in order, and of the versions of their parsers."""
    known = {source_id: warehouse.landing.history(source_id) for source_id in landed_sources()}
    versions = [parser.version for source_id in known if (parser := parsers().get(source_id))]
    return digest([*versions, *(f"{file.source_id} {file.sha256}" for files in known.values() for file in files)])


RECIPES = [computed(REVISION, revisions, sources=landed_sources(), state=vintages)]
