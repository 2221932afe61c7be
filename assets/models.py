"""`sql/<schema>/<table>.sql` becomes one asset each: key from the path, dependencies from the query."""

from pathlib import Path

import dagster as dg

from assets.documentation import table_asset, version_of
from assets.shown import materialized
from warehouse.catalogue import pick, tables
from warehouse.lineage import SQL_ROOT, reads
from warehouse.store import Warehouse
from warehouse.tables import macros

MODEL_SCHEMAS = ("core", "metrics", "marts")


def queries() -> dict[str, Path]:
    """Return the file of each table that is made by a query, by `schema.table`."""
    return {
        f"{schema}.{path.stem}": path for schema in MODEL_SCHEMAS for path in sorted((SQL_ROOT / schema).glob("*.sql"))
    }


def model(name: str, path: Path) -> dg.AssetsDefinition:
    """Return the asset of a table that is made by the query in `path`."""
    contract = pick("table", tables, name)
    query = path.read_text("utf-8")
    deps = [dg.AssetKey(table.split(".")) for table in reads(query)]
    version = version_of(query, *(macro for macro in macros() if _called(macro) in query))

    @table_asset(contract, deps=deps, kinds={"sql", "duckdb"}, version=version, query=query)
    def build(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult[None]:
        return materialized(warehouse, contract, warehouse.tables.build(contract, query).rows, query=query)

    return build


def _called(macro: str) -> str:
    """Return how a macro's statement is called in a query: its name and the opening bracket."""
    return macro.split("create macro ")[1].split("(")[0].strip() + "("


def models() -> list[dg.AssetsDefinition]:
    """Return one asset for each query of the schemas that queries make."""
    return [model(name, path) for name, path in queries().items()]
