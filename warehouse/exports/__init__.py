"""The forms in which an edition is published, one module each.

An export is a function `write(content, database, folder)`. It writes files under `folder` from the DuckDB file of the
edition, which is open read-only as `database` with the tables as `schema.table`, so all forms have the same rows.
`warehouse.editions.publish` lists the exports and their order. The output of an export depends only on the tables and
the catalogue, not on the clock. Only `meta.edition`, `edition.json`, `README.txt`, `dcat.jsonld`, `datapackage.json`,
and in the report `static/edition.js` and the page of downloads, contain the time of publishing. An export first calls
`Content.link` if a file of the previous edition may be reused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from warehouse.catalogue import Column, Licence, Source, Table, is_share_alike, licences, sources
from warehouse.exports.shared import Shared
from warehouse.release.release import EditionRelease
from warehouse.storage.share_alike import VARIABLE
from warehouse.storage.table_store import quoted

# Signs for states of values: the shorthand of the Government Statistical Service, as in Explore Local Statistics. A
# sign replaces the value; "u" is beside it. The state itself is in the same row.
SYMBOLS = {
    "ok": "",
    "ok_low": "u",
    "searched_none_found": "",
    "suppressed": "c",
    "not_available": "x",
    "not_applicable": "z",
    "not_searched": "x",
    "withheld": "x",
}

MEDIA_TYPES = {
    ".csv": "text/csv",
    ".duckdb": "application/vnd.duckdb",
    ".geojson": "application/geo+json",
    ".graphml": "application/graphml+xml",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Of files that describe the data or show it.
OTHER_MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".jsonld": "application/ld+json",
    ".md": "text/markdown",
    ".svg": "image/svg+xml",
}


def media_type(path: Path) -> str:
    """Return the media type of a file of an edition."""
    return MEDIA_TYPES.get(path.suffix) or OTHER_MEDIA_TYPES.get(path.suffix) or "text/plain"


@dataclass(frozen=True)
class Build:
    """The build of an edition: the row of `meta.build`."""

    run_id: str
    as_of: date
    input_hash: str
    code_version: str


@dataclass(frozen=True)
class InputFile:
    """A file that a build read: its source, SHA-256 and licence id."""

    source_id: str
    sha256: str
    licence_id: str


@dataclass(frozen=True)
class Content:
    """The content of an edition: its build, release, tables and input files.

    `tables` are the tables of the table store, sorted by name. `versions` has the version of each software, null if not
    installed. `warnings` are about sources that failed, were refused or are stale. `facts` identifies editions of the
    same content. `stored` has the recorded SHA-256 of each table's file in the store. `shared` has the files that can
    be reused from the previous edition. `public_url` is the address under which editions are published, if known.
    """

    edition_id: str
    built_at: datetime
    build: Build
    release: EditionRelease
    tables: tuple[Table, ...]
    files: tuple[InputFile, ...]
    versions: dict[str, str | None]
    warnings: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    stored: Mapping[str, str] = field(default_factory=dict)
    shared: Shared = field(default_factory=Shared)
    public_url: str | None = None

    @property
    def address(self) -> str:
        """The public address of the edition, ending in a slash; empty if it is not known."""
        return f"{self.public_url.rstrip('/')}/{self.edition_id}/" if self.public_url else ""

    @property
    def version(self) -> str:
        """The version of the edition."""
        return self.release.version

    @cached_property
    def sources(self) -> list[Source]:
        """The sources that the build read, sorted by id: those with a file, and the data packages."""
        read = {file.source_id for file in self.files}
        return [source for name, source in sorted(sources().items()) if name in read or source.package]

    @cached_property
    def licences(self) -> list[Licence]:
        """The licences of those sources, sorted by id."""
        used = {source.licence for source in self.sources} | {file.licence_id for file in self.files}
        return [licence for name, licence in sorted(licences().items()) if name in used]

    def link(self, folder: Path, name: str, table: Table, *more: Any) -> bool:
        """Link the file of a table from the previous edition if its inputs are equal; return whether it was linked."""
        stored = self.stored.get(table.name)
        return bool(stored) and self.shared.link(folder, name, stored, repr(table), *more)

    def files_behind(self, database: duckdb.DuckDBPyConnection, table: Table) -> list[InputFile]:
        """Return the files of the rows of a table, sorted by source and checksum.

        A table without provenance columns is computed from all files.
        """
        columns = {column.name: column.type for column in table.columns}
        if {"source_id", "file_sha256"} <= columns.keys():
            named = database.execute(f"select distinct source_id, file_sha256 from {table.name}").fetchall()
            return [file for file in self.files if (file.source_id, file.sha256) in set(named)]
        if "source_id" in columns:
            read = database.execute(f"select distinct source_id from {table.name}").fetchall()
            return [file for file in self.files if (file.source_id,) in set(read)]
        if "source_ids" in columns:
            listed = "source_ids" if columns["source_ids"] == "VARCHAR[]" else "string_split(source_ids, ';')"
            found = database.execute(f"select distinct unnest({listed}) as source_id from {table.name}").fetchall()
            return [file for file in self.files if (file.source_id,) in set(found)]
        return list(self.files)

    def licences_of(self, database: duckdb.DuckDBPyConnection, table: Table) -> list[Licence]:
        """Return the licences of the files of the rows of a table, sorted by id."""
        used = {file.licence_id for file in self.files_behind(database, table)}
        return [licence for name, licence in sorted(licences().items()) if name in used]

    def share_alike_notice(self, database: duckdb.DuckDBPyConnection) -> str:
        """Return which rows of the edition are under a share-alike licence, as text; empty if none are."""
        shared = {file for file in self.files if is_share_alike(file.licence_id)}
        if not shared:
            return ""
        tables = [
            table.name
            for table in self.tables
            if table.schema_name != "meta"
            and table.name != "core.dim_source"
            and {"source_id", "source_ids"} & {column.name for column in table.columns}
            and shared.intersection(self.files_behind(database, table))
        ]
        return (
            f"Rows that name {_listed(file.source_id for file in shared)} in source_id or source_ids are under "
            f"{_listed(file.licence_id for file in shared)}: an adaptation of them may only be shared under that "
            f"licence. They are in {_listed(tables)}, and in the other files as values of the same metrics. All other "
            "rows are under the licences of their own sources. An edition built with "
            f"{VARIABLE}=exclude has no such rows."
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names)))


def described(column: Column) -> str:
    """Return the description of a column with its unit and its listed values."""
    values = f"One of: {', '.join(column.values)}." if column.values else ""
    return " ".join(filter(None, (column.description, column.said_unit, values)))


def in_order(table: Table) -> str:
    """Return the `order by` clause that sorts a table by its key."""
    return "order by " + ", ".join(quoted(name) for name in table.key)
