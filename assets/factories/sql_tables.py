"""`sql/<schema>/<table>.sql` becomes one table each: its name from the path, what it reads from the query."""

from pathlib import Path

from assets.factories.recipes import Made, Recipe, called_macros
from assets.ingest.code_version import version_of
from warehouse.catalogue import pick, tables
from warehouse.lineage import SQL_ROOT, reads
from warehouse.storage.workspace import Warehouse

MODEL_SCHEMAS = ("core", "metrics", "marts")


def queries() -> dict[str, Path]:
    """Return the file of each table that is made by a query, by `schema.table`."""
    return {
        f"{schema}.{path.stem}": path for schema in MODEL_SCHEMAS for path in sorted((SQL_ROOT / schema).glob("*.sql"))
    }


def model(name: str, path: Path) -> Recipe:
    """Return how the table is made that is the result of the query in `path`."""
    contract = pick("table", tables, name)
    query = path.read_text("utf-8")

    def make(warehouse: Warehouse, fingerprint: str) -> dict[str, Made]:
        return {name: Made(warehouse.tables.build(contract, query, fingerprint=fingerprint))}

    return Recipe(
        tables=(contract,),
        make=make,
        code=lambda: version_of(query, *called_macros(query)),
        kinds=frozenset({"sql", "duckdb"}),
        reads=tuple(reads(query)),
        query=query,
    )


def models() -> list[Recipe]:
    """Return how the tables of the schemas that queries make are made."""
    return [model(name, path) for name, path in queries().items()]
