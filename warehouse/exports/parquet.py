"""The tables as Parquet, one file each, for tools that read files: snappy, rows in order of the key.

Every file carries what it is and where it comes from as key-value metadata: `title`, `description`, `edition`,
`licences` (ids joined by ";"), `run_id`, `as_of` and `sources` (JSON: source id and SHA-256 of each file behind the
table). `edition` is the version of the data, as in `datapackage.json`, not the id of the edition: that carries the
instant of its making, and what is published twice is the same bytes whenever it is written.
Texts are as they were published; nothing is made harmless for spreadsheets here.
"""

import json
from pathlib import Path

import duckdb

from warehouse.catalogue import Table
from warehouse.exports import Content, in_order
from warehouse.tables import literal

FOLDER = "parquet"


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `parquet/<schema>.<table>.parquet` for every table."""
    (folder / FOLDER).mkdir()
    for table in content.tables:
        pairs = ", ".join(f"{name}: {literal(text)}" for name, text in _metadata(content, database, table).items())
        database.execute(
            f"copy (from {table.name} {in_order(table)}) to {literal(folder / FOLDER / f'{table.name}.parquet')} "
            f"(format parquet, compression snappy, kv_metadata {{{pairs}}})"
        )


def _metadata(content: Content, database: duckdb.DuckDBPyConnection, table: Table) -> dict[str, str]:
    files = content.files_behind(database, table)
    return {
        "title": table.name,
        "description": table.summary,
        "edition": content.version,
        "licences": ";".join(sorted({file.licence_id for file in files})),
        "run_id": content.build.run_id,
        "as_of": content.build.as_of.isoformat(),
        "sources": json.dumps([{"source_id": file.source_id, "sha256": file.sha256} for file in files]),
    }
