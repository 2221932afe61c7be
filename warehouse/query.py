"""Reading an edition: a connection that can read it and nothing else, and one select at a time.

The connection is read-only, sees no other file and no network, loads no extension, takes no more memory than
`MEMORY_LIMIT`, and its configuration is locked.
"""

import contextlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import CommunityPowerError, NotBuilt, UnknownName
from warehouse.storage import duckdb_connection

DATABASE = "community_power.duckdb"
# What an edition says of itself: its id, version, build, tables and licences.
EDITION_FILE = "edition.json"
# Says of an edition what it is; it is made with the file and in no store of tables.
EDITION_TABLE = "meta.edition"
MEMORY_LIMIT = "2GB"
CONFIG: duckdb_connection.Config = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "memory_limit": MEMORY_LIMIT,
    # By default what does not fit in memory goes to a folder beside the file, which is not to be written to.
    "temp_directory": "",
}
LOCKS = ("set TimeZone = 'UTC'", "set python_enable_replacements = false", "set lock_configuration = true")
READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
# DuckDB rewrites pragmas to selects, so the kind of a statement does not tell them; its first word does.
FIRST_WORD = re.compile(
    r"(?>\s+|\(|--[^\n]*|/\*.*?\*/)*+(?:select|from|with|values|table|describe|show|summarize|explain|pivot)\b",
    re.DOTALL | re.IGNORECASE,
)
UNKNOWN_TABLE = re.compile(r"Table with name (?P<name>\S+) does not exist")


def connect(edition: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection to the edition in a folder that can only read it.

    The folder may be the link to the current edition: the connection stays with the edition that it named then.
    Raises `NotBuilt` where there is no edition or it cannot be opened, and `CommunityPowerError` where a write-ahead
    log is beside it.
    """
    path = edition.resolve() / DATABASE
    if not path.exists():
        raise NotBuilt(f"There is no edition at {edition}; run cpower build.")
    log = path.with_name(f"{DATABASE}.wal")
    if log.exists():
        raise CommunityPowerError(f"{log} is no part of the edition: someone has written to it. Remove that file.")
    try:
        connection = duckdb_connection.connect(path, read_only=True, config=CONFIG)
    except duckdb.Error as error:
        raise NotBuilt(f"{path} cannot be opened; run cpower build. {error}") from error
    for lock in LOCKS:
        connection.execute(lock)
    return connection


def run(edition: Path, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the columns and rows of one select over the edition in a folder.

    Raises `CommunityPowerError` for anything but one statement that reads, and for a query that fails, with what
    is near: `UnknownName` for a table that the edition does not hold.
    """
    with contextlib.closing(connect(edition)) as connection:
        try:
            statements = connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type not in READING or not FIRST_WORD.match(sql):
                raise CommunityPowerError("An edition is read-only: write one select, and one at a time.")
            result = connection.execute(statements[0])
            return [column[0] for column in result.description or []], result.fetchall()
        except duckdb.CatalogException as error:
            if match := UNKNOWN_TABLE.search(str(error)):
                raise UnknownName("table", match["name"], table_names(connection)) from error
            raise CommunityPowerError(str(error)) from error
        except duckdb.Error as error:
            raise CommunityPowerError(str(error)) from error


def records(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> list[dict[str, Any]]:
    """Return the rows of a query, each by column name."""
    result = connection.execute(sql, dict(parameters) if isinstance(parameters, Mapping) else list(parameters))
    columns = [column[0] for column in result.description or []]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def table_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the tables of an edition as sorted `schema.table` names."""
    found = connection.execute("select schema_name || '.' || table_name as name from duckdb_tables() order by name")
    return [name for (name,) in found.fetchall()]


def column_names(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Return the columns of a table of an edition, given as `schema.table`, in order; none where it has no such table.

    The table is a name of the catalogue. `duckdb_columns()` would look at every column of the edition.
    """
    try:
        found = connection.execute(f"from {table} limit 0")
    except duckdb.CatalogException:
        return []
    return [column[0] for column in found.description or []]
