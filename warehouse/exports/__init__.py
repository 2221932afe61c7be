"""The forms in which an edition is published, one module each.

An export is a function `write(content, database, folder)`: it writes files under `folder` from the edition's own
DuckDB file, which stands open read-only as `database` with the tables under their `schema.table` names. So every
form holds the same rows. Which exports an edition has, and their order, is said in `warehouse.editions.publish`.
What an export writes depends on the tables and the catalogue alone, never on the clock; only what is of the edition
and not of its build says when it was made: `meta.edition`, `edition.json`, `README.txt`, `dcat.jsonld`, and in the
report `static/edition.js` and the page of downloads. An export asks `Content.link` first where a file of the edition
before may do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from warehouse.catalogue import Column, Licence, Source, Table, licences, sources
from warehouse.exports.shared import Shared
from warehouse.release.release import EditionRelease
from warehouse.storage.table_store import quoted

# Signs for the states of a value, after the shorthand of the Government Statistical Service that Explore Local
# Statistics uses. A sign stands for the value or, for "u", beside it; the state itself is always near.
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


@dataclass(frozen=True)
class Build:
    """The build that an edition publishes: the row of `meta.build`."""

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
    """What is published: the edition, its build, what it changes, its tables and the files behind them.

    `tables` are those of the table store, in order of name; `versions` maps the software that made the edition to
    its version, null where it is not installed. `warnings` say which sources failed, were refused or are stale;
    `facts` is what an edition must say to be known as one of the same content. `stored` is the SHA-256 of each table's
    file in the store, where it is on record, and `shared` has the files that the edition before may lend.
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

    @property
    def version(self) -> str:
        """The version of the data."""
        return self.release.version

    @cached_property
    def sources(self) -> list[Source]:
        """The sources that the build read, in order of id: those with a file, and the data packages."""
        read = {file.source_id for file in self.files}
        return [source for name, source in sorted(sources().items()) if name in read or source.package]

    @cached_property
    def licences(self) -> list[Licence]:
        """The licences of those sources, in order of id."""
        used = {source.licence for source in self.sources} | {file.licence_id for file in self.files}
        return [licence for name, licence in sorted(licences().items()) if name in used]

    def link(self, folder: Path, name: str, table: Table, *more: Any) -> bool:
        """Take over the file of a table from the edition before, if it was made of the same; return whether it was."""
        stored = self.stored.get(table.name)
        return bool(stored) and self.shared.link(folder, name, stored, repr(table), *more)

    def files_behind(self, database: duckdb.DuckDBPyConnection, table: Table) -> list[InputFile]:
        """Return the files whose rows a table holds, in order of source and checksum.

        A table without columns of provenance is worked out from all of them.
        """
        columns = {column.name: column.type for column in table.columns}
        if {"source_id", "file_sha256"} <= columns.keys():
            named = database.execute(f"select distinct source_id, file_sha256 from {table.name}").fetchall()
            return [file for file in self.files if (file.source_id, file.sha256) in set(named)]
        if "source_ids" in columns:
            listed = "source_ids" if columns["source_ids"] == "VARCHAR[]" else "string_split(source_ids, ';')"
            found = database.execute(f"select distinct unnest({listed}) as source_id from {table.name}").fetchall()
            return [file for file in self.files if (file.source_id,) in set(found)]
        return list(self.files)


def described(column: Column) -> str:
    """Return what a column says, with its unit and the values that may stand in it."""
    values = f"One of: {', '.join(column.values)}." if column.values else ""
    return " ".join(filter(None, (column.description, column.said_unit, values)))


def in_order(table: Table) -> str:
    """Return the `order by` clause that puts a table in order of its key."""
    return "order by " + ", ".join(quoted(name) for name in table.key)
