"""Opening DuckDB, with the settings that every connection of the project shares."""

from pathlib import Path

import duckdb

from warehouse.storage import resources

Config = dict[str, str | bool | int | float | list[str]]


def connect(
    path: Path | None = None, *, read_only: bool = False, config: Config | None = None
) -> duckdb.DuckDBPyConnection:
    """Return a connection to the database file at a path, or without one to a new database in memory.

    It takes the memory and the threads that `resources` gives, or less memory where `config` says so. It draws no
    progress bar: DuckDB takes the process of a run for an interactive one and would draw bars in the log. Raises
    `duckdb.Error` where the file cannot be opened.
    """
    config = {"threads": resources.threads(), **(config or {})}
    asked = resources.parse_size(str(config.get("memory_limit", "")))
    limit = min(filter(None, (asked, resources.memory_limit())))
    connection = duckdb.connect(
        str(path or ":memory:"), read_only=read_only, config=config | {"memory_limit": f"{limit}B"}
    )
    connection.execute("set enable_progress_bar = false")
    return connection
