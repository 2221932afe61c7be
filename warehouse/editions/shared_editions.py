"""The editions of a shared store: their files, and the list of them with the current one and the pins.

The list, `editions.json`, is changed last and on a condition, so no machine meets half an edition, and of two machines
that publish at once one is told. Each function changes nothing without `CPOWER_SHARED`. The caller holds the lock of
the home.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from warehouse.editions import retention
from warehouse.editions.find import Edition, editions, find_current, is_whole
from warehouse.editions.switch import make_current, target
from warehouse.errors import CannotPublish, CommunityPowerError, EditionOvertaken
from warehouse.exports.shared import READ_ONLY
from warehouse.storage.atomic_files import TEMPORARY_PREFIX, sync
from warehouse.storage.file_records import FileRecord, read_record, records_of, write_record
from warehouse.storage.home import Home
from warehouse.storage.mirror import mirror_of
from warehouse.storage.shared_store import SharedStore, Snapshot, configured


@dataclass(frozen=True)
class Listed:
    """An edition of the shared list, as retention sees it."""

    id: str
    is_of_earlier_day: bool


@contextlib.contextmanager
def kept_in_step(home: Home, purpose: str) -> Iterator[None]:
    """Lock a home for a change of its pins, which are up to date inside and shared at the end."""
    with home.lock(purpose):
        fetch(home)
        before = retention.pins(home)
        yield
        after = retention.pins(home)
        own = {name: after.get(name) for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        if store := configured():
            store.change_editions(lambda said: _with_pins(said, after | said["pins"] | own))


def bring_up_to_date(home: Home, *, is_held: bool = False, is_every: bool = False) -> None:
    """Bring the landing and the editions of a home up to date: the current edition, or every one that is kept.

    `is_held` means that the caller holds the home's lock already; a home that is not shared is not locked.
    """
    if configured():
        with contextlib.nullcontext() if is_held else home.lock("sync"):
            mirror_of(home).sync_landing()
            fetch(home, is_every=is_every)


def fetch(home: Home, *, is_every: bool = False) -> None:
    """Make the current edition of the store that of the home, with the pins; `is_every` fetches the others, too.

    The first home that is shared gives its current edition to the store. Editions and pins that only the home has stay
    there. Raises `CannotPublish` if the store lacks an edition that it lists, or a part of it; what the home has stays.
    """
    store = configured()
    if store is None:
        return
    said = store.editions()
    if not said["current"]:
        if now := find_current(home):
            share(home, now.path, is_current=True)
        return
    _fetch(store, home, said["current"])
    _mirror_pins(home, said["pins"])
    make_current(home, home.published / said["current"])
    for edition_id in sorted(said["editions"].keys() - {said["current"]}) if is_every else []:
        _fetch(store, home, edition_id)
    shared = [item for item in editions(home) if item.id in said["editions"] or store.snapshot(_snapshot(item.id))]
    retention.prune(home, retention.unkept(home, shared, said["current"], retention.number_kept()))


def share(home: Home, path: Path, *, is_current: bool) -> None:
    """Share an edition and, if it `is_current`, make it the current one of the store.

    Raises `EditionOvertaken` if the current edition of the store is no longer that of the home, because another machine
    has published meanwhile.
    """
    store = configured()
    if store is None:
        return
    edition, before = Edition.read(path), target(home).name
    recorded = records_of(path, _names(path), read_record(home.record_of(edition.id)))
    store.put(path, recorded, _known(store, before))
    store.change(_snapshot(edition.id), lambda _: recorded)

    def changed(said: dict[str, Any]) -> dict[str, Any]:
        if is_current and said["current"] not in (None, before, edition.id):
            raise EditionOvertaken(said["current"], edition.id)
        entry = {"run_id": edition.run_id, "is_of_earlier_day": edition.is_of_earlier_day}
        said = said | {"editions": said["editions"] | {edition.id: entry}}
        said = _with_pins(said, retention.pins(home) | said["pins"])
        if is_current:
            said |= {"current": edition.id, "run_id": edition.run_id}
        gone = _unkept(home, said)
        return {**said, "editions": {name: item for name, item in said["editions"].items() if name not in gone}}

    store.change_editions(changed)


def _unkept(home: Home, said: dict[str, Any]) -> list[str]:
    listed = [Listed(name, item["is_of_earlier_day"]) for name, item in said["editions"].items()]
    gone = retention.unkept(home, listed, said["current"] or "", retention.number_kept())
    return [name for name in gone if said["pins"].get(name) is None]


def _with_pins(said: dict[str, Any], pins: dict[str, str | None]) -> dict[str, Any]:
    """Return the list of editions with other pins, without those of editions that only a home has."""
    known = said["editions"].keys() | said["pins"].keys()
    return said | {"pins": {name: why for name, why in pins.items() if name in known}}


def _known(store: SharedStore, edition_id: str) -> set[str]:
    """Return the SHA-256 of the files of an edition of the store, most of which the next edition has, too."""
    return {record.sha256 for record in (store.snapshot(_snapshot(edition_id)) or {}).values()}


def _fetch(store: SharedStore, home: Home, edition_id: str) -> None:
    """Write an edition of the store into the home, unless it is there unchanged."""
    path = home.published / edition_id
    with contextlib.suppress(CommunityPowerError):
        if is_whole(home, Edition.read(path)):
            return
    recorded = store.snapshot(_snapshot(edition_id))
    if not recorded:
        raise CannotPublish(
            f"{store.target.url}/{_snapshot(edition_id)} is missing or empty, so edition {edition_id} cannot be "
            "fetched. Restore the file, or run cpower build --force on a machine that has this edition."
        )
    part = home.published / f"{TEMPORARY_PREFIX}{edition_id}"
    part.mkdir()
    try:
        linked = set(_linked(home, part, recorded))
        store.get(part, {name: record for name, record in recorded.items() if name not in linked})
        for name in recorded:
            (part / name).chmod(READ_ONLY)
        shutil.rmtree(path, ignore_errors=True)
        part.rename(path)
        sync(home.published)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    times = {name: (path / name).stat().st_mtime_ns for name in recorded}
    write_record(home.record_of(path.name), {name: replace(recorded[name], mtime_ns=times[name]) for name in recorded})


def _linked(home: Home, folder: Path, wanted: Snapshot) -> Iterator[str]:
    """Link the wanted files that an edition of the home has already, and yield their names."""
    by_content: dict[str, tuple[Path, FileRecord]] = {}
    for edition_id in home.recorded():
        for name, record in read_record(home.record_of(edition_id)).items():
            by_content[record.sha256] = home.published / edition_id / name, record
    for name, record in wanted.items():
        with contextlib.suppress(OSError, KeyError):
            path, known = by_content[record.sha256]
            if known.is_as_recorded(path):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                os.link(path, folder / name)
                yield name


def _mirror_pins(home: Home, pins: dict[str, str | None]) -> None:
    for edition_id, why in pins.items():
        if why is None:
            retention.unpin(home, edition_id)
        elif retention.pins(home).get(edition_id) != why:
            retention.pin(home, edition_id, why)


def _snapshot(edition_id: str) -> str:
    return f"editions/{edition_id}.json"


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
