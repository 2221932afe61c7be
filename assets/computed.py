"""Tables that Python makes of the catalogue, of other tables or of the landing: the factory of their assets."""

import inspect
from collections.abc import Callable, Iterable

import dagster as dg
import polars as pl

from assets.documentation import source_key, table_asset, version_of
from assets.shown import materialized
from warehouse import catalogue
from warehouse.catalogue import pick, tables
from warehouse.store import Warehouse


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
    keys = [dg.AssetKey(name.split(".")) for name in deps]
    keys += [source_key(pick("source", catalogue.sources, source)) for source in sources]
    code = version_of(inspect.getsource(inspect.getmodule(compute) or compute))

    @table_asset(contract, deps=keys, kinds={"python", "parquet"}, version=code)
    def make(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult[None]:
        return materialized(warehouse, contract, warehouse.tables.replace(contract, compute(warehouse)))

    return make
