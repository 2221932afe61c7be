"""Tables made only of files that ship with the project, in a store of their own: made once per process, on demand."""

import tempfile
import threading
from functools import cache, lru_cache
from pathlib import Path

from assets.factories.recipes import Recipe
from assets.subjects import modules
from warehouse.catalogue import sources, tables
from warehouse.lineage import queries, reads
from warehouse.storage.home import Home
from warehouse.storage.landing import LandedFile, reference_files
from warehouse.storage.workspace import Warehouse


class ShippedTables:
    """The tables of shipped records and of the catalogue, and the core tables that read only those."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cpower-shipped-")
        self._warehouse = Warehouse(Home(Path(self._folder.name)))
        self._lock = threading.Lock()

    def path(self, table: str) -> Path:
        """Return the file of a table; raise what making it raises, such as `BadRecord` for an invalid record."""
        with self._lock:
            self._make(table)
        return self._warehouse.tables.path(table)

    def _make(self, table: str) -> None:
        if self._warehouse.tables.path(table).exists():
            return
        if recipe := _recipes().get(table):
            recipe.make(self._warehouse, "")
        else:
            for read in read_by_core()[table]:
                self._make(read)
            self._warehouse.tables.build(tables()[table], queries()[table].read_text("utf-8"))


def records() -> list[LandedFile]:
    """Return the files of reference records that ship with the project."""
    return [file for source in sources().values() if source.file for file in reference_files(source)]


def shipped_tables() -> ShippedTables:
    """Return the tables of the present records, which may be edited while a server runs."""
    return _shipped_tables(tuple(file.sha256 for file in records()))


@lru_cache(maxsize=1)
def _shipped_tables(_: tuple[str, ...]) -> ShippedTables:
    return ShippedTables()


def is_shipped(table: str) -> bool:
    """Return whether a staging or core table is made only of files that ship with the project."""
    return table in _recipes() or (table in read_by_core() and all(map(is_shipped, read_by_core()[table])))


@cache
def read_by_core() -> dict[str, list[str]]:
    """Return the tables that the query of each core table reads."""
    return {name: reads(path.read_text("utf-8")) for name, path in queries().items() if name.startswith("core.")}


@cache
def _recipes() -> dict[str, Recipe]:
    """Return the recipes that read only reference records and the catalogue, by table."""
    return {
        name: recipe
        for module in modules("RECIPES")
        for recipe in module.RECIPES
        for name in recipe.names
        if not recipe.reads and all(sources()[source].file or sources()[source].package for source in recipe.sources)
    }
