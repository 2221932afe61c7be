"""Which editions stay on the disk: the newest, every one that is pinned, and the current one.

A pin is a file in `pins/` of the home, named by the id of the edition, with the reason as its text. Editions of an
earlier day are counted by themselves, so that looking back takes no place from those of today.
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
    """What retention must know of an edition."""

    @property
    def id(self) -> str:
        """Its name, which sorts by time."""

    @property
    def is_of_earlier_day(self) -> bool:
        """Whether it is of what was known at a date."""


def number_kept() -> int:
    """Return how many of the newest editions stay: what `CPOWER_KEEP_EDITIONS` says, else ten.

    Raises `InvalidSetting` where it says anything but a whole number from 1.
    """
    said = os.environ.get(VARIABLE, "").strip() or str(DEFAULT)
    if not (said.isascii() and said.isdigit() and int(said)):
        raise InvalidSetting(f"{VARIABLE} must be a whole number of editions, 1 or more; it is {said!r}.")
    return int(said)


def pins(home: Home) -> dict[str, str]:
    """Return the reason of every pin by the id of the edition that it is of."""
    if not home.pins.is_dir():
        return {}
    found = sorted(path for path in home.pins.iterdir() if not path.name.startswith(TEMPORARY_PREFIX))
    return {path.name: path.read_text("utf-8", errors="replace").strip() for path in found}


def pin(home: Home, edition_id: str, why: str) -> None:
    """Keep an edition for good; a pin that there is already gets the new reason."""
    with replacing(home.pins / edition_id) as temporary:
        temporary.write_text(f"{why}\n" if why else "", "utf-8")


def unpin(home: Home, edition_id: str) -> bool:
    """Take the pin off an edition and return whether it had one."""
    path = home.pins / edition_id
    if not path.exists():
        return False
    path.unlink()
    sync(home.pins)
    return True


def unkept(home: Home, editions: Iterable[Kept], current_id: str, keep: int) -> list[str]:
    """Return the ids of the editions that need not stay, oldest first."""
    listed = sorted(editions, key=lambda edition: edition.id)
    kept = {current_id, *pins(home)}
    for is_of_earlier_day in (False, True):
        kept |= {item.id for item in [item for item in listed if item.is_of_earlier_day == is_of_earlier_day][-keep:]}
    return [item.id for item in listed if item.id not in kept]


def prune(home: Home, edition_ids: Iterable[str]) -> None:
    """Remove editions, and records of editions that are not there; each loses its name first: nobody meets half of one.

    Who has a file of it open reads on: the disk keeps what is open until it is closed. What cannot be removed now is
    tried again with the next edition.
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
