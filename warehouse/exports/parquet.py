"""Writes the tables as Parquet, one file each: snappy, sorted by key.

Key-value metadata of every file: `title`, `description`, `licences` (ids joined by ";") and `sources` (JSON: source id
and SHA-256 of each input file). The edition is not in the file, because editions share the files of unchanged tables;
`edition.json` has it. Texts are as published and not escaped for spreadsheets.
"""

import json
from pathlib import Path

import duckdb

from warehouse.catalogue import Table
from warehouse.exports import Content
from warehouse.storage.table_store import literal

FOLDER = "parquet"


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `parquet/<schema>.<table>.parquet` for every table."""
    (folder / FOLDER).mkdir()
    for table in content.tables:
        name, said = f"{FOLDER}/{table.name}.parquet", _metadata(content, database, table)
        if content.link(folder, name, table, said):
            continue
        pairs = ", ".join(f"{key}: {literal(text)}" for key, text in said.items())
        database.execute(
            f"copy {table.name} to {literal(folder / name)} "
            f"(format parquet, compression snappy, kv_metadata {{{pairs}}})"
        )


def _metadata(content: Content, database: duckdb.DuckDBPyConnection, table: Table) -> dict[str, str]:
    files = content.files_behind(database, table)
    return {
        "title": table.name,
        "description": table.summary,
        "licences": ";".join(sorted({file.licence_id for file in files})),
        "sources": json.dumps([{"source_id": file.source_id, "sha256": file.sha256} for file in files]),
    }
