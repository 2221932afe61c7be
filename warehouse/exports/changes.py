"""Writes `CHANGES.md`: the changes since the previous edition."""

from pathlib import Path

import duckdb

from warehouse.exports import Content
from warehouse.release.notes import release_notes

FILE = "CHANGES.md"


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `CHANGES.md`; `meta.edition_change` has the changed values."""
    (folder / FILE).write_text(release_notes(content.release), "utf-8")
