"""Staging: what the files of some sources hold, row by row, with types and codes and nothing else.

Here is what a parser is and the way from parsers to staging tables; each parser is with its subject.
"""

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from assets.documentation import version_of
from assets.factories.recipes import Made, Recipe
from assets.intake import Intake
from warehouse.catalogue import Table, pick, sources, tables
from warehouse.errors import BadRecord
from warehouse.landing import LandedFile
from warehouse.store import Warehouse
from warehouse.tables import empty

Read = Mapping[str, Intake]


@dataclass(frozen=True)
class Parser:
    """How a file of a source is read: in one pass, which gives the rows of each of `tables`.

    `code` is the source text of the module that reads, by which a change of it is noticed.
    """

    tables: tuple[str, ...]
    parse: Callable[[bytes], Read]
    code: str


def one_table(table: str, parse: Callable[[bytes], Intake]) -> Parser:
    """Return the parser of files that give the rows of one staging table."""
    return Parser((table,), lambda content: {table: parse(content)}, _code(parse))


def several_tables(tables: Sequence[str], parse: Callable[[bytes], Read]) -> Parser:
    """Return the parser of files that give the rows of several staging tables."""
    return Parser(tuple(tables), parse, _code(parse))


def staging_tables(parsers: Mapping[str, Parser]) -> list[Recipe]:
    """Return how the staging tables of parsers, by source, are made: those that one parser fills are made together."""
    together: dict[tuple[str, ...], dict[str, Parser]] = {}
    for source, parser in parsers.items():
        together.setdefault(parser.tables, {})[source] = parser
    return [staged(group) for group in together.values()]


def staged(parsers: Mapping[str, Parser], *, strict: bool = False) -> Recipe:
    """Return how the staging tables are made that the parsers of some sources, which fill the same tables, fill.

    Rows that break a contract go to `meta.quarantine`; where `strict`, the first one raises `BadRecord`.
    A source with no file contributes no row.
    """
    (names,) = {parser.tables for parser in parsers.values()}
    contracts = [pick("table", tables, name) for name in names]

    def stage(warehouse: Warehouse, fingerprint: str) -> dict[str, Made]:
        files = [(file, parser) for source, parser in parsers.items() for file in warehouse.landing.current(source)]
        read = [(file, _parsed(parser, file)) for file, parser in files]
        by_table = {table: [(file, found[table.name]) for file, found in read] for table in contracts}
        if strict:
            _refuse_quarantine([item for items in by_table.values() for item in items])
        return {table.name: _store(warehouse, table, items, fingerprint) for table, items in by_table.items()}

    return Recipe(
        tables=tuple(contracts),
        make=stage,
        version=version_of(*(parser.code for parser in parsers.values())),
        kinds=frozenset({"polars", "parquet"}),
        sources=tuple(pick("source", sources, source).id for source in parsers),
    )


def _code(parse: Callable[..., object]) -> str:
    return inspect.getsource(inspect.getmodule(parse) or parse)


def _store(warehouse: Warehouse, contract: Table, read: list[tuple[LandedFile, Intake]], fingerprint: str) -> Made:
    """Replace a staging table by what was read for it and account for every row."""
    frames = [with_source(intake.kept, file) for file, intake in read]
    quarantined = _account(warehouse, contract, read)
    stamp = warehouse.tables.replace(
        contract, pl.concat([empty(contract), *frames], how="diagonal_relaxed"), fingerprint=fingerprint
    )
    return Made(stamp, {"quarantined rows": quarantined, "source files": len(read)})


def _parsed(parser: Parser, file: LandedFile) -> Read:
    """Return what a parser reads in a file; a parser sees bytes only, so a bad record gets the file's name here."""
    try:
        return parser.parse(file.content)
    except BadRecord as error:
        raise BadRecord(file.file_name, error.line, error.reason) from error


def with_source(frame: pl.DataFrame, file: LandedFile) -> pl.DataFrame:
    """Return rows with the source and the checksum of the file that they were read from."""
    return frame.with_columns(pl.lit(file.source_id).alias("source_id"), pl.lit(file.sha256).alias("file_sha256"))


def _account(warehouse: Warehouse, contract: Table, read: list[tuple[LandedFile, Intake]]) -> int:
    """Record what each file yielded and what was quarantined; return the number of quarantined rows."""
    quarantine, intake = tables()["meta.quarantine"], tables()["meta.intake"]
    refused = [
        with_source(found.quarantined, file).with_columns(pl.lit(contract.name).alias("table_name"))
        for file, found in read
    ]
    counts = [intake_row(contract.name, file, found) for file, found in read]
    part = contract.short_name
    warehouse.tables.replace_part(quarantine, part, pl.concat([empty(quarantine), *refused], how="diagonal_relaxed"))
    warehouse.tables.replace_part(intake, part, pl.concat([empty(intake), *counts]))
    return sum(found.quarantined.height for _, found in read)


def intake_row(table: str, file: LandedFile, found: Intake) -> pl.DataFrame:
    """Return the row of `meta.intake` of what a file yielded for a staging table."""
    counts = {
        "table_name": table,
        "source_id": file.source_id,
        "file_sha256": file.sha256,
        "rows_in": found.rows_in,
        "rows_kept": found.kept.height,
        "rows_quarantined": found.quarantined.height,
        "rows_merged": found.rows_merged,
    }
    return pl.DataFrame([counts], schema=empty(tables()["meta.intake"]).schema)


def _refuse_quarantine(read: list[tuple[LandedFile, Intake]]) -> None:
    for file, found in read:
        for row in found.quarantined.iter_rows(named=True):
            raise BadRecord(file.file_name, row["source_row"], _offence(row["rule"], row["content"]))


def _offence(rules: str, content: str) -> str:
    """Return which rules of its contract a row breaks and the values that do, before the row itself."""
    values = json.loads(content)
    named = {rule.split()[0]: None for rule in rules.split("; ") if rule.split()[0] in values}
    given = ", ".join(f"{column} is {values[column]!r}" for column in named)
    return f"breaks {rules} (assets/contracts)" + (f": {given}" if given else "") + f". The row: {content}"
