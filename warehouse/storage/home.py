"""The home of all written files, `CPOWER_HOME`: its folders, and the lock that allows one build at a time."""

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
# A build of the full graph needs some 100 MB of tables and exports; half a gigabyte is enough to finish.
MIN_FREE_BYTES = 500_000_000

# Lock files: one process at a time may write to a home, and one may serve it.
WRITER, SERVER = ".lock", ".serving"
RECORD = ".files.json"
# A user may write the settings of Dagster before the first start.
OVERRIDE = "dagster.override.yaml"


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
        self.links = self.root / "links"
        self.checks = self.root / "checks"
        self.blocked = self.root / "blocked-changes.md"

    def record_of(self, edition_id: str) -> Path:
        """Return the path of the record of the files of a published edition."""
        return self.records / f"{edition_id}{RECORD}"

    def recorded(self) -> list[str]:
        """Return the ids of the editions with a record, sorted."""
        return sorted(path.name.removesuffix(RECORD) for path in self.records.glob(f"*{RECORD}"))

    def tables_of(self, as_of: date | None) -> Path:
        """Return the folder of the current tables, or of the tables of an as-of date."""
        return self.tables if as_of is None else self.earlier / as_of.isoformat()

    @classmethod
    def resolve(cls) -> "Home":
        """Return the home at `CPOWER_HOME`, by default `var/` in the project."""
        return cls(Path(os.environ.get("CPOWER_HOME") or PROJECT / "var"))

    def prepare(self) -> "Home":
        """Create the folders and return the home.

        Raises `HomeUnavailable` if the folder has other content, is owned by another user or is not writable.
        """
        if not self.root.exists():
            try:
                self.root.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise HomeUnavailable(f"CPOWER_HOME {self.root} cannot be created: {error.strerror}.") from error
        if not self.root.is_dir():
            raise HomeUnavailable(f"CPOWER_HOME {self.root} is a file. Set CPOWER_HOME to a folder.")
        marker = self.root / MARKER
        # Listed before the check for the marker: another process may be creating the same home.
        strange = sorted(path.name for path in self.root.iterdir() if not is_temporary(path) and path.name != OVERRIDE)
        if strange and not marker.exists():
            raise HomeUnavailable(
                f"CPOWER_HOME {self.root} is not a home of Community Power: it contains {', '.join(strange[:3])}. "
                "Set CPOWER_HOME to an empty folder."
            )
        if not os.access(self.root, os.W_OK | os.X_OK):
            owner = _user_name(self.root.stat().st_uid)
            raise HomeUnavailable(f"CPOWER_HOME {self.root} belongs to {owner} and is not writable.")
        if marker.exists() and marker.read_text("utf-8") != MARKER_TEXT:
            raise HomeUnavailable(
                f"CPOWER_HOME {self.root} was created by another version: {marker.read_text('utf-8').strip()!r}."
            )
        try:
            if not marker.exists():
                with replacing(marker) as temporary:
                    temporary.write_text(MARKER_TEXT, "utf-8")
            for folder in (self.dagster, self.landing, self.tables, self.published):
                folder.mkdir(exist_ok=True)
        except OSError as error:
            raise HomeUnavailable(f"CPOWER_HOME {self.root} is not writable: {error.strerror}.") from error
        return self

    @contextlib.contextmanager
    def lock(self, purpose: str, name: str = WRITER) -> Iterator[None]:
        """Lock the home as its only writer or server; raise `HomeUnavailable` with the holder if it is locked.

        A writer first removes the temporary files of killed writers.
        """
        path = self.root / name
        with path.open("a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise HomeUnavailable(
                    f"CPOWER_HOME {self.root} is in use: {_holder(path)}. Wait until it ends."
                ) from None
            file.truncate(0)
            record = {
                "purpose": purpose,
                "process": os.getpid(),
                "user": _user_name(os.getuid()),
                "since": datetime.now(UTC).isoformat(timespec="seconds"),
                # The query of an address can contain a secret.
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
        """Return the holder of the write lock, or an empty text if the home is not locked."""
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
        """Return the temporary files of killed writers; only valid while this process holds the lock."""
        # Tables of builds with an as-of date are temporary.
        found = list(self.earlier.glob("*"))
        for name, folders, files in os.walk(self.root):
            folder = Path(name)
            found += [path for path in (folder / entry for entry in (*folders, *files)) if is_temporary(path)]
            # No process writes in an edition, and Dagster removes its own temporary files.
            is_leaf = folder in (self.published, self.dagster)
            folders[:] = [] if is_leaf else [entry for entry in folders if not is_temporary(folder / entry)]
        return sorted(set(found))

    def require_room(self) -> None:
        """Raise `HomeUnavailable` if the disk has too little free space for a build of the landed files.

        Estimate: tables need less than the landed files, and an edition needs as much as the last edition or the landed
        files, whichever is more.
        """
        free = shutil.disk_usage(self.root).free
        landed, edition = _bytes_in(self.landing), _bytes_in(self.current)
        wanted = MIN_FREE_BYTES + landed + max(edition, landed)
        if free < wanted:
            raise HomeUnavailable(
                f"CPOWER_HOME {self.root} has {free / 1e6:,.0f} MB free; a build needs {wanted / 1e6:,.0f} MB, with "
                f"{landed / 1e6:,.0f} MB of landed files and a last edition of {edition / 1e6:,.0f} MB. Free some "
                "space, or set CPOWER_HOME to another folder. The current edition is unchanged."
            )


def _holder(path: Path) -> str:
    """Return the holder of a lock as the lock file describes it."""
    try:
        record = json.loads(path.read_text("utf-8"))
        who = f"{record['purpose']} by {record['user']}, process {record['process']}"
        return f"{who}, since {record['since']} ({record['command']})"
    except (OSError, ValueError, KeyError):
        return "another process holds the lock and has not recorded its purpose"


def _bytes_in(folder: Path) -> int:
    """Return the total bytes of the files in a folder and its subfolders; 0 if it does not exist."""
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
