"""Writing files so that a reader meets the old one or the new one, never half of either."""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from warehouse.errors import HomeUnavailable

TEMPORARY_PREFIX = ".part-"
# The loader in C where PyYAML was built with it: it is ten times as fast and as safe.
YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@contextlib.contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that is gone afterwards, come what may.

    Raises `HomeUnavailable` where the disk is full, may not be written to or fails.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, suffix=path.suffix, dir=path.parent)
        temporary = Path(name)
        os.close(handle)
        yield temporary
    except OSError as error:
        reason = error.strerror or error
        raise HomeUnavailable(f"{path} cannot be written, and what was there stays: {reason}.") from error
    finally:
        if temporary:
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


def sweep(paths: Iterable[Path]) -> None:
    """Remove files, folders and links that a writer left when it was killed.

    What cannot be removed stays: it is hidden from readers, and is tried again.
    """
    for path in paths:
        with contextlib.suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


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
