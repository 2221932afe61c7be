"""Writing files so that a reader meets the old one or the new one, never half of either."""

import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from warehouse.errors import HomeUnavailable

TEMPORARY_PREFIX = ".part-"


@contextlib.contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that is gone afterwards, come what may.

    Raises `HomeUnavailable` where the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise HomeUnavailable(f"No room left on the disk of {path.parent}; {path.name} stays as it was.") from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is synced and takes the name, else it is removed."""
    with scratch(path) as temporary:
        yield temporary
        sync(temporary)
        temporary.chmod(0o644)
        temporary.replace(path)
        sync(path.parent)


def sync(path: Path) -> None:
    """Make what was written to a file or folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
