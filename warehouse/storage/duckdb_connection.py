"""Opens DuckDB with the settings that all connections of the project share."""

from pathlib import Path

import duckdb

from warehouse.storage import resources

Config = dict[str, str | bool | int | float | list[str]]


def connect(
    path: Path | None = None, *, read_only: bool = False, config: Config | None = None
) -> duckdb.DuckDBPyConnection:
    """Return a connection to the database file at a path, or to a new in-memory database without one.

    `resources` limits memory and threads; `config` can lower the memory limit. The progress bar is off, because DuckDB
    would print it in the log of a run. Raises `duckdb.Error` if the file cannot be opened.
    """
    config = {"threads": resources.threads(), **(config or {})}
    asked = resources.parse_size(str(config.get("memory_limit", "")))
    limit = min(filter(None, (asked, resources.memory_limit())))
    connection = duckdb.connect(
        str(path or ":memory:"), read_only=read_only, config=config | {"memory_limit": f"{limit}B"}
    )
    connection.execute("set enable_progress_bar = false")
    return connection
