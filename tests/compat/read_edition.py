"""Read an edition with whatever DuckDB this Python has: run by .ci/clients.sh, with nothing else installed.

Every table must open with as many rows as the edition says, in the DuckDB file and in Parquet, give its first row, and
carry its comment.
"""

import json
import sys
from pathlib import Path

import duckdb


def main(edition, version):
    if duckdb.__version__ != version:
        sys.exit(f"expected duckdb {version}, got {duckdb.__version__}")
    tables = json.loads((edition / "edition.json").read_text("utf-8"))["tables"]
    connection = duckdb.connect(str(edition / "community_power.duckdb"), read_only=True)
    comments = dict(
        connection.execute("select schema_name || '.' || table_name, comment from duckdb_tables()").fetchall()
    )
    for name, expected in tables.items():
        parquet = str(edition / "parquet" / f"{name}.parquet").replace("'", "''")
        for form, relation in (("the DuckDB file", name), ("parquet/", f"read_parquet('{parquet}')")):
            (rows,) = connection.execute(f"select count(*) from {relation}").fetchall()[0]
            first = connection.execute(f"select * from {relation} limit 1").fetchall()
            if rows != expected or len(first) != min(rows, 1):
                sys.exit(f"duckdb {version}: {name} has {rows} rows in {form}, and {expected} were published")
        if not comments.get(name):
            sys.exit(f"duckdb {version}: {name} has no comment")
    connection.close()
    localities = tables["core.dim_locality"]
    print(f"duckdb {version}: {len(tables)} tables, {localities} localities; {comments['core.dim_locality']}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
