"""Atomic writing of files: a reader sees the whole old file or the whole new file.

Every writer works in its own temporary folder beside the file, so that all leftovers of a killed writer, such as
temporary files of DuckDB, are in that folder. The folder is locked while its writer runs; `sweep` removes folders that
are not locked.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from warehouse.errors import HomeUnavailable

TEMPORARY_PREFIX = ".part-"
# Folder for data of DuckDB that does not fit in memory. Its files are temporary; the folder stays.
SPILL = ".spill"


@contextlib.contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """Yield a path of the same name in a temporary folder beside `path`; the folder is removed afterwards.

    The yielded path does not exist: the caller writes a file or creates a folder there. Raises `HomeUnavailable` if the
    disk is full, not writable or failing.
    """
    folder = handle = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder, handle = _locked_folder(path.parent)
        yield folder / path.name
    except OSError as error:
        reason = error.strerror or error
        raise HomeUnavailable(f"Cannot write {path}: {reason}. The previous content is unchanged.") from error
    finally:
        if folder is not None and handle is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(handle)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path for a file; on success the file is synced and renamed to `path`, else removed."""
    with scratch(path) as temporary:
        yield temporary
        put(temporary, path)


def put(temporary: Path, path: Path) -> None:
    """Sync a file written beside `path` and rename it to `path`, durably."""
    sync(temporary)
    temporary.chmod(0o644)
    temporary.replace(path)
    sync(path.parent)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Lock a folder against other writers that lock it, for a check and a rename; wait for them first."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def is_temporary(path: Path) -> bool:
    """Return whether the name of a path is that of a temporary file or folder of a writer."""
    return path.name.startswith(TEMPORARY_PREFIX) or path.parent.name == SPILL


def sweep(paths: Iterable[Path]) -> None:
    """Remove files, folders and links of killed writers; folders of running writers stay.

    A path that cannot be removed stays: it is hidden from readers, and the next sweep tries again.
    """
    for path in paths:
        with contextlib.suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                _remove_unlocked(path)
            else:
                path.unlink(missing_ok=True)


def _locked_folder(parent: Path) -> tuple[Path, int]:
    """Create a temporary folder and return it with the handle that keeps it locked."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=parent))
        # Another process may remove the folder before it is locked.
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(folder, os.O_RDONLY)
            _lock(handle, fcntl.LOCK_SH)
            if folder.exists():
                return folder, handle
            os.close(handle)


def _remove_unlocked(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        if _lock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB):
            shutil.rmtree(folder)
    finally:
        os.close(handle)


def _lock(handle: int, operation: int) -> bool:
    """Lock a folder and return whether it succeeded; True on file systems without locks."""
    try:
        fcntl.flock(handle, operation)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def temporary_folder(prefix: str) -> tempfile.TemporaryDirectory[str]:
    """Return a new temporary folder outside the home, which is removed when it is closed or garbage-collected.

    Raises `HomeUnavailable` if it cannot be created.
    """
    try:
        return tempfile.TemporaryDirectory(prefix=prefix)
    except OSError as error:
        reason = error.strerror or error
        raise HomeUnavailable(
            f"Cannot create a temporary folder: {reason}. Set TMPDIR to a folder with free space."
        ) from error


def sync(path: Path) -> None:
    """Sync a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
