"""Revisions: what a publisher changed from one landed file of a source to the next."""

import contextlib
from collections.abc import Iterator
from itertools import pairwise

import polars as pl

from assets.computed import computed
from assets.door import parser_of
from assets.profile import record_key, value_columns
from assets.provenance import landed_sources
from assets.staging import Parser
from warehouse.catalogue import Source, Table, sources, tables
from warehouse.errors import RefusedFile
from warehouse.landing import LandedFile
from warehouse.store import Warehouse
from warehouse.tables import empty

REVISION = "meta.revision"
# Awards are added to and taken back one by one, and their publishers' files have no record that stays the same.
KINDS = ("statistics", "geography")


def revisions(warehouse: Warehouse) -> pl.DataFrame:
    """Return the values that publishers of statistics and look-ups changed; see `meta.revision`."""
    found = [empty(tables()[REVISION])]
    for source_id in landed_sources():
        if sources()[source_id].kind in KINDS:
            for vintages in _vintages(sources()[source_id], warehouse.landing.history(source_id)):
                if parser := parser_of(source_id):
                    for table in parser.tables:
                        found += _between(tables()[table], parser, vintages)
    return pl.concat(found, how="diagonal_relaxed")


def _vintages(source: Source, history: list[LandedFile]) -> list[list[LandedFile]]:
    """Return the files that took each other's place, oldest first: those of a source or, where all count, of a name."""
    by_name: dict[str, list[LandedFile]] = {}
    for file in history:
        by_name.setdefault(file.file_name if source.keep == "all" else "", []).append(file)
    return [files for _, files in sorted(by_name.items()) if len(files) > 1]


def _between(table: Table, parser: Parser, vintages: list[LandedFile]) -> list[pl.DataFrame]:
    """Return what changed between consecutive files of a source, one frame a pair; each file is read once."""
    read = _read(table, parser, vintages)
    return [
        old.join(new, on=["record_key", "column_name"], suffix="_new")
        .filter(pl.col("value").ne_missing(pl.col("value_new")))
        .select(
            pl.lit(newer.source_id).alias("source_id"),
            pl.lit(table.name).alias("table_name"),
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
        for (older, old), (newer, new) in pairwise(read)
    ]


def _read(table: Table, parser: Parser, vintages: list[LandedFile]) -> Iterator[tuple[LandedFile, pl.DataFrame]]:
    """Return each file with its values; one that today's parser refuses has nothing to compare."""
    for file in vintages:
        with contextlib.suppress(RefusedFile):
            yield file, _values(table, parser.parse(file.content)[table.name].kept)


def _values(table: Table, kept: pl.DataFrame) -> pl.DataFrame:
    """Return the values of a staging frame: record_key, column_name, value.

    A record that stands in the file twice cannot be told apart and is left out.
    """
    return (
        kept.select(
            pl.struct(record_key(table)).struct.json_encode().alias("record_key"),
            *(pl.col(name).cast(pl.Float64) for name in value_columns(table)),
        )
        .filter(pl.col("record_key").is_unique())
        # A column that is called "value" itself may not be the name of what is printed.
        .unpivot(index="record_key", variable_name="column_name", value_name="__value")
        .rename({"__value": "value"})
    )


ASSETS = [computed(REVISION, revisions, sources=landed_sources())]
