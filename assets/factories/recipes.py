"""Recipes: how a table is made, its inputs, and whether it is up to date.

A table is made again if its fingerprint has changed. The fingerprint covers the query or code, the macros that the
query calls, the columns of the contract, the files of its sources, and the content of the tables that it reads. If a
table is made again with the same content, the tables that read it are not made again.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from graphlib import TopologicalSorter
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from warehouse import catalogue
from warehouse.catalogue import Table, pick
from warehouse.editions.publishing_code import installed
from warehouse.storage.stamp import Stamp
from warehouse.storage.table_store import CALL, macros
from warehouse.storage.workspace import Warehouse

# Versions of these may compute different results from the same query and rows.
SOFTWARE = tuple(f"{name} {version(name)}" for name in ("duckdb", "polars"))
MACRO_NAME = re.compile(r"create macro\s+(\w+)\s*\(")
WHOLE_TABLE = re.compile(r"\bselect\s+\*\s+from\s+(\w+\.\w+)\s*(?=\bunion\b|\)|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Made:
    """A table that was made: its stamp, and further metadata for the UI."""

    stamp: Stamp
    shown: Mapping[str, Any] = field(default_factory=dict)


def unchanging(_: Warehouse) -> str:
    """Return an empty state, for a table that depends only on its code and the tables and files that it reads."""
    return ""


def whole(_: Warehouse) -> bool:
    """Return True, for a recipe that writes nothing but its tables."""
    return True


@dataclass(frozen=True)
class Recipe:
    """How one table, or several together, are made.

    `make` makes the tables, records the given fingerprint, and returns them by name. `reads` are the tables that it
    reads, `sources` the catalogued sources whose files it reads; `code` returns the version of its code, and `query` is
    its select, if it is a query. `state` returns anything else that the rows depend on. A table of the catalogue or of
    the records of the landing `is_always_made`, which is fast and, with the same result, does not affect other tables.
    `is_whole` returns whether the files that are written beside the tables exist.
    """

    tables: tuple[Table, ...]
    make: Callable[[Warehouse, str], Mapping[str, Made]]
    code: Callable[[], str]
    kinds: frozenset[str]
    reads: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    query: str = ""
    state: Callable[[Warehouse], str] = unchanging
    is_always_made: bool = False
    is_whole: Callable[[Warehouse], bool] = whole

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the tables."""
        return tuple(table.name for table in self.tables)

    @cached_property
    def version(self) -> str:
        """The version of its code; computed on demand, because that is slow."""
        return self.code()

    def fingerprint(self, warehouse: Warehouse) -> str:
        """Return the fingerprint of up-to-date tables; empty if a table that is read has not been built."""
        read = digests(warehouse, self.reads, self.query)
        if read is None:
            return ""
        files = [file_identity(warehouse, source) for source in self.sources]
        contracts = [table.contract for table in self.tables]
        return digest([self.version, self.state(warehouse), *contracts, *files, *read])

    def bring_up_to_date(self, warehouse: Warehouse) -> Mapping[str, Made]:
        """Make its tables unless they are up to date, and return them by name; raises what making them raises."""
        fingerprint = self.fingerprint(warehouse)
        return self._up_to_date(warehouse, fingerprint) or self.make(warehouse, fingerprint)

    def _up_to_date(self, warehouse: Warehouse, fingerprint: str) -> Mapping[str, Made] | None:
        if self.is_always_made or not fingerprint or not self.is_whole(warehouse):
            return None
        stamps = {name: warehouse.tables.stamp(name) for name in self.names}
        found = {name: Made(stamp) for name, stamp in stamps.items() if stamp and stamp.fingerprint == fingerprint}
        return found if len(found) == len(stamps) else None


def digest(texts: Iterable[str]) -> str:
    """Return the SHA-256 of some texts and of the versions of DuckDB and Polars."""
    return sha256("\0".join([*SOFTWARE, *texts]).encode()).hexdigest()


def digests(warehouse: Warehouse, tables: Iterable[str], query: str = "") -> list[str] | None:
    """Return name and digest of each table that a query, or code without a query, depends on.

    None if one of them has not been built. A query that uses no volatile column of a table does not depend on them.
    """
    found = []
    for name in tables:
        stamp = warehouse.tables.stamp(name)
        if stamp is None:
            return None
        columns = pick("table", catalogue.tables, name).volatile
        found.append(f"{name} {stamp.content if not query or _names(query, name, columns) else stamp.stable}")
    return found


def file_digests(
    warehouse: Warehouse, tables: Iterable[str], of_files: Collection[str], query: str, *made_by: str
) -> dict[str, str]:
    """Return the digest of the part of a query's result that comes from each file, by its name in `Stamp.files`.

    It covers the rows of the file in the tables `of_files`, the content of the other tables that the query reads, and
    `made_by`. Empty if a table has no record of its files.
    """
    look_ups = digests(warehouse, [name for name in tables if name not in of_files], query)
    stamps = {name: warehouse.tables.stamp(name) for name in sorted(of_files)}
    found: dict[str, list[str]] = {}
    for name, stamp in stamps.items():
        if look_ups is None or stamp is None or (stamp.rows and not stamp.files):
            return {}
        for file, content in stamp.files.items():
            found.setdefault(file, []).append(f"{name} {content}")
    return {file: digest([*made_by, *(look_ups or []), *rows]) for file, rows in found.items()}


def _names(query: str, table: str, columns: Sequence[str]) -> bool:
    """Return whether a query uses one of some columns of a table, or selects all of its columns.

    A column of that name in another table counts, too. Other stars are of parts of the query: `assets.consistency`
    finds those of tables.
    """
    if not columns:
        return False
    wholes = {whole[1] for whole in WHOLE_TABLE.finditer(query)}
    return table in wholes or bool(re.search(rf"\b(?:{'|'.join(map(re.escape, columns))})\b", query))


def file_identity(warehouse: Warehouse, source_id: str) -> str:
    """Return the identity of a source's files: their checksums, or the version of their package."""
    source = pick("source", catalogue.sources, source_id)
    if source.package:
        return f"{source_id} {installed(source.package)}"
    return " ".join([source_id, *(file.sha256 for file in warehouse.landing.read_by_builds(source_id))])


def called_macros(query: str) -> list[str]:
    """Return the statements of the macros that a query calls, directly or indirectly, in order of name."""
    found: set[str] = set()
    texts = [query]
    while texts:
        new = _macros().keys() & set(CALL.findall(texts.pop())) - found
        found |= new
        texts += [_macros()[name] for name in new]
    return [_macros()[name] for name in sorted(found)]


@cache
def _macros() -> dict[str, str]:
    return {match[1]: statement for statement in macros() if (match := MACRO_NAME.search(statement))}


def in_order(recipes: Iterable[Recipe]) -> list[Recipe]:
    """Return recipes in order of dependency."""
    by_table = {name: recipe for recipe in sorted(recipes, key=lambda recipe: recipe.names) for name in recipe.names}
    before = {
        recipe.names: sorted({by_table[name].names for name in recipe.reads if name in by_table})
        for recipe in by_table.values()
    }
    return [by_table[names[0]] for names in TopologicalSorter(before).static_order()]
