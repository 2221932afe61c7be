"""Tables that Python makes of the catalogue, of other tables or of the landing: the factories of their assets."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import dagster as dg
import polars as pl

from assets.documentation import source_key, table_asset, table_spec, version_of
from assets.failures import explained
from assets.shown import materialized
from warehouse import catalogue
from warehouse.catalogue import pick, tables
from warehouse.store import Warehouse

KINDS = {"python", "parquet"}


def computed(
    table: str,
    compute: Callable[[Warehouse], pl.DataFrame],
    *,
    deps: Iterable[str] = (),
    sources: Iterable[str] = (),
) -> dg.AssetsDefinition:
    """Return the asset of a table whose rows `compute` returns.

    `deps` are the tables to be built before it, `sources` the catalogued sources that it reads itself.
    """
    contract = pick("table", tables, table)
    keys = [_key(name) for name in deps]
    keys += [source_key(pick("source", catalogue.sources, source)) for source in sources]

    @table_asset(contract, deps=keys, kinds=KINDS, version=_code(compute))
    def make(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult[None]:
        return materialized(warehouse, contract, warehouse.tables.replace(contract, compute(warehouse)).rows)

    return make


def computed_together(
    name: str,
    tables_made: Iterable[str],
    compute: Callable[[Warehouse], Mapping[str, pl.DataFrame]],
    *,
    deps: Iterable[str],
) -> dg.AssetsDefinition:
    """Return the asset of several tables that come out of one computation, whose frames `compute` returns by name."""
    contracts = [pick("table", tables, table) for table in tables_made]
    keys, version = [_key(table) for table in deps], _code(compute)

    @dg.multi_asset(
        name=name, specs=[table_spec(table, deps=keys, kinds=KINDS, version=version) for table in contracts]
    )
    def make(warehouse: dg.ResourceParam[Warehouse]) -> Iterator[dg.MaterializeResult[None]]:
        with explained():
            frames = compute(warehouse)
            for contract in contracts:
                rows = warehouse.tables.replace(contract, frames[contract.name]).rows
                yield materialized(warehouse, contract, rows)

    return make


def _key(table: str) -> dg.AssetKey:
    return dg.AssetKey(table.split("."))


def _code(compute: Callable[..., Any]) -> str:
    """Return the version of the code behind a table: its module, or the whole package where it stands in one."""
    module = inspect.getmodule(compute)
    if not isinstance(module, ModuleType) or not module.__file__:
        return version_of(inspect.getsource(compute))
    file = Path(module.__file__)
    files = sorted(file.parent.glob("*.py")) if hasattr(module, "__path__") else [file]
    return version_of(*(path.read_text("utf-8") for path in files))
