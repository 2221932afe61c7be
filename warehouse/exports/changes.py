"""What differs from the edition before, for people to read: `CHANGES.md`."""

from pathlib import Path

import duckdb

from warehouse.exports import Content
from warehouse.release.notes import release_notes

FILE = "CHANGES.md"


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `CHANGES.md`; the values themselves stand in `meta.edition_change`."""
    (folder / FILE).write_text(release_notes(content.release), "utf-8")
