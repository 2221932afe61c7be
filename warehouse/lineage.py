"""Finds the tables that a query reads by parsing the query.

Parsing every query takes as long as importing Dagster, so the results for the project's own queries are stored in
`sql/reads.json`, written by `make docs` and checked by `make lint`. An entry is valid only for the same text: an edited
query is parsed again.
"""

import json
import re
from functools import cache
from hashlib import sha256
from pathlib import Path

SQL_ROOT = Path(__file__).resolve().parents[1] / "sql"
KNOWN = SQL_ROOT / "reads.json"
MODEL_SCHEMAS = ("core", "metrics", "marts")


@cache
def queries() -> dict[str, Path]:
    """Return the file of each table that a query makes, by `schema.table`, in order of name within a schema.

    A schema's folder may have a folder for each family of tables; it is not part of a table's name.
    """
    return {
        f"{schema}.{path.stem}": path
        for schema in MODEL_SCHEMAS
        for path in sorted((SQL_ROOT / schema).rglob("*.sql"), key=lambda path: path.stem)
    }


def reads(query: str) -> list[str]:
    """Return the tables that a DuckDB select reads, as sorted `schema.table` names.

    Common table expressions and macros are not tables. Raises `sqlglot.errors.ParseError` for invalid SQL.
    """
    known = _known().get(digest(query))
    return list(known) if known is not None else parsed_reads(query)


def parsed_reads(query: str) -> list[str]:
    """Return the result of `reads`, always by parsing the query."""
    import sqlglot  # takes half a second to import, so only if needed
    from sqlglot import exp

    tree = sqlglot.parse_one(query, dialect="duckdb")
    return sorted({f"{table.db}.{table.name}" for table in tree.find_all(exp.Table) if table.db})


def known_reads() -> str:
    """Return the text of `sql/reads.json`: for each query its digest and the tables it reads."""
    paths = sorted(path for path in SQL_ROOT.rglob("*.sql") if path.parent.name != "macros")
    queries = {path: path.read_text("utf-8") for path in paths}
    lines = [
        f"  {json.dumps(str(path.relative_to(SQL_ROOT)))}: "
        + json.dumps({"sha256": digest(query), "reads": parsed_reads(query)})
        for path, query in queries.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def first_comment(query: str) -> str:
    """Return the leading `--` comment lines of a query as one text."""
    lines = []
    for line in query.splitlines():
        if not (match := re.match(r"--\s?(.*)", line)):
            break
        lines.append(match[1].strip())
    return " ".join(lines)


@cache
def _known() -> dict[str, list[str]]:
    """Return the tables that each known query reads, by the digest of the query."""
    entries = json.loads(KNOWN.read_text("utf-8")).values() if KNOWN.exists() else []
    return {entry["sha256"]: entry["reads"] for entry in entries}


def digest(query: str) -> str:
    """Return the SHA-256 of a query, the key of `sql/reads.json`."""
    return sha256(query.encode()).hexdigest()
