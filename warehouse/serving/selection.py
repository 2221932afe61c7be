"""Selects rows of the tables of an edition by the parameters of a request.

Tables and columns are those of the catalogue; all that a request gives are parameters of the query.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from warehouse import query
from warehouse.catalogue import Column, tables
from warehouse.errors import UnknownName
from warehouse.explain.explanation import find_place
from warehouse.exports import csv
from warehouse.serving.answers import Form, Page
from warehouse.serving.pool import Reading
from warehouse.storage.table_store import quoted

# Identifiers of the build and of its input, which say nothing to a reader of values.
LEFT_OUT = {"run_id", "input_hash", "method_version", "file_sha256", "source_row"}


@dataclass
class Selection:
    """Conditions of a query, and the parameters that they name."""

    conditions: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def among(self, expression: str, wanted: Sequence[str]) -> None:
        """Keep the rows in which an expression is one of some values; all rows if none is wanted."""
        if wanted:
            self.matching(f"{expression} in (select unnest(?::varchar[]))", list(wanted))

    def matching(self, condition: str, *values: Any) -> None:
        """Keep the rows of a condition, which has one question mark for each value."""
        self.conditions.append(condition)
        self.values += values

    def of(self, rows: str) -> str:
        """Return the relation of the rows that meet all conditions."""
        return f"({rows}{' where ' if self.conditions else ''}{' and '.join(self.conditions)})"


def page_of_table(reading: Reading, table: str, wanted: Selection, form: Form, limit: int, offset: int) -> Page:
    """Return a page of the rows of a table that meet some conditions, sorted by key."""
    columns = columns_of(reading.database, table)
    return page(reading, wanted.of(f"from {table}"), columns, tables()[table].key, wanted, form, limit, offset)


def page(
    reading: Reading,
    relation: str,
    columns: Sequence[Column],
    key: Sequence[str],
    wanted: Selection,
    form: Form,
    limit: int,
    offset: int,
) -> Page:
    """Return a page of the rows of a relation, sorted by key; for CSV, as cells of `warehouse.exports.csv`."""
    cells = [
        f"{csv.cell(column)} as {quoted(column.name)}" if form is Form.CSV else quoted(column.name)
        for column in columns
    ]
    order = ", ".join(map(quoted, key))
    ((total,),) = reading.database.execute(f"select count(*) from {relation}", wanted.values).fetchall()
    rows = reading.database.execute(
        f"select {', '.join(cells)} from (from {relation} order by {order} limit {int(limit)} offset {int(offset)})",
        wanted.values,
    ).fetchall()
    return Page(reading.edition, columns, rows, total, limit, offset)


def columns_of(database: duckdb.DuckDBPyConnection, table: str) -> list[Column]:
    """Return the columns of a table that the catalogue has and the edition has, too."""
    there = set(query.column_names(database, table)) - LEFT_OUT
    return [column for column in tables()[table].columns if column.name in there]


def each(given: Sequence[str] | None) -> list[str]:
    """Return the values of a parameter that may be repeated or have several values with commas between them."""
    return [name.strip() for text in given or () for name in text.split(",") if name.strip()]


def places(database: duckdb.DuckDBPyConnection, given: Sequence[str] | None) -> list[str]:
    """Return the codes of the places that a parameter names; raise `UnknownName` for a name of none.

    A name may have a comma, such as "Bristol, City of".
    """
    found: list[str] = []
    for text in given or ():
        try:
            found.append(find_place(database, text).code)
        except UnknownName:
            if "," not in text:
                raise
            found += [find_place(database, name).code for name in each([text])]
    return found


def nations(database: duckdb.DuckDBPyConnection, given: Sequence[str] | None) -> list[str]:
    """Return the English names of the nations that a parameter names by code or name in English or Welsh.

    Raises `UnknownName` for another name.
    """
    known = database.execute("select nation, nation_code, nation_name_cy from core.dim_nation").fetchall()
    names = {name.lower(): row[0] for row in known for name in row}
    for name in each(given):
        if name.lower() not in names:
            raise UnknownName("nation", name, [row[0] for row in known])
    return [names[name.lower()] for name in each(given)]


def listed(what: str, known: Collection[str], given: Sequence[str] | None) -> list[str]:
    """Return the values of a parameter; raise `UnknownName` for one that is not known."""
    found = each(given)
    for name in found:
        if name not in known:
            raise UnknownName(what, name, sorted(known))
    return found


def distinct(database: duckdb.DuckDBPyConnection, table: str, column: str) -> set[str]:
    """Return the values of a column of a table."""
    return {value for (value,) in database.execute(f"select distinct {quoted(column)} from {table}").fetchall()}
