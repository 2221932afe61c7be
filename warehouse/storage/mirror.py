"""The home as a mirror of a shared store: what of it other machines have, and what they get from it.

DuckDB and Polars read local files, so each machine has its own home. Its landing and its tables are brought up to date
before they are read, and what was made is shared afterwards. Without `CPOWER_SHARED`, nothing is done.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from warehouse.errors import CannotPublish
from warehouse.storage import shared_store
from warehouse.storage.atomic_files import SPILL, TEMPORARY_PREFIX
from warehouse.storage.file_records import FileRecord, records_of, set_time
from warehouse.storage.home import Home
from warehouse.storage.landing import BYTES, CHECK_FILE, STATUS_FILE
from warehouse.storage.shared_store import LANDING, SharedStore, Snapshot


@dataclass(frozen=True)
class Comparison:
    """How a home compares with its shared store: the landed files and states to fetch and to share.

    `problem` is why the store cannot be read, empty if it answers.
    """

    address: str
    current_edition: str | None = None
    to_fetch: int = 0
    to_share: int = 0
    problem: str = ""

    def is_in_step(self, edition_id: str | None) -> bool:
        """Return whether a home with this current edition has nothing to fetch and nothing to share."""
        return not (self.to_fetch or self.to_share) and self.current_edition == edition_id


class Unshared:
    """A home that is shared with no other machine."""

    is_shared = False

    def sync_landing(self) -> None:
        """Bring the landed files of home and store up to date with each other.

        The content of a file is fetched when it is read (`LandedFile.content`).
        """

    def fetch_landing(self) -> None:
        """Fetch the landed files that the home lacks, without its lock: what it has stays, and nothing is shared."""

    def compare(self) -> Comparison | None:
        """Return how the home compares with the store, None if it is not shared."""
        return None

    def fetch_tables(self, root: Path, build_id: str) -> None:
        """Replace the tables under a root by those of a build, which all machines that take part in it share."""

    def share_tables(self) -> None:
        """Share the tables that have changed since they were fetched."""


@dataclass
class Mirror(Unshared):
    """A home that mirrors a shared store; the caller holds its lock, except for `compare` and `fetch_landing`."""

    home: Home
    store: SharedStore
    is_shared = True
    _root: Path | None = None
    _build_id: str = ""
    _fetched: Snapshot = field(default_factory=dict)

    def sync_landing(self) -> None:
        """Bring the landed files of home and store up to date with each other: see `Unshared`."""
        root = self.home.landing
        here, there, new = self._compared()
        if new:
            self.store.put(root, new)
            there = self.store.change(
                LANDING,
                lambda before: before | {name: _newer(name, before.get(name), record) for name, record in new.items()},
            )
        self.store.get(root, _to_fetch(here, there))

    def fetch_landing(self) -> None:
        """Fetch the landed files that the home lacks: see `Unshared`."""
        here, there, _ = self._compared()
        self.store.get(
            self.home.landing, {name: record for name, record in _to_fetch(here, there).items() if name not in here}
        )

    def compare(self) -> Comparison | None:
        """Return how the home compares with the store."""
        address = self.store.target.url
        try:
            here, there, new = self._compared()
            current = self.store.editions()["current"]
            # Last, because a store that denies access also answers that the bucket does not exist.
            if not (there or current or self.store.target.is_there()):
                problem = "The bucket does not exist, or the folder is not writable."
                return Comparison(address, problem=f"{problem} Create it, or correct CPOWER_SHARED.")
        except CannotPublish as error:
            return Comparison(address, problem=str(error))
        return Comparison(address, current, len(_to_fetch(here, there | new)), len(new))

    def _compared(self) -> tuple[Snapshot, Snapshot, Snapshot]:
        """Return the landed files of the home and of the store, and those that the store lacks."""
        root, there = self.home.landing, self.store.snapshot(LANDING) or {}
        # Bytes never change under their name, so those that are shared need not be read.
        unread = [name for name in _landed_names(root) if not (_is_bytes(name) and name in there)]
        here = records_of(root, unread, there)
        new = {
            name: record for name, record in here.items() if _newer(name, there.get(name), record) != there.get(name)
        }
        return here, there, new

    def fetch_tables(self, root: Path, build_id: str) -> None:
        """Replace the tables under a root by those of a build; those of its own run stay."""
        if (root, build_id) == (self._root, self._build_id):
            # This process has made what its run changed since.
            return
        there = self.store.snapshot(_tables(build_id)) or self._begin(root, build_id)
        here = records_of(root, _table_names(root), there)
        for name in here.keys() - there.keys():
            (root / name).unlink()
        for name in here.keys() & there.keys():
            if here[name].sha256 == there[name].sha256:
                set_time(root / name, there[name])
        self.store.get(root, _lacking(here, there))
        self._root, self._build_id, self._fetched = root, build_id, there

    def share_tables(self) -> None:
        """Share the tables that have changed since they were fetched, then name them in the snapshot of the build."""
        if self._root is None:
            return
        here = records_of(self._root, _table_names(self._root), self._fetched)
        made = {name: record for name, record in here.items() if self._fetched.get(name) != record}
        if made:
            self.store.put(self._root, made, {record.sha256 for record in self._fetched.values()})
            self.store.change(_tables(self._build_id), lambda before: before | made)
            self._fetched = self._fetched | made

    def _begin(self, root: Path, build_id: str) -> Snapshot:
        """Return the tables from which all machines begin a build: of the current edition or else of this home."""
        first = self.store.snapshot(_tables(self.store.editions()["run_id"]))
        if first is None:
            first = records_of(root, _table_names(root), {})
            self.store.put(root, first)
        return self.store.change(_tables(build_id), lambda before: before or first)


def mirror_of(home: Home) -> Unshared:
    """Return the mirror of a home; raise `InvalidSetting` for an invalid `CPOWER_SHARED`."""
    store = shared_store.configured()
    return Mirror(home, store) if store else Unshared()


@contextlib.contextmanager
def landing_held(home: Home, purpose: str) -> Iterator[None]:
    """Lock a home for a change of its landing, which is up to date inside and shared at the end."""
    mirror = mirror_of(home)
    with home.lock(purpose):
        mirror.sync_landing()
        yield
        mirror.sync_landing()


def _tables(build_id: str) -> str:
    return f"tables/{build_id}.json"


def _lacking(here: Snapshot, there: Snapshot) -> Snapshot:
    """Return the files of the store that the home lacks or has with other content."""
    return {name: record for name, record in there.items() if getattr(here.get(name), "sha256", "") != record.sha256}


def _newer(name: str, there: FileRecord | None, here: FileRecord) -> FileRecord:
    """Return which record of a file of the landing counts: the first, or the newest of a state that is replaced."""
    if there is None:
        return here
    is_state = Path(name).name in (STATUS_FILE, CHECK_FILE)
    return here if is_state and here.sha256 != there.sha256 and here.mtime_ns > there.mtime_ns else there


def _to_fetch(here: Snapshot, there: Snapshot) -> Snapshot:
    return {name: record for name, record in _lacking(here, there).items() if not _is_bytes(name)}


def _is_bytes(name: str) -> bool:
    return name.endswith(BYTES)


def _landed_names(root: Path) -> list[str]:
    """Return the landed files with their records, and the states of the sources; refused files are not shared."""
    found = [path for pattern in ("*.json", f"*{BYTES}") for path in root.glob(f"*/{pattern}") if path.is_file()]
    return sorted(path.relative_to(root).as_posix() for path in found)


def _table_names(root: Path) -> list[str]:
    """Return the files of tables, stamps, parts and check records, without temporary files."""
    found = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
    return sorted(
        path.as_posix()
        for path in found
        if not any(part == SPILL or part.startswith(TEMPORARY_PREFIX) for part in path.parts)
    )
