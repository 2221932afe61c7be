"""The tables that the exports read."""

from warehouse.catalogue import tables
from warehouse.lineage import SQL_ROOT, reads


def exported_tables() -> set[str]:
    """Return the names of the catalogued tables that a query of `sql/exports` reads."""
    queries = (path.read_text("utf-8") for path in (SQL_ROOT / "exports").glob("*.sql"))
    return {name for query in queries for name in reads(query)} & tables().keys()
