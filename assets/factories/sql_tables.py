"""`sql/<schema>/<family>/<table>.sql` becomes one table each: its name from the path, what it reads from the query."""

from pathlib import Path

from assets.factories.recipes import Made, Recipe, called_macros, contract, file_digests
from assets.ingest.code_version import version_of
from warehouse.catalogue import pick, tables
from warehouse.lineage import queries, reads
from warehouse.storage.workspace import Warehouse

# Tables of which each row is made of the rows that one file has in the tables named here, and of look-ups: the rows of
# files that did not change are taken over (docs/decisions/0017-steps-and-fingerprints.md).
BY_FILE = {
    "core.fct_award_place": (
        "staging.reference__covid_award",
        "staging.reference__place_fund_award",
        "staging.threesixtygiving__award",
        "staging.threesixtygiving__award_location",
    )
}


def model(name: str, path: Path) -> Recipe:
    """Return how the table is made that is the result of the query in `path`."""
    table = pick("table", tables, name)
    query = path.read_text("utf-8")
    read, of_files = tuple(reads(query)), BY_FILE.get(name, ())

    def version() -> str:
        return version_of(query, *called_macros(query))

    def make(warehouse: Warehouse, fingerprint: str) -> dict[str, Made]:
        if files := file_digests(warehouse, read, of_files, query, version(), contract(table)):
            stamp = warehouse.tables.build_by_file(table, query, files, of_files, fingerprint=fingerprint)
        else:
            stamp = warehouse.tables.build(table, query, fingerprint=fingerprint)
        return {name: Made(stamp)}

    return Recipe(
        tables=(table,),
        make=make,
        code=version,
        kinds=frozenset({"sql", "duckdb"}),
        reads=read,
        query=query,
    )


def models() -> list[Recipe]:
    """Return how the tables of the schemas that queries make are made."""
    return [model(name, path) for name, path in queries().items()]
