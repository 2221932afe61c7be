"""Opens two sets of tables in one DuckDB for a comparison: editions on disk, or the table store.

Every table is a view `older."schema.table"` or `newer."schema.table"`. The tables in `NEEDED` have all columns of the
catalogue, null if the snapshot lacks them, so that editions of another form can be compared.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from warehouse.catalogue import Table, tables
from warehouse.errors import CommunityPowerError
from warehouse.query import CONFIG, DATABASE, EDITION_FILE
from warehouse.storage import duckdb_connection, resources
from warehouse.storage.table_store import Tables, damaged, literal, quoted

OLDER, NEWER = "older", "newer"
NEEDED = (
    "core.dim_locality",
    "core.dim_metric",
    "core.dim_nation",
    "meta.build",
    "meta.dictionary",
    "meta.landed_file",
    "metrics.award_window",
    "metrics.metric_value",
)


@dataclass(frozen=True)
class Snapshot:
    """A set of tables: its label, and the DuckDB file of an edition or the Parquet file of each table.

    `digests` are those of the tables without their volatile columns, as far as recorded.
    """

    label: str
    database: Path | None = None
    files: tuple[tuple[str, Path], ...] = ()
    digests: Mapping[str, str | None] = field(default_factory=dict)

    @classmethod
    def of_edition(cls, label: str, path: Path) -> "Snapshot":
        """Return the snapshot of the edition in a folder."""
        digests = {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            digests = dict(json.loads((path / EDITION_FILE).read_text("utf-8"))["content"]["tables"])
        return cls(label, database=path / DATABASE, digests=digests)

    @classmethod
    def of_store(cls, label: str, store: Tables, contracts: tuple[Table, ...]) -> "Snapshot":
        """Return the snapshot of tables of a table store."""
        stamps = {table.name: store.stamp(table.name) for table in contracts}
        return cls(
            label,
            files=tuple((table.name, store.path(table.name)) for table in contracts),
            digests={name: stamp.stable if stamp else None for name, stamp in stamps.items()},
        )

    def shared_with(self, other: "Snapshot") -> frozenset[str]:
        """Return the tables with the same recorded digest in another snapshot."""
        return frozenset(name for name, digest in self.digests.items() if digest and digest == other.digests.get(name))


@contextlib.contextmanager
def side_by_side(older: Snapshot, newer: Snapshot) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield an in-memory DuckDB with the tables of both snapshots as views.

    Raises `CommunityPowerError` if a file cannot be read.
    """
    files = [*older.files, *newer.files]
    size = sum(path.stat().st_size for _, path in files if path.exists()) if files else None
    spill = {name: CONFIG[name] for name in ("memory_limit", "temp_directory")}
    database = duckdb_connection.connect(config={**spill, "threads": resources.threads(size)})
    try:
        for alias, side in ((OLDER, older), (NEWER, newer)):
            try:
                _open(database, alias, side)
            except duckdb.Error as error:
                raise CommunityPowerError(f"{side.label} cannot be read, so it cannot be compared: {error}") from error
        yield database
    finally:
        database.close()


def columns_of(database: duckdb.DuckDBPyConnection, alias: str) -> dict[str, list[str]]:
    """Return the columns of each table of a snapshot, in order."""
    found: dict[str, list[str]] = {}
    rows = database.execute(
        f"select table_name, column_name from duckdb_columns() where schema_name = {literal(alias)} "
        "and database_name = 'memory' order by table_name, column_index"
    ).fetchall()
    for table, column in rows:
        found.setdefault(table, []).append(column)
    return found


def _open(database: duckdb.DuckDBPyConnection, alias: str, side: Snapshot) -> None:
    """Create the views of a snapshot."""
    relations = {name: f"read_parquet({literal(file)})" for name, file in side.files}
    if side.database:
        attached = f"{alias}_file"
        database.execute(f"attach {literal(side.database)} as {attached} (read_only)")
        found = database.execute(
            f"select schema_name, table_name from duckdb_tables() where database_name = {literal(attached)}"
        ).fetchall()
        relations = {f"{schema}.{table}": f"{attached}.{schema}.{quoted(table)}" for schema, table in found}
    database.execute(f"create schema {alias}")
    files = dict(side.files)
    for name, relation in relations.items():
        try:
            database.execute(f"create view {alias}.{quoted(name)} as select * from {relation}")
        except duckdb.Error as error:
            if name in files:
                raise damaged(name, files[name], error) from error
            raise
    known = columns_of(database, alias)
    for name in NEEDED:
        missing = [column for column in tables()[name].columns if column.name not in known.get(name, [])]
        if missing:
            empty = ", ".join(f"cast(null as {column.type}) as {quoted(column.name)}" for column in missing)
            rows = f"*, {empty} from {relations[name]}" if name in relations else f"{empty} where false"
            database.execute(f"create or replace view {alias}.{quoted(name)} as select {rows}")
