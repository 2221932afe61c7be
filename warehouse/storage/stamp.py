"""Stamps of the tables of the store: fingerprint of the inputs, and digests of the content.

A stamp is valid only for the file that it was written for. A file that was edited or restored since has no stamp.
"""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

SUFFIX = ".stamp.json"


@dataclass(frozen=True)
class Stamp:
    """Fingerprint of the inputs of a table, and digests of its content.

    `fingerprint` covers the query or code, the contract and the input tables; empty if unknown. `content` is the
    SHA-256 of the file. `stable` is the SHA-256 of the rows without the columns that name the build (`volatile` in the
    catalogue): a query that does not read these columns depends on it. `files` are digests of the inputs of the rows of
    each source file, by `file_name`; empty if unknown.
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
    """Return the stamp of the file of a table, or None without a valid stamp."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        item = json.loads(path.with_suffix(SUFFIX).read_text("utf-8"))
        if item.pop("file") == _identity(path):
            return Stamp(**item)
    return None


def write(path: Path, stamp: Stamp) -> None:
    """Write the stamp of the file of a table. A lost or truncated stamp only causes the table to be built again."""
    text = json.dumps({**asdict(stamp), "file": _identity(path)})
    path.with_suffix(SUFFIX).write_text(text + "\n", "utf-8")


def _identity(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]
