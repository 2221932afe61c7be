"""Where everything that runs writes: `CPOWER_HOME`, its folders, and the lock that one build at a time holds."""

import contextlib
import fcntl
import json
import os
import pwd
import re
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from warehouse.errors import HomeUnavailable
from warehouse.storage.atomic_files import is_temporary, replacing, sweep

PROJECT = Path(__file__).resolve().parents[2]
QUERY = re.compile(r"\?\S+")
MARKER, MARKER_TEXT = ".community-power", "home of Community Power, layout 1\n"
# A build of the full graph needs some 100 MB of tables and exports; half a gigabyte leaves room to finish.
MIN_FREE_BYTES = 500_000_000

# The two things that one process at a time may do with a home.
WRITER, SERVER = ".lock", ".serving"
RECORD = ".files.json"


class Home:
    """The folders under one `CPOWER_HOME`."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.dagster = self.root / "dagster"
        self.landing = self.root / "landing"
        self.tables = self.root / "tables"
        self.published = self.root / "published"
        self.current = self.published / "current"
        self.earlier = self.root / "as-of"
        self.pins = self.root / "pins"
        self.records = self.root / "records"
        self.blocked = self.root / "blocked-changes.md"

    def record_of(self, edition_id: str) -> Path:
        """Return where it is on record what the files of an edition were when it was published."""
        return self.records / f"{edition_id}{RECORD}"

    def recorded(self) -> list[str]:
        """Return the ids of the editions of which there is a record."""
        return sorted(path.name.removesuffix(RECORD) for path in self.records.glob(f"*{RECORD}"))

    def tables_of(self, as_of: date | None) -> Path:
        """Return where the tables lie: those of today, or those of what was known at a date."""
        return self.tables if as_of is None else self.earlier / as_of.isoformat()

    @classmethod
    def resolve(cls) -> "Home":
        """Return the home that `CPOWER_HOME` names, else `var/` in the project."""
        return cls(Path(os.environ.get("CPOWER_HOME") or PROJECT / "var"))

    def prepare(self) -> "Home":
        """Make the folders and return the home.

        Raises `HomeUnavailable` where the folder holds something else, is another user's or cannot be written.
        """
        if not self.root.exists():
            try:
                self.root.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise HomeUnavailable(f"CPOWER_HOME {self.root} cannot be made: {error.strerror}.") from error
        if not self.root.is_dir():
            raise HomeUnavailable(f"CPOWER_HOME {self.root} is a file; name a folder.")
        marker = self.root / MARKER
        # Listed before the marker is looked for: another process may be making the same home just now.
        strange = sorted(path.name for path in self.root.iterdir() if not is_temporary(path))
        if strange and not marker.exists():
            raise HomeUnavailable(
                f"CPOWER_HOME {self.root} holds {', '.join(strange[:3])} and is no home of Community Power. "
                "Name an empty folder, so that nothing of yours is touched."
            )
        if not os.access(self.root, os.W_OK | os.X_OK):
            owner = _user_name(self.root.stat().st_uid)
            raise HomeUnavailable(f"CPOWER_HOME {self.root} belongs to {owner} and you may not write to it.")
        if marker.exists() and marker.read_text("utf-8") != MARKER_TEXT:
            raise HomeUnavailable(
                f"CPOWER_HOME {self.root} was made by another version: {marker.read_text('utf-8').strip()!r}."
            )
        try:
            if not marker.exists():
                with replacing(marker) as temporary:
                    temporary.write_text(MARKER_TEXT, "utf-8")
            for folder in (self.dagster, self.landing, self.tables, self.published):
                folder.mkdir(exist_ok=True)
        except OSError as error:
            raise HomeUnavailable(f"CPOWER_HOME {self.root} cannot be written: {error.strerror}.") from error
        return self

    @contextlib.contextmanager
    def lock(self, purpose: str, name: str = WRITER) -> Iterator[None]:
        """Hold the home as its one writer or server; raise `HomeUnavailable` naming the holder where there is one.

        What an earlier writer left when it was killed is removed first.
        """
        path = self.root / name
        with path.open("a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise HomeUnavailable(
                    f"CPOWER_HOME {self.root} is in use: {_holder(path)}. Wait for it to end."
                ) from None
            file.truncate(0)
            record = {
                "purpose": purpose,
                "process": os.getpid(),
                "user": _user_name(os.getuid()),
                "since": datetime.now(UTC).isoformat(timespec="seconds"),
                # An address may have a secret in its query.
                "command": QUERY.sub("?...", " ".join(sys.argv))[:200],
            }
            file.write(json.dumps(record))
            file.flush()
            if name == WRITER:
                sweep(self.left_over())
            try:
                yield
            finally:
                file.truncate(0)

    def holder(self) -> str:
        """Return who holds the home's lock, or an empty text where nobody does."""
        path = self.root / WRITER
        if not path.exists():
            return ""
        with path.open("a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _holder(path)
        return ""

    def left_over(self) -> list[Path]:
        """Return what is here that only a writer leaves that was killed; the holder of the lock alone can know."""
        # The tables of a build of an earlier day go with it.
        found = list(self.earlier.glob("*"))
        for name, folders, files in os.walk(self.root):
            folder = Path(name)
            found += [path for path in (folder / entry for entry in (*folders, *files)) if is_temporary(path)]
            # Nothing is written in an edition, and Dagster clears up what is its own.
            is_leaf = folder in (self.published, self.dagster)
            folders[:] = [] if is_leaf else [entry for entry in folders if not is_temporary(folder / entry)]
        return sorted(set(found))

    def require_room(self) -> None:
        """Raise `HomeUnavailable` where the disk has too little room for a build of what has landed to finish.

        Tables take less than the files that they come from, and an edition as much as the last one, or as those files
        where that is more.
        """
        free = shutil.disk_usage(self.root).free
        landed, edition = _bytes_in(self.landing), _bytes_in(self.current)
        wanted = MIN_FREE_BYTES + landed + max(edition, landed)
        if free < wanted:
            raise HomeUnavailable(
                f"CPOWER_HOME {self.root} has {free / 1e6:,.0f} MB free; a build needs {wanted / 1e6:,.0f} MB, with "
                f"{landed / 1e6:,.0f} MB of landed files and a last edition of {edition / 1e6:,.0f} MB. Make room, or "
                "name another folder. The current edition stays as it is."
            )


def _holder(path: Path) -> str:
    """Return who holds a lock, as the lock file says."""
    try:
        record = json.loads(path.read_text("utf-8"))
        who = f"{record['purpose']} by {record['user']}, process {record['process']}"
        return f"{who}, since {record['since']} ({record['command']})"
    except (OSError, ValueError, KeyError):
        return "another process holds it and has not said what it does"


def _bytes_in(folder: Path) -> int:
    """Return the bytes of the files in a folder, however deep; none where it is not there."""
    return sum(
        path.stat().st_size
        for name, _, files in os.walk(folder)
        for file in files
        if (path := Path(name, file)).is_file()
    )


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
