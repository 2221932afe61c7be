"""Records of files: what they were when they were written, by which a changed file is told from an unchanged one."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from warehouse.storage.atomic_files import replacing, sha256


@dataclass(frozen=True)
class FileRecord:
    """Record of a file: size, modification time in ns, SHA-256, and a digest of its inputs.

    `made_of` is that digest, empty if unknown, as for a file that is written again for every edition.
    """

    size: int
    mtime_ns: int
    sha256: str
    made_of: str = ""

    def is_as_recorded(self, path: Path) -> bool:
        """Return whether a file has the recorded size and modification time."""
        status = path.stat()
        return (status.st_size, status.st_mtime_ns) == (self.size, self.mtime_ns)


def read_record(path: Path) -> dict[str, FileRecord]:
    """Return the record of the files of an edition by relative path; empty if it cannot be read."""
    try:
        return from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_record(path: Path, record: Mapping[str, FileRecord]) -> None:
    """Write the record of the files of an edition."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(to_json(record)) + "\n", "utf-8")


def to_json(record: Mapping[str, FileRecord]) -> dict[str, Any]:
    """Return the records of files as JSON-ready values."""
    return {name: asdict(item) for name, item in record.items()}


def from_json(items: Mapping[str, Any]) -> dict[str, FileRecord]:
    """Return the records of files from `to_json`; raise `TypeError` or `AttributeError` for other values."""
    return {name: FileRecord(**item) for name, item in items.items()}


def records_of(folder: Path, names: Iterable[str], known: Mapping[str, FileRecord]) -> dict[str, FileRecord]:
    """Return the records of files in a folder; a file that is as recorded in `known` is not read."""
    found = {}
    for name in names:
        path = folder / name
        before = known.get(name)
        if before and before.is_as_recorded(path):
            found[name] = before
        else:
            status = path.stat()
            found[name] = FileRecord(status.st_size, status.st_mtime_ns, sha256(path))
    return found


def set_time(path: Path, record: FileRecord) -> None:
    """Give a file the recorded time of modification, so that it is as recorded."""
    os.utime(path, ns=(record.mtime_ns, record.mtime_ns))
