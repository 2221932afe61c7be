"""Finds the source columns of each column of a query's result by parsing the query.

As with `warehouse.lineage`, the results for the project's own queries are stored in `sql/columns.json`, written by
`make docs` and checked by `make lint`; an edited query is parsed again.
"""

import json
from functools import cache

from warehouse.catalogue import tables
from warehouse.lineage import SQL_ROOT, digest

KNOWN = SQL_ROOT / "columns.json"
MADE = ("core", "metrics", "marts", "views")


def column_sources(query: str) -> dict[str, list[str]]:
    """Return for each column of a select's result its source columns `schema.table.column`, sorted.

    Filters, joins and fixed values do not count: a column of fixed values has no sources. Raises
    `sqlglot.errors.SqlglotError` for anything but a select.
    """
    known = _known().get(digest(query))
    return known if known is not None else parsed_column_sources(query)


def parsed_column_sources(query: str) -> dict[str, list[str]]:
    """Return the result of `column_sources`, always by parsing the query."""
    from sqlglot import exp  # half a second to import
    from sqlglot.lineage import lineage

    schema: dict[str, dict[str, dict[str, str]]] = {}
    for table in tables().values():
        schema.setdefault(table.schema_name, {})[table.short_name] = {
            column.name: column.type for column in table.columns
        }
    return {
        column: sorted(
            {
                f"{step.expression.db}.{step.expression.name}.{step.name.rpartition('.')[2]}"
                for step in node.walk()
                if isinstance(step.expression, exp.Table)
            }
        )
        for column, node in lineage(None, query, schema, dialect="duckdb", trim_selects=False).items()
    }


def known_column_sources() -> str:
    """Return the text that `sql/columns.json` should have: for each query its digest and its columns."""
    paths = sorted(path for schema in MADE for path in (SQL_ROOT / schema).rglob("*.sql"))
    queries = {path: path.read_text("utf-8") for path in paths}
    lines = [
        f"  {json.dumps(str(path.relative_to(SQL_ROOT)))}: "
        + json.dumps({"sha256": digest(query), "columns": parsed_column_sources(query)})
        for path, query in queries.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


@cache
def _known() -> dict[str, dict[str, list[str]]]:
    entries = json.loads(KNOWN.read_text("utf-8")).values() if KNOWN.exists() else []
    return {entry["sha256"]: entry["columns"] for entry in entries}
