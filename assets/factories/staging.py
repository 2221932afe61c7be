"""Recipes of staging tables: the validated rows of the files of sources.

The rows of landed files come from the cache (`assets.ingest.parsed_files`); files that ship with the project are parsed
whenever their table is made. The parsers are in `assets.sources`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from assets.factories.recipes import Made, Recipe
from assets.ingest.code_version import version_of
from assets.ingest.parsed_files import Counts, ParsedFile, ParsedTable, parse, parsed_file
from assets.ingest.parser import Parser, Read
from assets.ingest.rule_text import in_words
from assets.ingest.validation import SOURCE_ROW
from warehouse.catalogue import Table, pick, sources, tables
from warehouse.errors import BadRecord
from warehouse.storage.atomic_files import scratch, sha256
from warehouse.storage.landing import LandedFile
from warehouse.storage.stamp import file_name
from warehouse.storage.table_store import empty, literal, quoted
from warehouse.storage.workspace import Warehouse


@dataclass(frozen=True)
class ShippedFile:
    """The parsed rows of a file that ships with the project, by staging table."""

    parser: Parser
    file: LandedFile
    read: Read


def staging_tables(parsers: Mapping[str, Parser]) -> list[Recipe]:
    """Return the recipes of staging tables from parsers by source; tables of one parser have one recipe."""
    together: dict[tuple[str, ...], dict[str, Parser]] = {}
    for source, parser in parsers.items():
        together.setdefault(parser.tables, {})[source] = parser
    return [staged(group) for group in together.values()]


def staged(parsers: Mapping[str, Parser], *, fills: tuple[str, ...] = (), strict: bool = False) -> Recipe:
    """Return the recipe of the staging tables that the parsers of some sources fill, all the same tables.

    `fills` names the tables in case there is no parser: then they are empty.

    Rows that break a contract go to `meta.quarantine`; if `strict`, the first one of a file that ships with the project
    raises `BadRecord`. A source without files has no rows.
    """
    (names,) = {parser.tables for parser in parsers.values()} or {fills}
    contracts = [pick("table", tables, name) for name in names]

    def stage(warehouse: Warehouse, fingerprint: str) -> dict[str, Made]:
        files = [
            (parser, file) for source, parser in parsers.items() for file in warehouse.landing.read_by_builds(source)
        ]
        landed = [parsed_file(parser, file) for parser, file in files if file.landed_at]
        shipped = [ShippedFile(parser, file, parse(parser, file)) for parser, file in files if not file.landed_at]
        if strict:
            _require_no_quarantine(shipped)
        for table in contracts:
            _require_one_file(table, shipped)
        with scratch(warehouse.tables.path(names[0])) as folder:
            folder.mkdir()
            return {
                table.name: _store(warehouse, table, landed, shipped, folder / f"{table.name}.parquet", fingerprint)
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


def _store(
    warehouse: Warehouse,
    contract: Table,
    landed: Sequence[ParsedFile],
    shipped: Sequence[ShippedFile],
    together: Path,
    fingerprint: str,
) -> Made:
    """Replace a staging table by the parsed rows, and record intake and quarantine.

    The rows of shipped files are written to one file, `together`: a source can have hundreds of them.
    """
    name = contract.name
    read = [(found.file, found.tables[name]) for found in landed]
    rows = [query for query in (rows_of(contract, read), _rows_of_shipped(contract, shipped, together)) if query]
    counts = [(file, found.counts) for file, found in read]
    counts += [(found.file, Counts.of(found.read[name])) for found in shipped]
    refused = [(file, pl.read_parquet(found.quarantined)) for file, found in read]
    refused += [(found.file, found.read[name].quarantined) for found in shipped]
    quarantined = _account(warehouse, contract, counts, refused)
    files = {file_name(file.source_id, file.sha256): sha256(found.kept) for file, found in read}
    files |= {
        file_name(found.file.source_id, found.file.sha256): version_of(found.file.sha256, found.parser.version)
        for found in shipped
    }
    stamp = warehouse.tables.replace_from(
        contract, " union all by name ".join(rows), fingerprint=fingerprint, files=files
    )
    return Made(stamp, {"quarantined rows": quarantined, "source files": len(counts)})


def rows_of(contract: Table, read: Sequence[tuple[LandedFile, ParsedTable]]) -> str:
    """Return a query of the kept rows of landed files, with source and checksum; empty rows without files."""
    columns = ", ".join(f"null::{column.type} as {quoted(column.name)}" for column in contract.columns)
    files = [
        f"select *, {literal(file.source_id)} as source_id, {literal(file.sha256)} as file_sha256 "
        f"from read_parquet({literal(found.kept)})"
        for file, found in read
    ]
    return " union all by name ".join([f"select {columns} where false", *files])


def _rows_of_shipped(contract: Table, shipped: Sequence[ShippedFile], together: Path) -> str:
    """Write the kept rows of shipped files and return a query of them; no query without files."""
    if not shipped:
        return ""
    frames = [with_source(found.read[contract.name].kept, found.file) for found in shipped]
    pl.concat(frames).write_parquet(together, compression_level=1)
    return f"select * from read_parquet({literal(together)})"


def with_source(frame: pl.DataFrame, file: LandedFile) -> pl.DataFrame:
    """Return rows with the columns source_id and file_sha256 of their file."""
    return frame.with_columns(pl.lit(file.source_id).alias("source_id"), pl.lit(file.sha256).alias("file_sha256"))


def _account(
    warehouse: Warehouse,
    contract: Table,
    counts: Sequence[tuple[LandedFile, Counts]],
    refused: Sequence[tuple[LandedFile, pl.DataFrame]],
) -> int:
    """Record the intake of each file and its quarantined rows; return the number of quarantined rows."""
    quarantine, intake = tables()["meta.quarantine"], tables()["meta.intake"]
    named = [
        with_source(rows, file).with_columns(pl.lit(contract.name).alias("table_name"))
        for file, rows in refused
        if rows.height
    ]
    part = contract.short_name
    warehouse.tables.replace_part(quarantine, part, pl.concat([empty(quarantine), *named], how="diagonal_relaxed"))
    taken = [intake_row(contract.name, file, found) for file, found in counts]
    warehouse.tables.replace_part(intake, part, pl.concat([empty(intake), *taken]))
    return sum(found.rows_quarantined for _, found in counts)


def intake_row(table: str, file: LandedFile, counts: Counts) -> pl.DataFrame:
    """Return the row of `meta.intake` of a file for a staging table."""
    row = {"table_name": table, "source_id": file.source_id, "file_sha256": file.sha256, **asdict(counts)}
    return pl.DataFrame([row], schema=empty(tables()["meta.intake"]).schema)


def _require_no_quarantine(shipped: Sequence[ShippedFile]) -> None:
    for found in shipped:
        for name, intake in found.read.items():
            for row in intake.quarantined.iter_rows(named=True):
                raise BadRecord(
                    found.file.file_name, row["source_row"], _broken_rules(name, row["rule"], row["content"])
                )


def _require_one_file(contract: Table, shipped: Sequence[ShippedFile]) -> None:
    """Raise `BadRecord` if two rows of shipped files have the same key, with the places of both."""
    if not shipped or {"source_id", "file_sha256"} & {*contract.key}:
        return
    rows = pl.concat(
        found.read[contract.name].kept.select(
            *contract.key, at=pl.format("{}:{}", pl.lit(found.file.file_name), SOURCE_ROW)
        )
        for found in shipped
    )
    twice = rows.filter(rows.select(contract.key).is_duplicated())
    for *key, places in twice.group_by(contract.key, maintain_order=True).agg("at").iter_rows():
        file, _, row = places[-1].rpartition(":")
        told = ", ".join(f"{name} {value}" for name, value in zip(contract.key, key, strict=True))
        raise BadRecord(file, int(row), f"{told} is also in {places[0]}; keep one of them")


def _broken_rules(table: str, rules: str, content: str) -> str:
    """Return the broken rules of a row, the values that break them, and the row itself, as text."""
    values = json.loads(content)
    named = {rule.split()[0]: None for rule in rules.split("; ") if rule.split()[0] in values}
    given = ", ".join(f"{column} is {values[column]!r}" for column in named)
    return (
        f"breaks the contract of {table}: {in_words(table, rules)}"
        + (f": {given}" if given else "")
        + f". The row: {content}"
    )
