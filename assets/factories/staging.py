"""Recipes of staging tables: the validated rows of the files of sources.

The rows of landed files come from the cache (`assets.ingest.parsed_files`); files that ship with the project are parsed
whenever their table is made. The parsers are in `assets.sources`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import polars as pl

from assets.factories.recipes import Made, Recipe
from assets.ingest.code_version import version_of
from assets.ingest.parsed_files import Counts, ParsedFile, ParsedTable, parse, parsed_file, write
from assets.ingest.parser import Parser
from warehouse.catalogue import Table, pick, sources, tables
from warehouse.errors import BadRecord
from warehouse.storage.atomic_files import scratch, sha256
from warehouse.storage.landing import LandedFile
from warehouse.storage.stamp import file_name
from warehouse.storage.table_store import empty, literal, quoted
from warehouse.storage.workspace import Warehouse


def staging_tables(parsers: Mapping[str, Parser]) -> list[Recipe]:
    """Return the recipes of staging tables from parsers by source; tables of one parser have one recipe."""
    together: dict[tuple[str, ...], dict[str, Parser]] = {}
    for source, parser in parsers.items():
        together.setdefault(parser.tables, {})[source] = parser
    return [staged(group) for group in together.values()]


def staged(parsers: Mapping[str, Parser], *, fills: tuple[str, ...] = (), strict: bool = False) -> Recipe:
    """Return the recipe of the staging tables that the parsers of some sources fill, all the same tables.

    `fills` names the tables in case there is no parser: then they are empty.

    Rows that break a contract go to `meta.quarantine`; if `strict`, the first one raises `BadRecord`. A source without
    files has no rows.
    """
    (names,) = {parser.tables for parser in parsers.values()} or {fills}
    contracts = [pick("table", tables, name) for name in names]

    def stage(warehouse: Warehouse, fingerprint: str) -> dict[str, Made]:
        files = [
            (parser, file) for source, parser in parsers.items() for file in warehouse.landing.read_by_builds(source)
        ]
        kept = [parsed_file(parser, file) for parser, file in files if file.landed_at]
        shipped = [(file, parse(parser, file)) for parser, file in files if not file.landed_at]
        with scratch(warehouse.tables.path(names[0])) as folder:
            written = [write(folder / str(number), *found) for number, found in enumerate(shipped)]
            read = [*kept, *written]
            if strict:
                _require_no_quarantine(read)
            return {
                table.name: _store(
                    warehouse, table, [(found.file, found.tables[table.name]) for found in read], fingerprint
                )
                for table in contracts
            }

    return Recipe(
        tables=tuple(contracts),
        make=stage,
        code=lambda: version_of(*(parser.version for parser in parsers.values())),
        kinds=frozenset({"polars", "parquet"}),
        sources=tuple(pick("source", sources, source).id for source in parsers),
        is_whole=lambda warehouse: all(
            warehouse.tables.has_part(tables()[account], table.short_name)
            for table in contracts
            for account in ("meta.quarantine", "meta.intake")
        ),
    )


def _store(warehouse: Warehouse, contract: Table, read: list[tuple[LandedFile, ParsedTable]], fingerprint: str) -> Made:
    """Replace a staging table by the parsed rows, and record intake and quarantine."""
    quarantined = _account(warehouse, contract, read)
    files = {file_name(file.source_id, file.sha256): sha256(found.kept) for file, found in read}
    stamp = warehouse.tables.replace_from(contract, rows_of(contract, read), fingerprint=fingerprint, files=files)
    return Made(stamp, {"quarantined rows": quarantined, "source files": len(read)})


def rows_of(contract: Table, read: Sequence[tuple[LandedFile, ParsedTable]]) -> str:
    """Return a query of the kept rows of files, with source and checksum; empty without files."""
    columns = ", ".join(f"null::{column.type} as {quoted(column.name)}" for column in contract.columns)
    files = [
        f"select *, {literal(file.source_id)} as source_id, {literal(file.sha256)} as file_sha256 "
        f"from read_parquet({literal(found.kept)})"
        for file, found in read
    ]
    return " union all by name ".join([f"select {columns} where false", *files])


def with_source(frame: pl.DataFrame, file: LandedFile) -> pl.DataFrame:
    """Return rows with the columns source_id and file_sha256 of their file."""
    return frame.with_columns(pl.lit(file.source_id).alias("source_id"), pl.lit(file.sha256).alias("file_sha256"))


def _account(warehouse: Warehouse, contract: Table, read: list[tuple[LandedFile, ParsedTable]]) -> int:
    """Record the intake of each file and its quarantined rows; return the number of quarantined rows."""
    quarantine, intake = tables()["meta.quarantine"], tables()["meta.intake"]
    refused = [
        with_source(pl.read_parquet(found.quarantined), file).with_columns(pl.lit(contract.name).alias("table_name"))
        for file, found in read
        if found.counts.rows_quarantined
    ]
    counts = [intake_row(contract.name, file, found.counts) for file, found in read]
    part = contract.short_name
    warehouse.tables.replace_part(quarantine, part, pl.concat([empty(quarantine), *refused], how="diagonal_relaxed"))
    warehouse.tables.replace_part(intake, part, pl.concat([empty(intake), *counts]))
    return sum(found.counts.rows_quarantined for _, found in read)


def intake_row(table: str, file: LandedFile, counts: Counts) -> pl.DataFrame:
    """Return the row of `meta.intake` of a file for a staging table."""
    row = {"table_name": table, "source_id": file.source_id, "file_sha256": file.sha256, **asdict(counts)}
    return pl.DataFrame([row], schema=empty(tables()["meta.intake"]).schema)


def _require_no_quarantine(read: list[ParsedFile]) -> None:
    for found in read:
        for table in found.tables.values():
            for row in pl.read_parquet(table.quarantined).iter_rows(named=True):
                raise BadRecord(found.file.file_name, row["source_row"], _broken_rules(row["rule"], row["content"]))


def _broken_rules(rules: str, content: str) -> str:
    """Return the broken rules of a row, the values that break them, and the row itself, as text."""
    values = json.loads(content)
    named = {rule.split()[0]: None for rule in rules.split("; ") if rule.split()[0] in values}
    given = ", ".join(f"{column} is {values[column]!r}" for column in named)
    return f"breaks {rules} (assets/sources)" + (f": {given}" if given else "") + f". The row: {content}"
