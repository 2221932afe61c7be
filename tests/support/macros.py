"""The SQL macros of the project, asked for single values."""

from functools import cache

import duckdb

from warehouse.storage.table_store import macros


def by_macro(expression, *values):
    """Return the value of an SQL expression, in which $1, $2, ... are the values given."""
    return _database().execute(f"select {expression}", list(values)).fetchall()[0][0]


@cache
def _database():
    database = duckdb.connect()
    for statement in macros():
        database.execute(statement)
    return database
