"""A pool of read-only connections to the editions of a home.

Each request uses one edition from its start to its end, so a switch to a new edition never mixes two. An edition stays
open while a request uses it, also if its folder has been removed meanwhile.
"""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from warehouse import query
from warehouse.editions.find import CURRENT, Edition, find
from warehouse.errors import NotBuilt
from warehouse.storage.home import Home

MOST_EDITIONS = 3


@dataclass
class _Open:
    """An open edition, and the number of requests that use it."""

    database: duckdb.DuckDBPyConnection
    users: int = 0


@dataclass(frozen=True)
class Reading:
    """An edition and a connection to it, for one request."""

    edition: Edition
    database: duckdb.DuckDBPyConnection


class Pool:
    """Connections to the editions of a home; each open edition has one database, and each request a cursor of it.

    The server runs as many requests at once as it has threads, and the others wait their turn.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self._lock = threading.Lock()
        self._open: OrderedDict[str, _Open] = OrderedDict()

    @contextlib.contextmanager
    def reading(self, edition_id: str | None = None) -> Iterator[Reading]:
        """Yield the current edition, or the one with an id or a version, with a connection to it.

        Raises `NotBuilt` if there is no edition, and `UnknownName` if none has that id.
        """
        edition, opened = self._take(edition_id)
        try:
            with contextlib.closing(opened.database.cursor()) as cursor:
                yield Reading(edition, cursor)
        finally:
            self._give_back(opened)

    def _take(self, edition_id: str | None) -> tuple[Edition, _Open]:
        """Return an edition, opened, and count this request as its user."""
        try:
            return self._opened(find(self.home, edition_id or CURRENT))
        except NotBuilt:
            # The current edition may have been replaced and removed since its link was read.
            return self._opened(find(self.home, edition_id or CURRENT))

    def _opened(self, edition: Edition) -> tuple[Edition, _Open]:
        with self._lock:
            if edition.id not in self._open:
                self._open[edition.id] = _Open(query.connect(edition.path))
            opened = self._open[edition.id]
            self._open.move_to_end(edition.id)
            opened.users += 1
            self._close_unused()
            return edition, opened

    def _give_back(self, opened: _Open) -> None:
        with self._lock:
            opened.users -= 1
            self._close_unused()

    def _close_unused(self) -> None:
        """Close the editions that were used longest ago, beyond `MOST_EDITIONS`, and that no request uses."""
        unused = [name for name, opened in self._open.items() if not opened.users]
        for name in unused[: max(len(self._open) - MOST_EDITIONS, 0)]:
            self._open.pop(name).database.close()

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].database.close()
