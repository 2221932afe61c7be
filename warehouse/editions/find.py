"""Finds the editions of a home: all, the current one, one by name, and the one of a build."""

import contextlib
import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from warehouse.editions.verify import changed, verify
from warehouse.errors import CommunityPowerError, NotBuilt, UnknownName
from warehouse.query import EDITION_FILE
from warehouse.release.version import Version
from warehouse.storage.atomic_files import replacing
from warehouse.storage.file_records import read_record
from warehouse.storage.home import Home

ID = re.compile(r"(?P<time>\d{8}T\d{6}Z)-\w+")
# File with the run ids of the last builds with the same content as the current edition; they have no edition.
EQUAL, MOST_EQUAL = "equal-builds.json", 20
# Name of the edition that the link `published/current` points to.
CURRENT = "current"


@dataclass(frozen=True)
class Edition:
    """An edition on disk; `tables` has the number of rows of each table."""

    id: str
    path: Path
    version: str
    version_why: tuple[str, ...]
    previous_id: str | None
    sign_off: str | None
    built_at: datetime
    run_id: str
    as_of: date
    tables: dict[str, int]

    @classmethod
    def read(cls, path: Path) -> "Edition":
        """Return the edition in a folder; raise `NotBuilt` if there is none or it is damaged."""
        try:
            item = json.loads((path / EDITION_FILE).read_text("utf-8"))
            return cls(
                id=item["edition_id"],
                path=path,
                version=item["version"],
                version_why=tuple(item["version_why"]),
                previous_id=item["previous"] and item["previous"]["edition_id"],
                sign_off=item["sign_off"],
                built_at=datetime.fromisoformat(item["built_at"]),
                run_id=item["run_id"],
                as_of=date.fromisoformat(item["as_of"]),
                tables=item["tables"],
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotBuilt(f"{path} is not an edition or is damaged ({error}). Run cpower build.") from error

    @property
    def is_of_earlier_day(self) -> bool:
        """Whether it has an as-of date, and so is not in the sequence of versions."""
        return Version.parse(self.version) is None

    @property
    def label(self) -> str:
        """Name of the edition in a comparison."""
        return f"version {self.version} ({self.id})"


def ids(home: Home) -> list[str]:
    """Return the ids of the editions under `published`, oldest first."""
    if not home.published.is_dir():
        return []
    return sorted(path.name for path in home.published.iterdir() if ID.fullmatch(path.name))


def editions(home: Home) -> list[Edition]:
    """Return the editions of a home, oldest first; other and damaged folders are left out."""
    found = []
    for name in ids(home):
        with contextlib.suppress(CommunityPowerError):
            found.append(Edition.read(home.published / name))
    return found


def find_current(home: Home) -> Edition | None:
    """Return the current edition, or None if there is none or it cannot be read."""
    with contextlib.suppress(CommunityPowerError):
        return current(home)
    return None


def current(home: Home) -> Edition:
    """Return the current edition; raise `NotBuilt` if there is none or it is damaged."""
    if not home.current.exists():
        raise NotBuilt(f"No edition has been published in {home.published}. Run cpower build.")
    return Edition.read(home.current.resolve())


def find(home: Home, name: str) -> Edition:
    """Return the edition with an id or a version (the newest with it), or the current one for `current`.

    Raises `UnknownName` if there is none.
    """
    if name == CURRENT:
        return current(home)
    published = editions(home)
    for edition in reversed(published):
        if name in (edition.id, edition.version):
            return edition
    raise UnknownName("edition", name, [edition.id for edition in published])


def is_whole(home: Home, edition: Edition) -> bool:
    """Return whether an edition is unchanged since it was published.

    A file with the recorded size and modification time is not read. An edition without a record is verified in full.
    """
    if recorded := read_record(home.record_of(edition.id)):
        return not changed(edition.path, recorded)
    return not verify(edition.path)


def run_ids(home: Home, edition: Edition) -> frozenset[str]:
    """Return the run ids of the builds of an edition: its own, and those with the same content (`publish`)."""
    return frozenset({edition.run_id, *_equal(home, edition)})


def _equal(home: Home, edition: Edition) -> list[str]:
    """Return the run ids of builds with the same content as an edition, oldest first."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads((home.records / EQUAL).read_text("utf-8"))
        if said["edition_id"] == edition.id:
            return [str(run_id) for run_id in said["run_ids"]]
    return []


def note_equal(home: Home, edition: Edition, run_id: str) -> None:
    """Record that a build has the same content as an edition, so that it is not built again to find out."""
    known = [known for known in _equal(home, edition) if known != run_id]
    said = {"edition_id": edition.id, "run_ids": [*known, run_id][-MOST_EQUAL:]}
    with replacing(home.records / EQUAL) as temporary:
        temporary.write_text(json.dumps(said, indent=2) + "\n", "utf-8")
