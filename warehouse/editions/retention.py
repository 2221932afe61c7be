"""Retention of editions on disk: the newest editions, all pinned editions, and the current edition.

A pin is a file `pins/<edition id>` in the home, with the reason as its text. Editions with an as-of date are counted
separately, so that they do not displace the others.
"""

import contextlib
import os
import shutil
from collections.abc import Iterable
from typing import Protocol

from warehouse.errors import InvalidSetting
from warehouse.storage.atomic_files import TEMPORARY_PREFIX, replacing, sync
from warehouse.storage.home import Home

VARIABLE = "CPOWER_KEEP_EDITIONS"
DEFAULT = 10


class Kept(Protocol):
    """The properties of an edition that retention uses."""

    @property
    def id(self) -> str:
        """Id of the edition, which sorts by time."""

    @property
    def is_of_earlier_day(self) -> bool:
        """Whether it has an as-of date."""


def number_kept() -> int:
    """Return how many of the newest editions are kept: `CPOWER_KEEP_EDITIONS`, by default 10.

    Raises `InvalidSetting` if it is not a whole number of at least 1.
    """
    said = os.environ.get(VARIABLE, "").strip() or str(DEFAULT)
    if not (said.isascii() and said.isdigit() and int(said)):
        raise InvalidSetting(f"{VARIABLE} must be a whole number, 1 or more; got {said!r}.")
    return int(said)


def pins(home: Home) -> dict[str, str]:
    """Return the reason of every pin by edition id."""
    if not home.pins.is_dir():
        return {}
    found = sorted(path for path in home.pins.iterdir() if not path.name.startswith(TEMPORARY_PREFIX))
    return {path.name: path.read_text("utf-8", errors="replace").strip() for path in found}


def pin(home: Home, edition_id: str, why: str) -> None:
    """Pin an edition so that it is always kept; the reason of an existing pin is replaced."""
    with replacing(home.pins / edition_id) as temporary:
        temporary.write_text(f"{why}\n" if why else "", "utf-8")


def unpin(home: Home, edition_id: str) -> bool:
    """Remove the pin of an edition and return whether it had one."""
    path = home.pins / edition_id
    if not path.exists():
        return False
    path.unlink()
    sync(home.pins)
    return True


def unkept(home: Home, editions: Iterable[Kept], current_id: str, keep: int) -> list[str]:
    """Return the ids of the editions to remove, oldest first."""
    listed = sorted(editions, key=lambda edition: edition.id)
    kept = {current_id, *pins(home)}
    for is_of_earlier_day in (False, True):
        kept |= {item.id for item in [item for item in listed if item.is_of_earlier_day == is_of_earlier_day][-keep:]}
    return [item.id for item in listed if item.id not in kept]


def prune(home: Home, edition_ids: Iterable[str]) -> None:
    """Remove editions, and records of editions that do not exist.

    An edition is renamed before it is removed, so that no reader finds half of it. Open files stay readable until they
    are closed. A failing removal is tried again with the next edition.
    """
    for edition_id in edition_ids:
        hidden = home.published / f"{TEMPORARY_PREFIX}{edition_id}"
        with contextlib.suppress(OSError):
            (home.published / edition_id).rename(hidden)
            sync(home.published)
            shutil.rmtree(hidden)
    for record in home.recorded():
        if not (home.published / record).exists():
            with contextlib.suppress(OSError):
                home.record_of(record).unlink()
