"""Opening DuckDB, with the settings that every connection of the project shares."""

from pathlib import Path

import duckdb

Config = dict[str, str | bool | int | float | list[str]]


def connect(
    path: Path | None = None, *, read_only: bool = False, config: Config | None = None
) -> duckdb.DuckDBPyConnection:
    """Return a connection to the database file at a path, or without one to a new database in memory.

    It draws no progress bar: DuckDB takes the process of a run for an interactive one and would draw bars in the log.
    Raises `duckdb.Error` where the file cannot be opened.
    """
    connection = duckdb.connect(str(path or ":memory:"), read_only=read_only, config=config or {})
    connection.execute("set enable_progress_bar = false")
    return connection
