"""Contracts of staging tables, made from their entries in the catalogue: what each row of a file must keep."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

import dataframely as dy
import polars as pl

from warehouse.catalogue import Column, Table, pick, tables

KINDS: dict[str, Callable[..., dy.Column]] = {
    "VARCHAR": dy.String,
    "BOOLEAN": dy.Bool,
    "INTEGER": dy.Int32,
    "BIGINT": dy.Int64,
    "DOUBLE": dy.Float64,
    "DATE": dy.Date,
}


def contract_of(name: str, rules: Mapping[str, pl.Expr] | None = None) -> type[dy.Schema]:
    """Return the contract of a staging table, with the `rules` of its parser beside those of the catalogue.

    Raises `ValueError` for a rule with the name of another.
    """
    table = pick("table", tables, name)
    if twice := (rules or {}).keys() & {rule.name for rule in table.rules}:
        raise ValueError(f"{name}: a rule of the parser needs another name than {', '.join(sorted(twice))}")
    return _with_rules(_catalogued(name), rules) if rules else _catalogued(name)


@cache
def _catalogued(name: str) -> type[dy.Schema]:
    return contract(tables()[name])


def contract(table: Table) -> type[dy.Schema]:
    """Return the contract of a table: the columns that its files have, its key, and its rules.

    Raises `polars.exceptions.PolarsError` if a rule is not SQL of Polars, and `ValueError`, `TypeError` or `KeyError`
    if a column has limits that its type cannot have.
    """
    parts = {column.name: _column(column, is_key=column.name in table.key) for column in table.of_a_file}
    bare = cast("type[dy.Schema]", type(table.name, (dy.Schema,), dict(parts)))
    return _with_rules(bare, {rule.name: pl.sql_expr(rule.holds) for rule in table.rules})


def _with_rules(schema: type[dy.Schema], rules: Mapping[str, pl.Expr]) -> type[dy.Schema]:
    if taken := [name for name in rules if hasattr(schema, name)]:
        raise ValueError(f"{schema.__name__}: a rule needs another name than {', '.join(taken)}")
    made = {name: dy.rule()(_always(keeps)) for name, keeps in rules.items()}
    return cast("type[dy.Schema]", type(schema.__name__, (schema,), made))


def _always(keeps: pl.Expr) -> Callable[[Any], pl.Expr]:
    return lambda _: keeps


def _column(column: Column, *, is_key: bool) -> dy.Column:
    limits: dict[str, object] = {name: value for name in ("min", "max") if (value := getattr(column, name)) is not None}
    if pattern := column.pattern or (f"^({'|'.join(map(re.escape, column.values))})$" if column.values else ""):
        limits["regex"] = pattern
    return KINDS[column.type](nullable=column.nullable, primary_key=is_key, **limits)
