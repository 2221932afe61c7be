"""The store that several machines share, `CPOWER_SHARED`: files under their SHA-256, and snapshots that name them.

A file never changes under its name, so it is written without a condition. A snapshot is a small JSON file that is
written after the files that it names, on the condition that no other machine has changed it since it was read. A
machine that dies before that leaves files that no snapshot names.
"""

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from warehouse.errors import CannotPublish, InvalidSetting
from warehouse.storage.atomic_files import replacing, sha256
from warehouse.storage.file_records import FileRecord, from_json, records_of, set_time, to_json

if TYPE_CHECKING:
    from warehouse.storage.targets import Target

VARIABLE = "CPOWER_SHARED"
AT_ONCE = 16
# The snapshot of the landed files, and the list of the editions with the current one.
LANDING, EDITIONS = "landing.json", "editions.json"

# An id of an edition, which is the name of a folder.
NAME = re.compile(r"\w[\w-]*")
NO_EDITIONS: dict[str, Any] = {"current": None, "run_id": "", "editions": {}, "pins": {}}

Snapshot = dict[str, FileRecord]


@dataclass(frozen=True)
class SharedStore:
    """A shared store at a target."""

    target: "Target"

    def snapshot(self, name: str) -> Snapshot | None:
        """Return a snapshot: records of files by relative path; None if there is none."""
        return self._records(name, self.target.json(name, self.target.read(name)))

    def change(self, name: str, changed: Callable[[Snapshot], Snapshot]) -> Snapshot:
        """Change a snapshot, again if another machine was faster, and return it; its files must be in the store."""
        after = self.target.change(name, lambda before: to_json(changed(self._records(name, before) or {})))
        return from_json(after)

    def editions(self) -> dict[str, Any]:
        """Return the list of editions: the current one and its run id, all by id, and the pins.

        The reason of a pin is None after it was removed. Raises `CannotPublish` if the file is of another kind.
        """
        return self._list(self.target.json(EDITIONS, self.target.read(EDITIONS)))

    def change_editions(self, changed: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Change the list of editions, again if another machine was faster."""
        self.target.change(EDITIONS, lambda before: changed(self._list(before)))

    def put(self, folder: Path, records: Mapping[str, FileRecord], known: Collection[str] = ()) -> None:
        """Write files of a folder to the store, except those whose SHA-256 is `known` to be there."""
        wanted = {record.sha256: name for name, record in sorted(records.items()) if record.sha256 not in known}
        with ThreadPoolExecutor(AT_ONCE) as workers:
            list(workers.map(lambda item: self.target.put(folder / item[1], name_of(item[0])), wanted.items()))

    def get(self, folder: Path, records: Mapping[str, FileRecord]) -> None:
        """Write files of the store into a folder, each as a whole and as recorded."""

        def fetch(item: tuple[str, FileRecord]) -> None:
            with replacing(folder / item[0]) as temporary:
                self.get_file(item[1].sha256, temporary)
                set_time(temporary, item[1])

        with ThreadPoolExecutor(AT_ONCE) as workers:
            list(workers.map(fetch, records.items()))

    def get_file(self, checksum: str, path: Path) -> None:
        """Write a file of the store to a path that does not exist; raise `CannotPublish` if its content differs."""
        self.target.get(name_of(checksum), path)
        if sha256(path) != checksum:
            path.unlink()
            raise CannotPublish(
                f"{self.target.url}/{name_of(checksum)} is damaged: its content has another SHA-256. Replace it by the "
                "file with that SHA-256 from a home that has it."
            )

    def _list(self, said: Any) -> dict[str, Any]:
        if said is None:
            return NO_EDITIONS
        if not _is_list(said):
            raise CannotPublish(
                f"{self.target.url}/{EDITIONS} is not the list of editions of a shared store. CPOWER_SHARED must name "
                "a place of its own, not one that cpower publish writes to. Change the address, or restore the file."
            )
        return dict(said)

    def _records(self, name: str, items: Any) -> Snapshot | None:
        if items is None:
            return None
        try:
            records = from_json(items)
        except (TypeError, AttributeError) as error:
            raise CannotPublish(
                f"{self.target.url}/{name} was written by another version of Community Power ({error}). Use the same "
                "version on all machines, or another address in CPOWER_SHARED."
            ) from error
        self._require_inside(name, records)
        return records

    def _require_inside(self, name: str, paths: Iterable[str]) -> None:
        """Raise `CannotPublish` if a snapshot names a path that leaves the folder that it describes."""
        for path in map(PurePosixPath, paths):
            if path.is_absolute() or ".." in path.parts:
                raise CannotPublish(
                    f"{self.target.url}/{name} names {str(path)!r}: expected a path inside the home. Nothing was "
                    "fetched. Find out who wrote that file, and remove that entry from it."
                )


def _is_list(said: Any) -> bool:
    """Return whether the content of a JSON file is a list of editions, each with a name that is one of a folder."""
    if not (isinstance(said, dict) and isinstance(said.get("run_id"), str) and "current" in said):
        return False
    editions, pins, now = said.get("editions"), said.get("pins"), said["current"]
    return (
        isinstance(editions, dict)
        and isinstance(pins, dict)
        and (now is None or now in list(editions))
        and all(NAME.fullmatch(name) for name in [*editions, *pins])
        and all(isinstance(item, dict) and {"run_id", "is_of_earlier_day"} <= item.keys() for item in editions.values())
        and all(why is None or isinstance(why, str) for why in pins.values())
    )


def name_of(checksum: str) -> str:
    """Return the name of a file in the store, by its SHA-256."""
    return f"files/{checksum[:2]}/{checksum}"


def configured() -> SharedStore | None:
    """Return the store that `CPOWER_SHARED` names, None without it; raise `InvalidSetting` for an invalid address."""
    url = os.environ.get(VARIABLE, "").strip()
    try:
        return _opened(url) if url else None
    except CannotPublish as error:
        raise InvalidSetting(f"{VARIABLE}: {error}") from error


@cache
def _opened(url: str) -> SharedStore:
    # Only machines that share load the drivers, which takes long.
    from warehouse.storage.targets import Target

    return SharedStore(Target(url))


def fetch_content(path: Path, checksum: str) -> None:
    """Write a file of the shared store to a path, by its SHA-256; nothing is done if the path exists."""
    if not path.exists() and (store := configured()):
        with replacing(path) as temporary:
            store.get_file(checksum, temporary)


def fetch_folder(folder: Path, name: str) -> None:
    """Write the files of a snapshot that never changes into a folder; nothing is done if it is not shared."""
    if (store := configured()) and (there := store.snapshot(f"{name}.json")):
        store.get(folder, there)


def share_folder(folder: Path, name: str) -> None:
    """Share the files of a folder as a snapshot that never changes; nothing is done if it is shared already."""
    if store := configured():
        records = records_of(folder, sorted(path.name for path in folder.iterdir()), {})
        store.put(folder, records)
        store.change(f"{name}.json", lambda before: before or records)
