"""The tables as Parquet, one file each, for tools that read files: snappy, rows in order of the key.

Every file carries what it is and where it comes from as key-value metadata: `title`, `description`, `licences` (ids
joined by ";") and `sources` (JSON: source id and SHA-256 of each file behind the table). It does not say which edition
it is of, since editions share the files of tables that did not change: `edition.json` beside it says that.
Texts are as they were published; nothing is made harmless for spreadsheets here.
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
