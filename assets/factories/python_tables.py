"""Recipes of tables that Python computes from the catalogue, other tables or the landing."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl

from assets.factories.recipes import Made, Recipe, unchanging
from assets.ingest.code_version import code_of
from warehouse import catalogue
from warehouse.catalogue import pick, tables
from warehouse.storage.workspace import Warehouse

KINDS = frozenset({"python", "parquet"})


def computed(
    table: str,
    compute: Callable[[Warehouse], pl.DataFrame],
    *,
    reads: Iterable[str] = (),
    sources: Iterable[str] = (),
    state: Callable[[Warehouse], str] = unchanging,
    always: bool = False,
) -> Recipe:
    """Return the recipe of a table whose rows `compute` returns.

    `reads` are the tables and `sources` the catalogued sources that it reads, and `state` returns anything else that
    the rows depend on. A table of the catalogue or of the records of the landing is made at every build (`always`),
    which is fast.
    """
    return computed_together(
        [table],
        lambda warehouse: {table: compute(warehouse)},
        reads=reads,
        sources=sources,
        state=state,
        always=always,
        code=compute,
    )


def computed_together(
    names: Iterable[str],
    compute: Callable[[Warehouse], Mapping[str, pl.DataFrame]],
    *,
    reads: Iterable[str] = (),
    sources: Iterable[str] = (),
    state: Callable[[Warehouse], str] = unchanging,
    always: bool = False,
    code: Callable[..., Any] | None = None,
) -> Recipe:
    """Return the recipe of several tables whose frames `compute` returns by name; see `computed`."""
    contracts = tuple(pick("table", tables, name) for name in names)

    def make(warehouse: Warehouse, fingerprint: str) -> dict[str, Made]:
        frames = compute(warehouse)
        return {
            table.name: Made(warehouse.tables.replace(table, frames[table.name], fingerprint=fingerprint))
            for table in contracts
        }

    return Recipe(
        tables=contracts,
        make=make,
        code=lambda: code_of(code or compute),
        kinds=KINDS,
        reads=tuple(reads),
        sources=tuple(pick("source", catalogue.sources, source).id for source in sources),
        state=state,
        is_always_made=always,
    )
