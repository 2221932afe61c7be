"""What a query reads, found by parsing it."""

import re


def reads(query: str) -> list[str]:
    """Return the tables that a DuckDB select reads, as sorted `schema.table` names.

    Common table expressions and macros are not tables. Raises `sqlglot.errors.ParseError` for what is no SQL.
    """
    import sqlglot  # half a second to import: too slow for everything that merely imports this package
    from sqlglot import exp

    tree = sqlglot.parse_one(query, dialect="duckdb")
    return sorted({f"{table.db}.{table.name}" for table in tree.find_all(exp.Table) if table.db})


def first_comment(query: str) -> str:
    """Return the leading `--` comment lines of a query as one text."""
    lines = []
    for line in query.splitlines():
        if not (match := re.match(r"--\s?(.*)", line)):
            break
        lines.append(match[1].strip())
    return " ".join(lines)
