"""`sql/<schema>/<family>/<table>.sql` becomes one table each: its name from the path, what it reads from the query."""

from pathlib import Path

from assets.factories.asset_specs import version_of
from assets.factories.recipes import Made, Recipe, called_macros
from warehouse.catalogue import pick, tables
from warehouse.lineage import queries, reads
from warehouse.storage.workspace import Warehouse


def model(name: str, path: Path) -> Recipe:
    """Return how the table is made that is the result of the query in `path`."""
    contract = pick("table", tables, name)
    query = path.read_text("utf-8")

    def make(warehouse: Warehouse, fingerprint: str) -> dict[str, Made]:
        return {name: Made(warehouse.tables.build(contract, query, fingerprint=fingerprint))}

    return Recipe(
        tables=(contract,),
        make=make,
        version=version_of(query, *called_macros(query)),
        kinds=frozenset({"sql", "duckdb"}),
        reads=tuple(reads(query)),
        query=query,
    )


def models() -> list[Recipe]:
    """Return how the tables of the schemas that queries make are made."""
    return [model(name, path) for name, path in queries().items()]
