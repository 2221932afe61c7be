"""Reads an edition over a restricted connection, one select at a time.

The connection is read-only, has no access to other files or the network, loads no extension, uses at most
`MEMORY_LIMIT` of memory, and has a locked configuration.
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
# Metadata of an edition: its id, version, build, tables and licences.
EDITION_FILE = "edition.json"
# Metadata of an edition as a table; created with the DuckDB file, so it is not in the table store.
EDITION_TABLE = "meta.edition"
MEMORY_LIMIT = "2GB"
CONFIG: duckdb_connection.Config = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "memory_limit": MEMORY_LIMIT,
    # By default DuckDB writes temporary files to a folder beside the database, which must stay unchanged.
    "temp_directory": "",
}
LOCKS = ("set TimeZone = 'UTC'", "set python_enable_replacements = false", "set lock_configuration = true")
READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
# DuckDB rewrites pragmas to selects, so only the first word of a statement identifies them.
FIRST_WORD = re.compile(
    r"(?>\s+|\(|--[^\n]*|/\*.*?\*/)*+(?:select|from|with|values|table|describe|show|summarize|explain|pivot)\b",
    re.DOTALL | re.IGNORECASE,
)
UNKNOWN_TABLE = re.compile(r"Table with name (?P<name>\S+) does not exist")


def connect(edition: Path) -> duckdb.DuckDBPyConnection:
    """Return a read-only connection to the edition in a folder.

    If the folder is the link to the current edition, the connection stays on the edition that the link pointed to.
    Raises `NotBuilt` if there is no edition or it cannot be opened, and `CommunityPowerError` if a write-ahead log is
    beside it.
    """
    path = edition.resolve() / DATABASE
    if not path.exists():
        raise NotBuilt(f"No edition found in {edition}. Run cpower build.")
    log = path.with_name(f"{DATABASE}.wal")
    if log.exists():
        raise CommunityPowerError(
            f"{log} is not part of the edition: a program has written to the edition. Remove that file."
        )
    try:
        connection = duckdb_connection.connect(path, read_only=True, config=CONFIG)
    except duckdb.Error as error:
        raise NotBuilt(f"Cannot open {path}. Run cpower build. {error}") from error
    for lock in LOCKS:
        connection.execute(lock)
    return connection


def run(edition: Path, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the columns and rows of one select over the edition in a folder.

    Raises `CommunityPowerError` for anything but one reading statement and for a failing query, and `UnknownName`,
    with the nearest names, for a table that the edition does not have.
    """
    with contextlib.closing(connect(edition)) as connection:
        try:
            statements = connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type not in READING or not FIRST_WORD.match(sql):
                raise CommunityPowerError("An edition is read-only: enter a single select statement.")
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
    """Return the rows of a query as dicts by column name."""
    result = connection.execute(sql, dict(parameters) if isinstance(parameters, Mapping) else list(parameters))
    columns = [column[0] for column in result.description or []]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def table_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the tables of an edition as sorted `schema.table` names."""
    found = connection.execute("select schema_name || '.' || table_name as name from duckdb_tables() order by name")
    return [name for (name,) in found.fetchall()]


def column_names(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Return the columns of a table of an edition in order; an empty list if the table does not exist.

    `table` is a `schema.table` name of the catalogue. `duckdb_columns()` would be slower: it reads all columns.
    """
    try:
        found = connection.execute(f"from {table} limit 0")
    except duckdb.CatalogException:
        return []
    return [column[0] for column in found.description or []]
