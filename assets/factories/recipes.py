"""Recipes: how a table is made, and of what; and whether it needs to be made again.

A table is made again where its fingerprint is not the one wanted. The fingerprint covers the query or code, the macros
that the query calls, the columns of the contract, the files of the sources that are read, and what the tables that are
read hold. A table that was made again and came out the same does not have those after it made again.
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

# What these do with the same query and the same rows may differ from one version to the next.
SOFTWARE = tuple(f"{name} {version(name)}" for name in ("duckdb", "polars"))
MACRO_NAME = re.compile(r"create macro\s+(\w+)\s*\(")
WHOLE_TABLE = re.compile(r"\bselect\s+\*\s+from\s+(\w+\.\w+)\s*(?=\bunion\b|\)|$)", re.IGNORECASE)
EVERY_COLUMN = re.compile(r"(?:\bselect|\bdistinct|,)\s+\*|\w\.\*", re.IGNORECASE)


@dataclass(frozen=True)
class Made:
    """A table that has just been made: what is on record of it, and what more the UI is to show of it."""

    stamp: Stamp
    shown: Mapping[str, Any] = field(default_factory=dict)


def unchanging(_: Warehouse) -> str:
    """Return the state of a table that depends on nothing but its code, the tables and the files that it reads."""
    return ""


def whole(_: Warehouse) -> bool:
    """Return that nothing but its tables belongs to a recipe."""
    return True


@dataclass(frozen=True)
class Recipe:
    """How tables that are made together, mostly one, are made.

    `make` makes them, given the fingerprint to record, and returns them by name. `reads` are the tables that it reads,
    `sources` the catalogued sources whose files it reads; `code` returns the version of its code, and `query` is the
    select where it is one. `state` returns what else the rows depend on. Where that is the catalogue, or the records of
    the landing, the table `is_always_made`: it takes no time, and what comes out the same changes nothing after it.
    `is_whole` returns whether what is written beside the tables is there.
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
        """The version of its code, which takes longer to find than to import the recipe."""
        return self.code()

    def fingerprint(self, warehouse: Warehouse) -> str:
        """Return the fingerprint that the tables have when they are up to date; empty where one read is not built."""
        read = digests(warehouse, self.reads, self.query)
        if read is None:
            return ""
        files = [file_identity(warehouse, source) for source in self.sources]
        contracts = [contract(table) for table in self.tables]
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
    """Return the SHA-256 of some texts and of the versions of the software that makes tables."""
    return sha256("\0".join([*SOFTWARE, *texts]).encode()).hexdigest()


def digests(warehouse: Warehouse, tables: Iterable[str], query: str = "") -> list[str] | None:
    """Return name and digest of the tables that a query, or code where none is given, depends on.

    None where one of them is not built. A query that names no volatile column of a table does not depend on these.
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
    """Return the digest of what the result of a query has of each file, by its name in `Stamp.files`.

    That is what the file has in the tables `of_files`, the content of the other tables that the query reads, and what
    it is `made_by`. Empty where that is not on record of one of the tables.
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
    """Return whether a query names one of some columns of a table, or selects all of it.

    A column of another table counts too, but a star that takes another table whole does not.
    """
    if not columns:
        return False
    selected = WHOLE_TABLE.sub(lambda whole: whole[0] if whole[1] == table else "", query)
    return bool(EVERY_COLUMN.search(selected) or re.search(rf"\b(?:{'|'.join(map(re.escape, columns))})\b", query))


def file_identity(warehouse: Warehouse, source_id: str) -> str:
    """Return which files of a source a build reads: their checksums, or the version of the package that they are in."""
    source = pick("source", catalogue.sources, source_id)
    if source.package:
        return f"{source_id} {installed(source.package)}"
    return " ".join([source_id, *(file.sha256 for file in warehouse.landing.current(source_id))])


def contract(table: Table) -> str:
    """Return what of a table's catalogue entry decides which rows it may hold, and how they are written."""
    columns = [f"{column.name} {column.type} {column.nullable}" for column in table.columns]
    return "\n".join([table.name, *columns, *table.key, *table.not_given, *table.volatile])


def called_macros(query: str) -> list[str]:
    """Return the statements of the macros that a query calls, and of those that they call, in order of name."""
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
    """Return recipes, each after those that make what it reads."""
    by_table = {name: recipe for recipe in sorted(recipes, key=lambda recipe: recipe.names) for name in recipe.names}
    before = {
        recipe.names: sorted({by_table[name].names for name in recipe.reads if name in by_table})
        for recipe in by_table.values()
    }
    return [by_table[names[0]] for names in TopologicalSorter(before).static_order()]
