"""Recipes of the tables of queries: `sql/<schema>/<family>/<table>.sql`, where the family is optional."""

from pathlib import Path

from assets.factories.recipes import Made, Recipe, called_macros, file_digests
from assets.ingest.code_version import version_of
from warehouse.catalogue import pick, tables
from warehouse.lineage import queries, reads
from warehouse.storage.workspace import Warehouse

# Tables in which each row comes from the rows of one file in the tables named here, and from look-ups: rows of
# unchanged files are reused (docs/decisions/0017-steps-and-fingerprints.md).
BY_FILE = {
    "core.award_location_place": ("staging.threesixtygiving__award_location",),
    "core.fct_award_place": (
        "core.award_location_place",
        "staging.reference__covid_award",
        "staging.reference__place_fund_award",
        "staging.threesixtygiving__award",
    ),
}


def model(name: str, path: Path) -> Recipe:
    """Return the recipe of the table that the query in `path` makes."""
    table = pick("table", tables, name)
    query = path.read_text("utf-8")
    read, of_files = tuple(reads(query)), BY_FILE.get(name, ())

    def version() -> str:
        return version_of(query, *called_macros(query))

    def make(warehouse: Warehouse, fingerprint: str) -> dict[str, Made]:
        if engine := warehouse.engine_of(read):
            stamp = warehouse.tables.build(table, query, fingerprint=fingerprint, engine=engine)
        elif files := file_digests(warehouse, read, of_files, query, version(), table.contract):
            stamp = warehouse.tables.build_by_file(table, query, files, of_files, fingerprint=fingerprint)
        else:
            stamp = warehouse.tables.build(table, query, fingerprint=fingerprint)
        return {name: Made(stamp, {"engine": "spark"} if engine else {})}

    return Recipe(
        tables=(table,),
        make=make,
        code=version,
        kinds=frozenset({"sql", "duckdb"}),
        reads=read,
        query=query,
    )


def models() -> list[Recipe]:
    """Return the recipes of all tables that queries make."""
    return [model(name, path) for name, path in queries().items()]
