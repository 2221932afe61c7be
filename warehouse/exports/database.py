"""Writes the edition as one DuckDB file: types, not-null, keys, views, and a comment on every table and column.

The storage version is readable by DuckDB 1.2 and newer. The file is closed without a write-ahead log and is read-only
on disk, because it must not change.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import duckdb

from warehouse.catalogue import Table, pick, tables
from warehouse.errors import ContractBroken
from warehouse.exports import Content, described, views
from warehouse.query import DATABASE, EDITION_TABLE
from warehouse.storage import duckdb_connection, resources
from warehouse.storage.table_store import Tables, damaged, literal, quoted

STORAGE_VERSION = "v1.2.0"


@contextlib.contextmanager
def written(content: Content, store: Tables, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Write the DuckDB file of an edition; yield a read-only connection with it as the default database.

    Raises `ContractBroken` if a table of the store does not match its catalogue entry or has a value that the entry
    does not list, `CommunityPowerError` if a table cannot be read, and `duckdb.IOException` if the file cannot be
    written.
    """
    path = folder / DATABASE
    # The default is a folder in the working directory, which may not be writable.
    spill = folder.with_name(f"{folder.name}-spill")
    size = sum(store.path(table.name).stat().st_size for table in content.tables if store.path(table.name).exists())
    database = duckdb_connection.connect(config={**resources.spill_to(spill), "threads": resources.threads(size)})
    try:
        database.execute(f"attach {literal(path)} as edition (storage_version {literal(STORAGE_VERSION)})")
        database.execute("use edition")
        database.execute("begin")
        for table in content.tables:
            _create(database, table)
            _load(database, table, store.path(table.name))
        _keep_values(database, content.tables)
        identity = pick("table", tables, EDITION_TABLE)
        _create(database, identity)
        _identify(database, content)
        _add_key(database, identity)
        for statement in views.statements({table.name for table in content.tables}):
            database.execute(statement)
        database.execute("commit")
        database.execute("checkpoint edition")
        database.execute("use memory")
        database.execute("detach edition")
        path.chmod(0o444)
        database.execute(f"attach {literal(path)} as edition (read_only)")
        database.execute("use edition")
        yield database
    finally:
        database.close()


def _create(database: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Create a table without its key, with the comments of the catalogue on it and its columns."""
    name = f"{quoted(table.schema_name)}.{quoted(table.short_name)}"
    columns = [
        f"{quoted(column.name)} {column.type}{'' if column.nullable else ' not null'}" for column in table.columns
    ]
    statements = [
        f"create schema if not exists {quoted(table.schema_name)}",
        f"create table {name} ({', '.join(columns)})",
        f"comment on table {name} is {literal(table.summary)}",
    ]
    statements += [
        f"comment on column {name}.{quoted(column.name)} is {literal(described(column))}" for column in table.columns
    ]
    database.execute(";\n".join(statements))


def _add_key(database: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Add the key of a table after its rows: one index build takes half the time of indexing row by row."""
    key = ", ".join(quoted(column) for column in table.key)
    database.execute(f"alter table {table.name} add primary key ({key})")


def _load(database: duckdb.DuckDBPyConnection, table: Table, parquet: Path) -> None:
    columns = ", ".join(quoted(column.name) for column in table.columns)
    try:
        database.execute(f"insert into {table.name} by name select {columns} from read_parquet({literal(parquet)})")
        _add_key(database, table)
    except (duckdb.BinderException, duckdb.ConversionException, duckdb.ConstraintException) as error:
        raise ContractBroken(f"{table.name} does not match its catalogue entry. Run cpower build. {error}") from error
    except duckdb.IOException:
        raise
    except duckdb.Error as error:
        raise damaged(table.name, parquet, error) from error


def _keep_values(database: duckdb.DuckDBPyConnection, loaded: tuple[Table, ...]) -> None:
    """Raise `ContractBroken`, listing all of them, for values that the catalogue does not list.

    The lists are published as constraints, so an edition must meet them.
    """
    broken = []
    for table in loaded:
        listed = [column for column in table.columns if column.values]
        if not listed:
            continue
        strange = ", ".join(
            f"(list(distinct {quoted(column.name)} order by {quoted(column.name)}) "
            f"filter ({quoted(column.name)} not in ({', '.join(map(literal, column.values))})))[:3]"
            for column in listed
        )
        found = database.execute(f"select {strange} from {table.name}").fetchall()[0]
        broken += [
            f"{table.name}.{column.name} holds {value!r}"
            for column, values in zip(listed, found, strict=True)
            for value in values or ()
        ]
    if broken:
        raise ContractBroken(f"Values that the catalogue does not list: {'; '.join(broken)}.")


def _identify(database: duckdb.DuckDBPyConnection, content: Content) -> None:
    """Write the row of `meta.edition`."""
    row = {
        "edition_id": content.edition_id,
        "built_at": content.built_at.replace(tzinfo=None),
        "version": content.release.version,
        "version_why": "; ".join(content.release.why),
        "previous_edition_id": content.release.previous_id,
        "previous_version": content.release.previous_version,
        **content.release.moved,
        "sign_off": content.release.sign_off,
        **vars(content.build),
        **{f"{name}_version": version for name, version in content.versions.items()},
    }
    types = {column.name: column.type for column in pick("table", tables, EDITION_TABLE).columns}
    # Literals, because DuckDB imports pandas and pyarrow, if installed, for the first parameter.
    cells = ", ".join(
        f"cast({'null' if value is None else literal(str(value))} as {types[name]}) as {quoted(name)}"
        for name, value in row.items()
    )
    database.execute(f"insert into {EDITION_TABLE} by name select {cells}")
