"""The table store: one Parquet file per table, replaced as a whole after its contract is validated.

A select runs in its own in-memory database over views of the tables that it reads. Its result is compared by column
name with the contract (columns, types, not-null, key) before the old file is replaced. Files are never shared for
writing, so there are no locks. SQL checks elsewhere test the content of tables.
"""

import contextlib
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from graphlib import TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import duckdb
import polars as pl

from warehouse.catalogue import Column, Table
from warehouse.errors import ContractBroken, HomeUnavailable, NotBuilt
from warehouse.lineage import SQL_ROOT, reads
from warehouse.storage import duckdb_connection, resources
from warehouse.storage import stamp as stamps
from warehouse.storage.atomic_files import SPILL, put, replacing, scratch, sha256, temporary_folder
from warehouse.storage.stamp import Stamp

INTEGERS = ("INTEGER", "BIGINT", "HUGEINT", "SMALLINT", "TINYINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
POLARS_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "VARCHAR": pl.String,
    "BOOLEAN": pl.Boolean,
    "INTEGER": pl.Int32,
    "BIGINT": pl.Int64,
    "DOUBLE": pl.Float64,
    "DATE": pl.Date,
    "TIMESTAMP": pl.Datetime("us"),
    "VARCHAR[]": pl.List(pl.String),
}
CALL = re.compile(r"(\w+)\s*\(")
# Each database in memory has a number in its name.
NUMBERS = itertools.count()
NO_FILES: Mapping[str, str] = MappingProxyType({})


@cache
def macros() -> tuple[str, ...]:
    """Return the statements that create the macros of `sql/macros`, each after those of the macros that it calls."""
    texts = {path.stem: path.read_text("utf-8") for path in sorted((SQL_ROOT / "macros").glob("*.sql"))}
    called = {name: sorted({*CALL.findall(text)} & texts.keys() - {name}) for name, text in texts.items()}
    return tuple(texts[name] for name in TopologicalSorter(called).static_order())


def quoted(identifier: str) -> str:
    """Return an SQL identifier in quotes."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """Return an SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"


class Engine(Protocol):
    """What can run a query instead of DuckDB."""

    def takes(self, rows: int) -> bool:
        """Return whether a query that reads so many rows is run by this engine."""

    def write(self, query: str, files: Mapping[str, Path], folder: Path) -> None:
        """Write the rows of a query as Parquet files in a new folder; `files` has the file of each table it reads.

        Raises `ContractBroken` if the query fails.
        """


class Tables:
    """The tables under one folder, `<schema>/<table>.parquet`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str) -> Path:
        """Return the path of the table `schema.table`."""
        schema, table = name.split(".")
        return self.root / schema / f"{table}.parquet"

    def read(self, name: str) -> pl.DataFrame:
        """Return a table; raise `NotBuilt` if it has not been built or its file is damaged."""
        self.require([name])
        try:
            return pl.read_parquet(self.path(name))
        except pl.exceptions.PolarsError as error:
            raise damaged(name, self.path(name), error) from error

    def stamp(self, name: str) -> Stamp | None:
        """Return the stamp of a table: fingerprint of its inputs and digests of its content.

        None if the table has not been built or its file was changed.
        """
        return stamps.read(self.path(name))

    def replace(self, table: Table, frame: pl.DataFrame, *, fingerprint: str = "") -> Stamp:
        """Replace a table by a frame that meets its contract, and return its stamp.

        A file with the same content is not replaced. Raises `ContractBroken` if the contract is violated; the old table
        stays.
        """
        with scratch(self.path(table.name)) as temporary:
            _write(frame, temporary, self.path(table.name))
            with _database(self.root, temporary.stat().st_size) as database:
                return self._store(database, table, f"select * from read_parquet({literal(temporary)})", fingerprint)

    def replace_from(
        self, table: Table, query: str, *, fingerprint: str = "", files: Mapping[str, str] = NO_FILES
    ) -> Stamp:
        """Replace a table by the result of a select over files, which need not be tables; otherwise like `build`.

        `files` are recorded (`Stamp.files`).
        """
        with _database(self.root) as database:
            return self._store(database, table, query, fingerprint, files)

    def replace_part(self, table: Table, part: str, frame: pl.DataFrame) -> None:
        """Replace the rows that one named part contributes to a table; `union` joins the parts."""
        with replacing(self._part(table, part)) as temporary:
            _write(frame.select(column.name for column in table.columns), temporary, self._part(table, part))

    def has_part(self, table: Table, part: str) -> bool:
        """Return whether a part of a table has been written, even without rows."""
        return self._part(table, part).exists()

    def union(self, table: Table, parts: Iterable[str]) -> pl.DataFrame:
        """Return the rows of the named parts of a table; a part that was never written has none."""
        written = [path for part in parts if (path := self._part(table, part)).exists()]
        return pl.concat([empty(table), *map(pl.read_parquet, written)])

    def _part(self, table: Table, part: str) -> Path:
        return self.root / table.schema_name / f"{table.short_name}.parts" / f"{part}.parquet"

    def build(self, table: Table, query: str, *, fingerprint: str = "", engine: Engine | None = None) -> Stamp:
        """Replace a table by the result of a select over other tables, and return its stamp.

        `engine` runs the query instead of DuckDB. A file with the same content is not replaced. Raises `ContractBroken`
        if the result violates the contract; the old table stays.
        """
        if engine:
            return self._build_elsewhere(engine, table, query, fingerprint)
        with self.connect(reads(query)) as database:
            return self._store(database, table, query, fingerprint)

    def _build_elsewhere(self, engine: Engine, table: Table, query: str, fingerprint: str) -> Stamp:
        self.require(reads(query))
        with scratch(self.path(table.name)) as folder:
            engine.write(query, {name: self.path(name) for name in reads(query)}, folder)
            rows = f"select * from read_parquet({literal(folder / '*.parquet')})"
            return self.replace_from(table, rows, fingerprint=fingerprint)

    def build_by_file(
        self, table: Table, query: str, files: Mapping[str, str], of_files: Iterable[str], *, fingerprint: str = ""
    ) -> Stamp:
        """Replace a table like `build`, but keep the rows of unchanged files from the existing table.

        Each row must depend on the rows of one file in the tables `of_files`, and on other tables. `files` has the
        digest of all inputs of the rows of each file (`Stamp.files`): the query runs only over the files whose digest
        is not recorded.
        """
        before = self.stamp(table.name)
        known = before.files if before else {}
        kept = {name for name, digest in files.items() if known.get(name) == digest}
        with self.connect(reads(query), {name: _is_of(files.keys() - kept) for name in of_files}) as database:
            if kept:
                rows = f"read_parquet({literal(self.path(table.name))})"
                query = f"select * from ({query}) union all by name select * from {rows} where {_is_of(kept)}"
            return self._store(database, table, query, fingerprint, files)

    def require(self, names: Iterable[str]) -> None:
        """Raise `NotBuilt` if a table has not been built."""
        for name in names:
            if not self.path(name).exists():
                raise NotBuilt(f"{name} has not been built in {self.root}. Run cpower build.")

    @contextlib.contextmanager
    def connect(self, names: Iterable[str], only: Mapping[str, str] = NO_FILES) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield an in-memory DuckDB with the macros and a view of each named table; `only` filters the rows of some.

        Raises `NotBuilt` if a table has not been built or its file is damaged.
        """
        names = list(names)
        self.require(names)
        size = sum(self.path(name).stat().st_size for name in names)
        with _database(self.root, size) as database:
            for name in names:
                schema, short = name.split(".")
                database.execute(f"create schema if not exists {quoted(schema)}")
                try:
                    database.execute(
                        f"create view {quoted(schema)}.{quoted(short)} as "
                        f"select * from read_parquet({literal(self.path(name))}) where {only.get(name, 'true')}"
                    )
                except duckdb.Error as error:
                    raise damaged(name, self.path(name), error) from error
            yield database

    def _store(
        self,
        database: duckdb.DuckDBPyConnection,
        table: Table,
        query: str,
        fingerprint: str,
        files: Mapping[str, str] = NO_FILES,
    ) -> Stamp:
        """Replace a table by the result of a query: it is written to a file, which is then validated."""
        path = self.path(table.name)
        with scratch(path) as temporary:
            with _explained(table):
                found = database.execute(f"describe {query}").fetchall()
                keep_types(table, {name: column_type for name, column_type, *_ in found})
                _copy(database, table, f"({query})", temporary)
            written = f"read_parquet({literal(temporary)})"
            rows = _keep_rows(database, table, written)
            content = stable = sha256(temporary)
            if table.volatile:
                _copy(database, table, written, temporary.with_suffix(".stable"), left_out=table.volatile)
                stable = sha256(temporary.with_suffix(".stable"))
            if not path.exists() or path.stat().st_size != temporary.stat().st_size or sha256(path) != content:
                put(temporary, path)
        made = Stamp(fingerprint, rows, content, stable, dict(files))
        if self.stamp(table.name) != made:
            stamps.write(path, made)
        return made


class TablesInMemory:
    """Temporary tables in memory, with the same validation of contracts as `Tables`."""

    def __init__(self, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._database, self._folder = database, folder
        self._names: set[str] = set()

    def __contains__(self, name: str) -> bool:
        """Return whether the table `schema.table` exists."""
        return name in self._names

    def add(self, table: Table, frame: pl.DataFrame) -> None:
        """Add a table from a frame; raise `ContractBroken` if it violates the contract."""
        file = self._folder / f"{table.name}.parquet"
        _write(frame, file, file)
        self.build(table, f"select * from read_parquet({literal(file)})")
        file.unlink()

    def link(self, name: str, path: Path) -> None:
        """Add a table from a Parquet file."""
        self._database.execute(f"create view {self._relation(name)} as select * from read_parquet({literal(path)})")
        self._names.add(name)

    def build(self, table: Table, query: str) -> None:
        """Add the result of a select as a table; raise `ContractBroken` if it violates the contract."""
        relation = self._relation(table.name)
        with _explained(table):
            found = self._database.execute(f"describe {query}").fetchall()
            keep_types(table, {name: column_type for name, column_type, *_ in found})
            self._database.execute(f"create table {relation} as {_rows_of(table, f'({query})')}")
        _keep_rows(self._database, table, relation)
        self._names.add(table.name)

    def read(self, name: str) -> pl.DataFrame:
        """Return a table."""
        return self.query(f"select * from {name}")

    def query(self, query: str) -> pl.DataFrame:
        """Return the result of a select over the tables."""
        return pl.DataFrame(self._database.sql(query))

    def _relation(self, name: str) -> str:
        schema, short = map(quoted, name.split("."))
        self._database.execute(f"create schema if not exists {schema}")
        return f"{schema}.{short}"


@contextlib.contextmanager
def tables_in_memory(size: float) -> Iterator[TablesInMemory]:
    """Yield an empty set of in-memory tables for frames of `size` bytes; data beyond the memory limit is spilled.

    Raises `OSError` if the folder for temporary files is full or not writable.
    """
    with temporary_folder("cpower-tables-") as folder, _database(Path(folder), int(size)) as database:
        yield TablesInMemory(database, Path(folder))


@contextlib.contextmanager
def _explained(table: Table) -> Iterator[None]:
    """Convert errors of DuckDB about a failing query or a full disk into the errors of the project."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.IOException as error:
        raise HomeUnavailable(f"Cannot write {table.name}; the previous table is unchanged: {error}") from error
    except duckdb.Error as error:
        raise ContractBroken(f"{table.name}: the query fails: {error}") from error


def _copy(
    database: duckdb.DuckDBPyConnection, table: Table, rows: str, path: Path, left_out: Iterable[str] = ()
) -> None:
    """Write the contract's columns of a relation as a Parquet file, sorted by key."""
    database.execute(f"copy ({_rows_of(table, rows, left_out)}) to {literal(path)} (format parquet)")


def _rows_of(table: Table, rows: str, left_out: Iterable[str] = ()) -> str:
    """Return the select of the contract's columns of a relation, sorted by key."""
    columns = ", ".join(
        f"cast({_given(table, column)} as {column.type}) as {quoted(column.name)}"
        for column in table.columns
        if column.name not in left_out
    )
    order = ", ".join(quoted(name) for name in table.key)
    return f"select {columns} from {rows} order by {order}"


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """Return the DuckDB of this process with the macros; starting another takes longer than most queries."""
    engine = duckdb_connection.connect()
    for statement in macros():
        engine.execute(statement)
    return engine


@lru_cache(maxsize=1)
def _spill_beside(root: Path) -> None:
    """Set the folder of a store for spilled data; the default of DuckDB is the working directory."""
    # The folder cannot be changed once the process has used it.
    with contextlib.suppress(duckdb.NotImplementedException):
        for name, value in resources.spill_to(root.absolute() / SPILL).items():
            _engine().execute(f"set {name} = {literal(value)}")


@contextlib.contextmanager
def _database(root: Path, size: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection to a new in-memory database with the macros, for the store under a root.

    `size` is the total size of the input files in bytes, if known.
    """
    _spill_beside(root)
    name = f"store_{next(NUMBERS)}"
    with contextlib.closing(_engine().cursor()) as database:
        database.execute(f"attach ':memory:' as {name}")
        try:
            database.execute(f"set search_path = '{name},memory'")
            database.execute(f"set threads = {resources.threads(size)}")
            yield database
        except duckdb.OutOfMemoryException as error:
            raise resources.exhausted(root.absolute(), error) from error
        finally:
            database.execute("use memory")
            database.execute(f"detach {name}")


def _is_of(names: Iterable[str]) -> str:
    """Return the SQL condition that a row is from one of some files, by their names in `Stamp.files`."""
    by_source: dict[str, list[str]] = {}
    for name in sorted(names):
        source_id, file_sha256 = name.split()
        by_source.setdefault(source_id, []).append(file_sha256)
    tests = [
        f"source_id = {literal(source_id)} and file_sha256 in ({', '.join(map(literal, listed))})"
        for source_id, listed in by_source.items()
    ]
    return " or ".join(tests) or "false"


def _given(table: Table, column: Column) -> str:
    """Return the SQL of a column of a result: null if the contract lists it in `not_given`."""
    return "null" if column.name in table.not_given else quoted(column.name)


def keep_types(table: Table, found: dict[str, str]) -> None:
    """Raise `ContractBroken` unless the columns match the contract, with types that convert without loss."""
    expected = {column.name: column for column in table.columns if column.name not in table.not_given}
    missing, extra = sorted(expected.keys() - found.keys()), sorted(found.keys() - expected.keys())
    if missing or extra:
        raise ContractBroken(
            f"{table.name}: expected the columns of its catalogue entry, "
            f"got missing: {', '.join(missing) or '-'}; unexpected: {', '.join(extra) or '-'}."
        )
    for name, column in expected.items():
        if not _fits(found[name], column):
            raise ContractBroken(
                f"{table.name}.{name}: expected {column.type}, got {found[name]}. Cast it in the query."
            )


def _fits(found: str, column: Column) -> bool:
    return (
        found == column.type
        or (found in INTEGERS and column.type in ("INTEGER", "BIGINT", "DOUBLE"))
        or (found.startswith("DECIMAL") and column.type == "DOUBLE")
        or (found == "FLOAT" and column.type == "DOUBLE")
    )


def _keep_rows(database: duckdb.DuckDBPyConnection, table: Table, rows: str) -> int:
    """Return the number of rows of a relation; raise `ContractBroken` for a null or a duplicate key.

    The rows are sorted by key, so that duplicates follow each other.
    """
    required = [column.name for column in table.columns if not column.nullable]
    counts = ", ".join(f"count(*) - count({quoted(name)})" for name in required)
    total, *nulls = database.execute(f"select count(*), {counts} from {rows}").fetchall()[0]
    for name, missing in zip(required, nulls, strict=True):
        if missing:
            raise ContractBroken(f"{table.name}.{name}: null in {missing:,} of {total:,} rows of a required column.")
    key = [quoted(name) for name in table.key]
    names, repeats = ", ".join(key), " and ".join(f"{name} = lag({name}) over ()" for name in key)
    repeated = database.execute(
        f"select {names} from (select {names}, {repeats} as is_repeat from {rows}) where is_repeat limit 1"
    ).fetchall()
    if repeated:
        of_key = " and ".join(f"{name} = ?" for name in key)
        times = database.execute(f"select count(*) from {rows} where {of_key}", repeated[0]).fetchall()[0][0]
        values = dict(zip(table.key, repeated[0], strict=True))
        raise ContractBroken(f"{table.name}: duplicate key {values} ({times:,} rows).")
    return int(total)


def _write(frame: pl.DataFrame, temporary: Path, path: Path) -> None:
    """Write a frame for `path`; Polars reports a full disk as a `ComputeError`."""
    try:
        frame.write_parquet(temporary)
    except pl.exceptions.ComputeError as error:
        raise HomeUnavailable(f"Cannot write {path}; the previous content is unchanged: {error}") from error


def damaged(name: str, path: Path, error: Exception) -> NotBuilt:
    """Return the error for a table whose file cannot be read."""
    return NotBuilt(f"{name}: {path} is damaged. Run cpower build to write it again. {error}")


def empty(table: Table) -> pl.DataFrame:
    """Return a frame with a table's columns and no rows."""
    return pl.DataFrame(schema={column.name: POLARS_TYPES[column.type] for column in table.columns})
