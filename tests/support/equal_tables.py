"""Compares a table of two stores: of another engine, or before and after a change."""

import contextlib

from warehouse.catalogue import Column, tables
from warehouse.storage import duckdb_connection
from warehouse.storage.table_store import Tables, literal, quoted

RELATIVE = 1e-9


def differences(one: Tables, other: Tables, name: str) -> list[str]:
    """Return what differs between two copies of a table, with an example of each column; an empty list if nothing.

    Rows are matched by key. Doubles may differ by `RELATIVE`, all else not at all; volatile columns are left out.
    """
    table = tables()[name]
    left, right = (f"read_parquet({literal(store.path(name))})" for store in (one, other))
    matched = " and ".join(f"one.{quoted(key)} is not distinct from other.{quoted(key)}" for key in table.key)
    with contextlib.closing(duckdb_connection.connect()) as database:

        def asked(query: str) -> tuple[object, ...]:
            return database.execute(query).fetchall()[0]

        sizes = asked(f"select (select count(*) from {left}), (select count(*) from {right})")
        found = [] if sizes[0] == sizes[1] else [f"{sizes[0]} and {sizes[1]} rows"]
        [alone] = asked(f"select count(*) from {left} as one anti join {right} as other on {matched}")
        if alone:
            found.append(f"{alone} rows of the one have no row of the same key in the other")
        compared = [column for column in table.columns if column.name not in {*table.key, *table.volatile}]
        if not compared:
            return found
        wrong = [_differs(column) for column in compared]
        counts = ", ".join(f"count(*) filter ({test})" for test in wrong)
        values = ", ".join(
            f"any_value([cast(one.{quoted(column.name)} as varchar), cast(other.{quoted(column.name)} as varchar)]) "
            f"filter ({test})"
            for column, test in zip(compared, wrong, strict=True)
        )
        answer = asked(f"select {counts}, {values} from {left} as one inner join {right} as other on {matched}")
    half = len(compared)
    return found + [
        f"{column.name} differs in {times} rows, such as {example}"
        for column, times, example in zip(compared, answer[:half], answer[half:], strict=True)
        if times
    ]


def _differs(column: Column) -> str:
    one, other = f"one.{quoted(column.name)}", f"other.{quoted(column.name)}"
    if column.type != "DOUBLE":
        return f"{one} is distinct from {other}"
    near = f"abs({one} - {other}) <= {RELATIVE} * greatest(abs({one}), abs({other}))"
    return f"{one} is distinct from {other} and not coalesce({near}, false)"
