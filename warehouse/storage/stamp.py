"""What is on record of a table of the store beside its file: what it was made of, and digests of what it holds.

A stamp counts only for the very file that it was written for: one that was edited or put back since has none.
"""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

SUFFIX = ".stamp.json"


@dataclass(frozen=True)
class Stamp:
    """What a table was made of and what it holds.

    `fingerprint` is that of the query or code, the contract and the tables that it was made of, and empty where its
    maker has none. `content` is the SHA-256 of its file. `stable` is that of its rows without the columns that name
    the build (`volatile` in the catalogue): what a query that does not name these columns depends on. `files` are
    digests of what the rows of each file of a source were made of, by `file_name`; empty where they are not known.
    """

    fingerprint: str
    rows: int
    content: str
    stable: str
    files: Mapping[str, str] = field(default_factory=dict)


def file_name(source_id: str, file_sha256: str) -> str:
    """Return the name of a file in `Stamp.files`."""
    return f"{source_id} {file_sha256}"


def read(path: Path) -> Stamp | None:
    """Return the stamp of a table's file, or None where there is none for the file as it is."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        item = json.loads(path.with_suffix(SUFFIX).read_text("utf-8"))
        if item.pop("file") == _identity(path):
            return Stamp(**item)
    return None


def write(path: Path, stamp: Stamp) -> None:
    """Write the stamp of a table's file as it is; one that is lost or cut off costs no more than making it again."""
    text = json.dumps({**asdict(stamp), "file": _identity(path)})
    path.with_suffix(SUFFIX).write_text(text + "\n", "utf-8")


def _identity(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]
