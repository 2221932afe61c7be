"""Finds the changed values of metrics between two editions, the localities that moved to another band, and the causes.

A value is compared with the value of the same metric, locality and series. A series is a window of awards, which moves
with the as-of date; or the as-of date, for values of that date; or otherwise the period of the value.

A band is a fifth of the comparable group by value, for metrics with a direction and for metrics of deprivation, in
groups of at least five localities. Bands are only used to find moves; they are not published as ranks.

The cause of a change follows from the other differences. It is the input if the files of its sources changed and the
input rows of the value in this locality changed. Otherwise it is the method, which covers everything between the files
and the value. If the code is unchanged, it is other input or the as-of date. If the band of a locality moved and its
value did not change, the cause is that of the other localities of its group.
"""

from collections.abc import Iterable, Set

import duckdb

from warehouse import catalogue
from warehouse.catalogue import MetricInput, Table
from warehouse.explain.used_rows import VALUE_TABLES, area_of, fixed
from warehouse.release.snapshots import NEWER, OLDER, columns_of
from warehouse.storage.table_store import literal, quoted

CHANGE_TABLE = "meta.edition_change"
BANDS = 5
# Columns with the source or the time of a row, which are not part of its content.
BOOKKEEPING = frozenset(
    {"run_id", "as_of", "staleness_days", "input_hash", "method_version", "file_sha256", "source_row", "landed_at"}
)
# Tables that the values of a snapshot are read from, beside the as-of date of its build.
BEHIND_VALUES = frozenset({"core.dim_locality", "core.dim_metric", "metrics.award_window", "metrics.metric_value"})
PLACES, PRACTICES = "core.bridge_award_locality", "core.fct_practice_study"
# The last digits of a sum depend on the order of the numbers.
DIFFERS = """
create macro differs(a, b) as
    a is distinct from b and not coalesce(abs(a - b) <= 1e-9 * greatest(abs(a), abs(b)), false)
"""


def series(alias: str, row: str) -> str:
    """Return the SQL expression of the series of a row with a period."""
    return f"""coalesce(
        (
            select min(period.window_id) from {alias}."metrics.award_window" as period
            where period.period_start = {row}.period_start and period.period_end = {row}.period_end
        ),
        case
            when {row}.period_end = (select max(build.as_of) from {alias}."meta.build" as build)
                then 'date of knowledge'
            else strftime({row}.period_start, '%Y-%m-%d') || '/' || strftime({row}.period_end, '%Y-%m-%d')
        end
    )"""


def find_changes(
    database: duckdb.DuckDBPyConnection, changed_methods: Iterable[str], same: Set[str] = frozenset()
) -> None:
    """Create the temporary tables `older_value`, `newer_value` and `change` from two snapshots.

    `change` has the columns of `meta.edition_change` and of the values, with one row per changed value.
    `changed_methods` are the metrics whose described method changed. `same` are the tables known to be equal: if all
    tables behind the values are equal and the as-of date is unchanged, the search is skipped.
    """
    database.execute(DIFFERS)
    database.execute(f"create temp table {NEWER}_value as {_values(NEWER)}")
    is_same = same >= BEHIND_VALUES and _as_of(database, OLDER) == _as_of(database, NEWER)
    database.execute(f"create temp table {OLDER}_value as {f'from {NEWER}_value' if is_same else _values(OLDER)}")
    database.execute(f"create temp table difference as {_DIFFERENCES}")
    database.execute("create temp table changed_method (metric_id varchar)")
    if named := ", ".join(f"({literal(metric_id)})" for metric_id in changed_methods):
        database.execute(f"insert into changed_method values {named}")
    database.execute("create temp table moved_input (metric_id varchar, locality_code varchar)")
    if _is_of_other_code(database):
        _find_moved_inputs(database)
    database.execute(f"create temp table own_cause as {_OWN_CAUSES}")
    database.execute(f"create temp table change as {_CHANGES}")


def _as_of(database: duckdb.DuckDBPyConnection, alias: str) -> object:
    return database.execute(f'select max(as_of) from {alias}."meta.build"').fetchall()


def _values(alias: str) -> str:
    return f"""
with placed as (
    select
        value.metric_id,
        coalesce(value.breakdown, 'all') as breakdown,
        value.locality_code,
        value.period,
        value.period_start,
        value.period_end,
        {series(alias, "value")} as series,
        value.value,
        value.unit,
        value.lci,
        value.uci,
        value.state,
        value.comparable_group,
        value.input_hash
    from {alias}."metrics.metric_value" as value
),

fifth as (
    select
        placed.metric_id,
        placed.breakdown,
        placed.locality_code,
        placed.period_start,
        placed.period_end,
        case
            when count(*) over whole >= {BANDS} then 1 + {BANDS} * (rank() over lined - 1) // count(*) over whole
        end as band
    from placed
    inner join {alias}."core.dim_metric" as metric on placed.metric_id = metric.metric_id
    inner join {alias}."core.dim_locality" as locality on placed.locality_code = locality.locality_code
    where
        placed.value is not null
        and placed.breakdown = 'all'
        and placed.comparable_group is not null
        and (metric.direction <> 'none' or metric.family = 'DEP')
    window
        whole as (
            partition by placed.metric_id, placed.comparable_group, placed.period_start, placed.period_end
        ),
        lined as (
            partition by placed.metric_id, placed.comparable_group, placed.period_start, placed.period_end
            order by round(placed.value, 9)
        )
)

select placed.*, fifth.band
from placed
left join fifth
    on placed.metric_id = fifth.metric_id
    -- With a literal here DuckDB compares each row with each.
    and placed.breakdown = fifth.breakdown
    and placed.locality_code = fifth.locality_code
    and placed.period_start = fifth.period_start
    and placed.period_end = fifth.period_end
"""


_DIFFERENCES = """
select * from (
    select
        coalesce(newer.metric_id, older.metric_id) as metric_id,
        coalesce(newer.breakdown, older.breakdown) as breakdown,
        coalesce(newer.locality_code, older.locality_code) as locality_code,
        coalesce(newer.series, older.series) as series,
        coalesce(newer.period, older.period) as period,
        coalesce(newer.period_start, older.period_start) as period_start,
        coalesce(newer.period_end, older.period_end) as period_end,
        coalesce(newer.unit, older.unit) as unit,
        coalesce(newer.comparable_group, older.comparable_group) as comparable_group,
        older.value as old_value,
        older.lci as old_lci,
        older.uci as old_uci,
        older.state as old_state,
        older.band as old_band,
        newer.value as new_value,
        newer.lci as new_lci,
        newer.uci as new_uci,
        newer.state as new_state,
        newer.band as new_band,
        older.input_hash is distinct from newer.input_hash as is_of_other_files,
        case
            when older.value is null and newer.value is not null then 'added'
            when newer.value is null and older.value is not null then 'withdrawn'
            when
                differs(older.value, newer.value) or differs(older.lci, newer.lci) or differs(older.uci, newer.uci)
                then 'changed'
            when older.state <> newer.state then 'restated'
            when older.band <> newer.band then 'moved'
        end as change_type
    from older_value as older
    full join newer_value as newer
        on older.metric_id = newer.metric_id
        and older.breakdown = newer.breakdown
        and older.locality_code = newer.locality_code
        and older.series = newer.series
)
where change_type is not null
"""

_OWN_CAUSES = """
select
    difference.*,
    case
        when difference.change_type = 'moved' then null
        when
            older_metric.metric_id is null or newer_metric.metric_id is null
            then 'method'
        when older_build.code_version = newer_build.code_version
            then
                case
                    when difference.is_of_other_files or older_build.as_of = newer_build.as_of then 'input'
                    else 'date'
                end
        when moved_input.metric_id is not null
            then case when changed_method.metric_id is null then 'input' else 'input and method' end
        else 'method'
    end as own
from difference
cross join older."meta.build" as older_build
cross join newer."meta.build" as newer_build
left join older."core.dim_metric" as older_metric on difference.metric_id = older_metric.metric_id
left join newer."core.dim_metric" as newer_metric on difference.metric_id = newer_metric.metric_id
left join changed_method on difference.metric_id = changed_method.metric_id
left join moved_input
    on difference.metric_id = moved_input.metric_id
    and difference.locality_code = moved_input.locality_code
"""

_CHANGES = """
with others as (
    select
        metric_id,
        series,
        comparable_group,
        bool_or(own in ('input', 'input and method')) as is_input,
        bool_or(own = 'method') as is_method,
        bool_or(own = 'date') as is_date
    from own_cause
    group by metric_id, series, comparable_group
)

select
    own_cause.*,
    own_cause.series as compared_by,
    coalesce(
        own_cause.own,
        case
            when others.is_input then 'input'
            when others.is_method then 'method'
            when others.is_date then 'date'
            when older_build.code_version = newer_build.code_version then 'input'
            else 'method'
        end
    ) as cause
from own_cause
cross join older."meta.build" as older_build
cross join newer."meta.build" as newer_build
left join others
    on own_cause.metric_id = others.metric_id
    and own_cause.series = others.series
    and own_cause.comparable_group = others.comparable_group
"""


def _is_of_other_code(database: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the code version changed, so that the method can be the cause of a change."""
    found = database.execute(
        "select coalesce(older.code_version <> newer.code_version, true) "
        'from older."meta.build" as older cross join newer."meta.build" as newer'
    ).fetchall()
    return any(is_other for (is_other,) in found)


def _find_moved_inputs(database: duckdb.DuckDBPyConnection) -> None:
    """Fill `moved_input` with the metrics and localities whose files and input rows both differ.

    If rows cannot be assigned to a locality, as for a nation, different files are enough. Rows that several metrics
    share are compared once.
    """
    database.execute("create temp table moved_row (metric_id varchar, locality_code varchar)")
    suspects = database.execute(
        "select distinct metric_id from difference where is_of_other_files and change_type <> 'moved' "
        "order by metric_id"
    ).fetchall()
    shared = _shared_columns(database)
    by_files: list[str] = []
    made_of: dict[str, list[str]] = {}
    for (metric_id,) in suspects:
        entry = catalogue.metrics().get(metric_id)
        # Inputs limited to one state affect few values, so a missing table of them does not hide other inputs.
        inputs = [part for part in entry.inputs if not part.state or part.table in shared] if entry else []
        parts = [_fingerprints(part, shared) for part in inputs]
        told = [fingerprints for fingerprints in parts if fingerprints]
        if not told or len(told) < len(parts):
            by_files.append(metric_id)
            continue
        for fingerprints in told:
            made_of.setdefault(_moved_rows(fingerprints), []).append(metric_id)
    for moved, metric_ids in made_of.items():
        named = ", ".join(map(literal, metric_ids))
        database.execute(f"insert into moved_row select unnest([{named}]), locality_code from ({moved})")
    listed = ", ".join(map(literal, by_files)) or "null"
    database.execute(
        f"""
        insert into moved_input
        select distinct difference.metric_id, difference.locality_code
        from difference
        left join newer."core.dim_locality" as locality on difference.locality_code = locality.locality_code
        left join moved_row
            on difference.metric_id = moved_row.metric_id
            and difference.locality_code = moved_row.locality_code
        where
            difference.is_of_other_files
            and (
                moved_row.metric_id is not null
                or locality.locality_code is null
                or difference.metric_id in ({listed})
            )
        """
    )


def _shared_columns(database: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Return the columns that a table has in both snapshots, without the bookkeeping columns."""
    older, newer = columns_of(database, OLDER), columns_of(database, NEWER)
    return {
        name: [column for column in columns if column in older.get(name, []) and column not in BOOKKEEPING]
        for name, columns in newer.items()
        if name in older
    }


def _fingerprints(part: MetricInput, shared: dict[str, list[str]]) -> dict[str, str] | None:
    """Return by snapshot a select of locality_code and a fingerprint of its input rows; None without such rows."""
    columns = shared.get(part.table, [])
    area, join = area_of(part, set(columns))
    is_joined = all(name in shared for name in (PLACES, PRACTICES) if name in join)
    if area is None or not is_joined or not set(part.where) <= set(columns) or part.table in VALUE_TABLES:
        return None
    hashed = [f"rows.{quoted(column)}" for column in columns] + (["place.weight"] if "as place" in join else [])
    return {
        alias: f"""
            select {area} as locality_code, bit_xor(hash({", ".join(hashed)})) as fingerprint, count(*) as rows_n
            from {alias}.{quoted(part.table)} as rows {_in_side(join, alias)}
            where {" and ".join(fixed(part)) or "true"}
            group by {area}
        """
        for alias in (OLDER, NEWER)
    }


def _in_side(join: str, alias: str) -> str:
    """Return a join over the fully qualified tables of one snapshot."""
    for table in (PLACES, PRACTICES):
        join = join.replace(table, f"{alias}.{quoted(table)}")
    return join


def _moved_rows(fingerprints: dict[str, str]) -> str:
    """Return the select of the localities whose input rows differ."""
    return f"""
        select coalesce(older.locality_code, newer.locality_code) as locality_code
        from ({fingerprints[OLDER]}) as older
        full join ({fingerprints[NEWER]}) as newer on older.locality_code = newer.locality_code
        where older.fingerprint is distinct from newer.fingerprint or older.rows_n is distinct from newer.rows_n
    """


def change_columns(table: Table) -> str:
    """Return the select list that converts rows of `change` to the columns of its table."""
    return ", ".join(
        f"cast({quoted(column.name)} as {column.type}) as {quoted(column.name)}" for column in table.columns
    )
