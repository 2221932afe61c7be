"""Validates parsed rows against contracts and quarantines failures.

A row either keeps its contract, or is quarantined with the rules that it broke. No row is dropped: a check compares the
rows that the reader counted with the rows kept plus the rows quarantined. Parsers are in the modules of their subjects;
`assets.ingest.tabular` reads CSV files and workbooks as text.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from warehouse.catalogue import pick, tables
from warehouse.storage.table_store import POLARS_TYPES

if TYPE_CHECKING:
    import dataframely as dy

QUARANTINE_SCHEMA = {"source_row": pl.Int64, "rule": pl.String, "content": pl.String}
SOURCE_ROW = "source_row"


@dataclass(frozen=True)
class Intake:
    """The validated rows of one file for a staging table.

    `kept` has the contract's columns, `source_row` (1-based row or item number in the file) among them;
    `quarantined` has `source_row`, `rule` (the rules broken, joined by "; ") and `content` (the row as JSON).
    `rows_in` is the number of rows that the reader counted before parsing, so that a lost row is detected;
    `rows_merged` of them became part of another row that is kept. `notes` tell the user what was not read.
    """

    kept: pl.DataFrame
    quarantined: pl.DataFrame
    rows_in: int
    rows_merged: int = 0
    notes: tuple[str, ...] = ()


def without_orphans(child: Intake, parent: Intake) -> Intake:
    """Return the rows of a child table, with the children of quarantined parent rows quarantined too.

    `source_row` of a child is that of its parent, without which the child has no meaning.
    """
    orphaned = ~pl.col(SOURCE_ROW).is_in(parent.kept[SOURCE_ROW].implode())
    orphans = child.kept.filter(orphaned)
    moved = orphans.select(
        pl.col(SOURCE_ROW).cast(pl.Int64),
        pl.lit("the row that it belongs to is quarantined").alias("rule"),
        pl.struct(orphans.columns).struct.json_encode().alias("content"),
    )
    quarantined = pl.concat([child.quarantined, moved.cast(QUARANTINE_SCHEMA)]).sort(SOURCE_ROW, maintain_order=True)  # type: ignore[arg-type]
    return replace(child, kept=child.kept.filter(~orphaned), quarantined=quarantined)


def quarantine(rows: list[tuple[int, str, dict[str, object]]]) -> pl.DataFrame:
    """Return rows that were refused before validation as quarantine rows.

    Each item is (source_row, rule, content).
    """
    data = [(number, rule, json.dumps(content, ensure_ascii=False, sort_keys=True)) for number, rule, content in rows]
    return pl.DataFrame(data, schema=QUARANTINE_SCHEMA, orient="row")


def columns_of(table: str) -> dict[str, pl.DataType | type[pl.DataType]]:
    """Return the columns of a staging table that a file gives, with their types, the number of the row first."""
    return {column.name: POLARS_TYPES[column.type] for column in pick("table", tables, table).of_a_file}


def admit(
    frame: pl.DataFrame,
    table: str,
    refused: pl.DataFrame | None = None,
    *,
    rows_in: int,
    is_trimmed: bool = False,
    rules: Mapping[str, pl.Expr] | None = None,
) -> Intake:
    """Validate a frame of text against the contract of a staging table and return the kept and the quarantined rows.

    Text is trimmed and an empty string is null. Columns are cast to the contract's types; a row with a value that
    cannot be cast is quarantined, and the value never becomes null. `refused` are rows that could not be put into the
    frame, such as rows with the wrong number of fields; `rows_in` is the number of rows that the reader counted.
    `is_trimmed` means that the text is trimmed already. `rules` are those that SQL cannot express: by name,
    whether a row keeps it; null means that it does.
    """
    from assets.ingest.contracts import contract_of  # a second to import

    contract = contract_of(table, rules)
    trimmed = pl.col(pl.String).str.replace_all("\u00a0", " ").str.strip_chars().replace("", None)
    text = (frame if is_trimmed else frame.with_columns(trimmed)).select(contract.column_names())
    typed, uncast = _dates_and_booleans(text, contract)
    kept, failure = contract.filter(typed, cast=True)
    details = failure.details()
    if failure.invalid().height:
        broken = [name for name in details.columns if name not in text.columns]
        quarantined = details.select(
            pl.col(SOURCE_ROW).cast(pl.Int64),
            pl.concat_list(
                [
                    pl.when(pl.col(rule).cast(pl.String) == "invalid")
                    .then(pl.lit(rule.replace("|", " ")))
                    .otherwise(None)
                    for rule in broken
                ]
            )
            .list.drop_nulls()
            .list.join("; ")
            .alias("rule"),
            pl.struct(text.columns).struct.json_encode().alias("content"),
        )
    else:
        quarantined = pl.DataFrame(schema=QUARANTINE_SCHEMA)
    parts = [quarantined, uncast] if refused is None else [quarantined, uncast, refused]
    return Intake(kept, pl.concat(parts).sort(SOURCE_ROW), rows_in)


def _dates_and_booleans(text: pl.DataFrame, contract: "type[dy.Schema]") -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (frame, quarantine rows) with ISO dates and booleans parsed in columns of these types.

    Polars casts text to numbers but refuses to cast it to dates and booleans.
    """
    readings = {}
    for name, column in contract.columns().items():
        if text.schema[name] != pl.String:
            continue
        if column.dtype == pl.Date:
            readings[name] = pl.col(name).str.to_date("%Y-%m-%d", strict=False)
        elif column.dtype == pl.Boolean:
            readings[name] = pl.col(name).replace_strict(
                {"true": True, "false": False}, default=None, return_dtype=pl.Boolean
            )
    if not readings:
        return text, pl.DataFrame(schema=QUARANTINE_SCHEMA)
    wrong = {name: reading.is_null() & pl.col(name).is_not_null() for name, reading in readings.items()}
    judged = text.with_columns(
        pl.concat_list([pl.when(test).then(pl.lit(f"{name} dtype")).otherwise(None) for name, test in wrong.items()])
        .list.drop_nulls()
        .list.join("; ")
        .alias("__rule")
    )
    refused = judged.filter(pl.col("__rule") != "").select(
        pl.col(SOURCE_ROW).cast(pl.Int64),
        pl.col("__rule").alias("rule"),
        pl.struct(text.columns).struct.json_encode().alias("content"),
    )
    return judged.filter(pl.col("__rule") == "").drop("__rule").with_columns(**readings), refused
