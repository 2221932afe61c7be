"""Staging: what the files of some sources hold, row by row, with types and codes and nothing else.

The factory that makes a staging asset of parsers stands here; the parsers stand with their subject.
"""

import inspect
import json
from collections.abc import Callable, Mapping

import dagster as dg
import polars as pl

from assets.documentation import source_key, table_asset, version_of
from assets.intake import Intake
from assets.shown import materialized
from warehouse.catalogue import Table, pick, sources, tables
from warehouse.errors import BadRecord
from warehouse.landing import LandedFile
from warehouse.store import Warehouse
from warehouse.tables import empty

Parser = Callable[[bytes], Intake]


def staged(table: str, parsers: Mapping[str, Parser], *, strict: bool = False) -> dg.AssetsDefinition:
    """Return the asset of a staging table that reads the files of each source with its parser.

    Rows that break the contract go to `meta.quarantine`; where `strict`, the first one raises `BadRecord`.
    A source with no file contributes no row.
    """
    contract = pick("table", tables, table)
    code = version_of(*(inspect.getsource(inspect.getmodule(parse) or parse) for parse in parsers.values()))
    deps = [source_key(pick("source", sources, source)) for source in parsers]

    @table_asset(contract, deps=deps, kinds={"polars", "parquet"}, version=code)
    def stage(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult[None]:
        read = [
            (file, _parsed(parse, file))
            for source, parse in parsers.items()
            for file in warehouse.landing.current(source)
        ]
        if strict:
            _refuse_quarantine(read)
        frames = [_with_source(intake.kept, file) for file, intake in read]
        rows = warehouse.tables.replace(contract, pl.concat([empty(contract), *frames], how="diagonal_relaxed"))
        quarantined = _account(warehouse, contract, read)
        return materialized(warehouse, contract, rows, more={"quarantined rows": quarantined, "files": len(read)})

    return stage


def _parsed(parse: Parser, file: LandedFile) -> Intake:
    """Return what a parser reads in a file; a parser sees bytes only, so a bad record gets the file's name here."""
    try:
        return parse(file.content)
    except BadRecord as error:
        raise BadRecord(file.file_name, error.line, error.reason) from error


def _with_source(frame: pl.DataFrame, file: LandedFile) -> pl.DataFrame:
    return frame.with_columns(pl.lit(file.source_id).alias("source_id"), pl.lit(file.sha256).alias("file_sha256"))


def _account(warehouse: Warehouse, contract: Table, read: list[tuple[LandedFile, Intake]]) -> int:
    """Record what each file yielded and what was quarantined; return the number of quarantined rows."""
    quarantine, intake = tables()["meta.quarantine"], tables()["meta.intake"]
    refused = [
        _with_source(found.quarantined, file).with_columns(pl.lit(contract.name).alias("table_name"))
        for file, found in read
    ]
    counts = [
        {
            "table_name": contract.name,
            "source_id": file.source_id,
            "file_sha256": file.sha256,
            "rows_in": found.rows_in,
            "rows_kept": found.kept.height,
            "rows_quarantined": found.quarantined.height,
        }
        for file, found in read
    ]
    part = contract.short_name
    warehouse.tables.replace_part(quarantine, part, pl.concat([empty(quarantine), *refused], how="diagonal_relaxed"))
    warehouse.tables.replace_part(intake, part, pl.DataFrame(counts, schema=empty(intake).schema))
    return sum(found.quarantined.height for _, found in read)


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
