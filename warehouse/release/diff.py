"""Compares two sets of tables."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import duckdb
import polars as pl

from warehouse.catalogue import pick, tables
from warehouse.query import EDITION_TABLE
from warehouse.release.diff_model import (
    ColumnChange,
    Comparison,
    FileChange,
    Largest,
    MetricChange,
    Move,
    RowChange,
    SnapshotFacts,
    ValueChanges,
)
from warehouse.release.snapshots import NEWER, OLDER, Snapshot, columns_of, side_by_side
from warehouse.release.value_diff import BOOKKEEPING, CHANGE_TABLE, change_columns, find_changes, series
from warehouse.storage.table_store import POLARS_TYPES, quoted

# Properties of a column that readers rely on, and properties that define the method of a metric.
COLUMN_TRAITS = ("type", "unit", "is_nullable", "is_key", "allowed_values")
METHOD_TRAITS = ("definition", "formula", "unit", "direction", "comparable_within", "aggregation", "scope")
LABELS = ("metric_name", "metric_name_cy", "is_name_cy_reviewed")


def compare(older: Snapshot, newer: Snapshot) -> Comparison:
    """Return the changes from `older` to `newer`; raise `CommunityPowerError` if either cannot be read."""
    same = _same(older, newer)
    with side_by_side(older, newer) as database:
        metrics = tuple(_metrics(database))
        find_changes(database, [item.metric_id for item in metrics if item.kind == "method"], same)
        added, removed = _tables(database)
        return Comparison(
            older=_facts(database, OLDER, older.label),
            newer=_facts(database, NEWER, newer.label),
            files=tuple(_files(database)),
            tables_added=added,
            tables_removed=removed,
            columns=tuple(_columns(database)),
            metrics=metrics,
            rows=tuple(_rows(database, same)),
            values=tuple(_values(database)),
            moves=tuple(_moves(database)),
            localities_n=_count(database, _BANDED),
            changes=_changes(database),
        )


_BANDED = """
select count(distinct older.locality_code)
from older_value as older
inner join newer_value as newer
    on older.metric_id = newer.metric_id
    and older.breakdown = newer.breakdown
    and older.locality_code = newer.locality_code
    and older.series = newer.series
where older.band is not null and newer.band is not null
"""


def _facts(database: duckdb.DuckDBPyConnection, alias: str, label: str) -> SnapshotFacts:
    row = database.execute(f'select as_of, input_hash, code_version from {alias}."meta.build"').fetchall()[0]
    return SnapshotFacts(label, *row)


def _files(database: duckdb.DuckDBPyConnection) -> list[FileChange]:
    found = database.execute(
        """
        with file as (
            select source_id, file_sha256, 1 as new_files, 0 as gone_files
            from newer."meta.landed_file" where is_current
            union all
            select source_id, file_sha256, 0 as new_files, 1 as gone_files
            from older."meta.landed_file" where is_current
        ),
        one_sided as (
            select source_id, file_sha256, max(new_files) as new_files, max(gone_files) as gone_files
            from file group by source_id, file_sha256 having count(*) = 1
        )
        select source_id, sum(new_files), sum(gone_files) from one_sided group by source_id order by source_id
        """
    ).fetchall()
    return [FileChange(source_id, int(new), int(gone)) for source_id, new, gone in found]


def _tables(database: duckdb.DuckDBPyConnection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tables that only the newer has, and those that only the older has."""
    older, newer = (
        {name for (name,) in database.execute(f'select table_name from {alias}."meta.dictionary"').fetchall()}
        for alias in (OLDER, NEWER)
    )
    return tuple(sorted(newer - older)), tuple(sorted(older - newer))


def _columns(database: duckdb.DuckDBPyConnection) -> list[ColumnChange]:
    traits = ", ".join(f"older.{name}, newer.{name}" for name in COLUMN_TRAITS)
    found = database.execute(
        f"""
        select
            coalesce(newer.table_name, older.table_name) as table_name,
            coalesce(newer.column_name, older.column_name) as column_name,
            older.column_name is null as is_added,
            newer.column_name is null as is_removed,
            {traits}
        from older."meta.dictionary" as older
        full join newer."meta.dictionary" as newer
            on older.table_name = newer.table_name and older.column_name = newer.column_name
        where
            coalesce(newer.table_name, older.table_name) in (select table_name from older."meta.dictionary")
            and coalesce(newer.table_name, older.table_name) in (select table_name from newer."meta.dictionary")
        order by table_name, coalesce(newer.column_number, older.column_number)
        """
    ).fetchall()
    changes = []
    for table, column, is_added, is_removed, *pairs in found:
        if is_added or is_removed:
            changes.append(ColumnChange(table, column, "added" if is_added else "removed"))
        elif other := _pairwise(COLUMN_TRAITS, pairs):
            changes.append(ColumnChange(table, column, "; ".join(f"{name} {old} → {new}" for name, old, new in other)))
    return changes


def _metrics(database: duckdb.DuckDBPyConnection) -> list[MetricChange]:
    """Return the metrics that differ.

    The version of a method covers the whole catalogue entry; if only labels differ, the method has not changed.
    """
    traits = ("method_version", *METHOD_TRAITS, *LABELS)
    pairs_of = ", ".join(f"older.{name}, newer.{name}" for name in traits)
    found = database.execute(
        f"""
        select
            coalesce(newer.metric_id, older.metric_id) as metric_id,
            older.metric_id is null as is_added,
            newer.metric_id is null as is_removed,
            {pairs_of}
        from older."core.dim_metric" as older
        full join newer."core.dim_metric" as newer on older.metric_id = newer.metric_id
        order by metric_id
        """
    ).fetchall()
    changes = []
    for metric_id, is_added, is_removed, *pairs in found:
        other = {name for name, _, _ in _pairwise(traits, pairs)}
        if is_added or is_removed:
            changes.append(MetricChange(metric_id, "added" if is_added else "removed", ""))
        elif other & set(METHOD_TRAITS):
            changes.append(MetricChange(metric_id, "method", ", ".join(sorted(other & set(METHOD_TRAITS)))))
        elif other & set(LABELS):
            changes.append(MetricChange(metric_id, "words", ", ".join(sorted(other & set(LABELS)))))
        elif other:
            changes.append(MetricChange(metric_id, "method", "inputs or edge cases"))
    return changes


def _pairwise(names: Iterable[str], pairs: list[Any]) -> list[tuple[str, Any, Any]]:
    """Return (name, old, new) of the traits that differ; `pairs` alternates old and new values."""
    halves = zip(names, pairs[::2], pairs[1::2], strict=True)
    return [(name, old, new) for name, old, new in halves if old != new]


def _same(older: Snapshot, newer: Snapshot) -> frozenset[str]:
    """Return the tables with equal digests in both, whose volatile columns are all bookkeeping columns."""
    known = tables()
    return frozenset(
        name for name in older.shared_with(newer) if name in known and BOOKKEEPING.issuperset(known[name].volatile)
    )


def _rows(database: duckdb.DuckDBPyConnection, same: frozenset[str]) -> list[RowChange]:
    """Return the changed rows of tables in both snapshots, except the `same` tables."""
    older, newer = columns_of(database, OLDER), columns_of(database, NEWER)
    keyed: dict[str, list[str]] = {}
    for table, column in database.execute(
        'select table_name, column_name from newer."meta.dictionary" where is_key order by table_name, column_number'
    ).fetchall():
        keyed.setdefault(table, []).append(column)
    found = []
    for table, key in keyed.items():
        if not (table in older and table in newer and table not in (EDITION_TABLE, CHANGE_TABLE, *same)):
            continue
        shared = [column for column in newer[table] if column in older[table]]
        found.append(_rows_of(database, table, key if set(key) <= set(shared) else [], shared))
    return [row for row in found if row.is_other]


def _rows_of(database: duckdb.DuckDBPyConnection, table: str, key: list[str], shared: list[str]) -> RowChange:
    before, after = (_count(database, f"select count(*) from {alias}.{quoted(table)}") for alias in (OLDER, NEWER))
    if not key or BOOKKEEPING & set(key):
        return RowChange(table, before, after, None, None, None)
    is_serial = {"period_start", "period_end"} <= set(key)
    period = {"period", "period_start", "period_end"} if is_serial else set()
    said = [column for column in shared if column not in BOOKKEEPING | period]
    named = [column for column in key if column not in period]

    def hashed(alias: str) -> str:
        parts = [*(f"r.{quoted(column)}" for column in named), *([series(alias, "r")] if is_serial else [])]
        content = ", ".join(f"r.{quoted(column)}" for column in said)
        return (
            f"select hash({', '.join(parts)}) as row_key, hash({content}) as content from {alias}.{quoted(table)} as r"
        )

    counts = database.execute(
        f"""
        select
            count(*) filter (where older.row_key is null),
            count(*) filter (where newer.row_key is null),
            count(*) filter (where older.content <> newer.content)
        from ({hashed(OLDER)}) as older
        full join ({hashed(NEWER)}) as newer on older.row_key = newer.row_key
        """
    ).fetchall()[0]
    return RowChange(table, before, after, *counts)


def _values(database: duckdb.DuckDBPyConnection) -> list[ValueChanges]:
    found = database.execute(
        """
        select
            metric_id,
            count(*) filter (where change_type = 'added'),
            count(*) filter (where change_type = 'changed'),
            count(*) filter (where change_type = 'withdrawn'),
            count(*) filter (where change_type = 'restated'),
            count(*) filter (where change_type <> 'added' and cause = 'method')
        from change
        where change_type <> 'moved'
        group by metric_id
        order by metric_id
        """
    ).fetchall()
    causes: dict[str, Counter[str]] = {}
    for metric_id, cause, number in database.execute(
        "select metric_id, cause, count(*) from change where change_type <> 'moved' group by metric_id, cause "
        "order by metric_id, cause"
    ).fetchall():
        causes.setdefault(metric_id, Counter())[cause] = number
    largest = {metric_id: Largest(*rest) for metric_id, *rest in database.execute(_LARGEST).fetchall()}
    return [
        ValueChanges(
            metric_id, added, changed, withdrawn, restated, reworked, dict(causes[metric_id]), largest.get(metric_id)
        )
        for metric_id, added, changed, withdrawn, restated, reworked in found
    ]


_LARGEST = """
select metric_id, locality_code, locality_name, period, old_value, new_value, unit
from (
    select
        change.metric_id,
        change.locality_code,
        coalesce(locality.locality_name, nation.nation, change.locality_code) as locality_name,
        change.period,
        change.old_value,
        change.new_value,
        change.unit,
        row_number() over (
            partition by change.metric_id
            order by abs(change.new_value - change.old_value) desc, change.locality_code, change.series,
                change.breakdown
        ) as place
    from change
    left join newer."core.dim_locality" as locality on change.locality_code = locality.locality_code
    left join newer."core.dim_nation" as nation on change.locality_code = nation.nation_code
    where change.change_type = 'changed' and differs(change.old_value, change.new_value)
)
where place = 1
"""


def _moves(database: duckdb.DuckDBPyConnection) -> list[Move]:
    found = database.execute(
        """
        select
            change.locality_code,
            coalesce(locality.locality_name, change.locality_code) as locality_name,
            change.metric_id,
            change.period,
            change.old_band,
            change.new_band,
            change.cause
        from change
        left join newer."core.dim_locality" as locality on change.locality_code = locality.locality_code
        where change.old_band <> change.new_band
        order by
            change.metric_id,
            abs(change.new_band - change.old_band) desc,
            locality_name,
            change.locality_code,
            change.series
        """
    ).fetchall()
    return [Move(*row) for row in found]


def _changes(database: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    table = pick("table", tables, CHANGE_TABLE)
    order = ", ".join(table.key)
    rows = database.execute(f"select {change_columns(table)} from change order by {order}").fetchall()
    schema = {column.name: POLARS_TYPES[column.type] for column in table.columns}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _count(database: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(database.execute(query).fetchall()[0][0])
