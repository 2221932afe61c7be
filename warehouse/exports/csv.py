"""Writes the tables as CSV (RFC 4180): UTF-8 without a byte-order mark, one header row, CRLF, sorted by key.

A null is an empty cell. Dates are ISO 8601, timestamps UTC, booleans `true` or `false`. Numbers have the shortest form
that reads back as the same number. Lists are joined by ";".

A spreadsheet runs a text cell that starts with one of `= + - @`, their full-width forms, a tab or a line end as a
formula. Such a cell, unless it is a number, gets an apostrophe in front, in CSV only: the Parquet files and the DuckDB
file have the text as published. A text that already starts with apostrophes followed by such a character gets one more,
so removing one apostrophe always restores the published text.
"""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from warehouse.catalogue import Column, Table
from warehouse.exports import Content
from warehouse.storage.table_store import literal, quoted

FOLDER = "csv"
LIST_SEPARATOR = ";"
FORMULA = r"^'*[=+\-@\t\r\n＝＋－＠]"
NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `csv/<schema>.<table>.csv` for every table."""
    (folder / FOLDER).mkdir()
    for table in content.tables:
        name = f"{FOLDER}/{table.name}.csv"
        if not content.link(folder, name, table):
            copy(database, table.name, table.columns, folder / name)


def copy(database: duckdb.DuckDBPyConnection, rows: str, columns: Iterable[Column], path: Path) -> None:
    """Write columns of an SQL relation to a CSV file, in the order of its rows."""
    cells = ", ".join(f"{cell(column)} as {quoted(column.name)}" for column in columns)
    database.execute(f"copy (select {cells} from {rows}) to {literal(path)} (format csv, header, new_line '\\r\\n')")


def with_empty_text(database: duckdb.DuckDBPyConnection, table: Table) -> set[str]:
    """Return the text columns of a table that contain an empty text, which CSV cannot distinguish from a null."""
    texts = [column.name for column in table.columns if column.type in ("VARCHAR", "VARCHAR[]")]
    if not texts:
        return set()
    tests = ", ".join(f"bool_or(length({quoted(name)}) = 0)" for name in texts)
    found = database.execute(f"select {tests} from {table.name}").fetchall()[0]
    return {name for name, is_empty in zip(texts, found, strict=True) if is_empty}


def cell(column: Column) -> str:
    """Return the SQL expression of the CSV cell of a column."""
    name = quoted(column.name)
    if column.type == "TIMESTAMP":
        return f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%fZ')"
    if column.type == "VARCHAR[]":
        return _harmless(f"array_to_string({name}, {literal(LIST_SEPARATOR)})")
    return _harmless(name) if column.type == "VARCHAR" else name


def _harmless(text: str) -> str:
    is_formula = f"regexp_matches({text}, {literal(FORMULA)}) and not regexp_full_match({text}, {literal(NUMBER)})"
    return f"case when {is_formula} then '''' || {text} else {text} end"
