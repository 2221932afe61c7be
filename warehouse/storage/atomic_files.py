"""Writing files so that a reader meets the old one or the new one, never half of either.

Every writer works in a temporary folder of its own beside its file, so that whatever it leaves when it is killed, such
as a temporary file of DuckDB, is in that folder. The folder is locked while its writer lives; `sweep` removes one that
is not.
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
# Where a database puts what does not fit in memory. The files in it are temporary; the folder stays.
SPILL = ".spill"


@contextlib.contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """Yield a path of the same name in a temporary folder beside `path`; the folder is removed afterwards.

    Nothing is at the yielded path: the caller writes a file or makes a folder there. Raises `HomeUnavailable` where the
    disk is full, may not be written to or fails.
    """
    folder = handle = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder, handle = _locked_folder(path.parent)
        yield folder / path.name
    except OSError as error:
        reason = error.strerror or error
        raise HomeUnavailable(f"{path} cannot be written, and what was there stays: {reason}.") from error
    finally:
        if folder is not None and handle is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(handle)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write a file to; on success it is synced and takes the name, else it is removed."""
    with scratch(path) as temporary:
        yield temporary
        put(temporary, path)


def put(temporary: Path, path: Path) -> None:
    """Have a file that has been written beside `path` take its name, on the disk for good."""
    sync(temporary)
    temporary.chmod(0o644)
    temporary.replace(path)
    sync(path.parent)


def is_temporary(path: Path) -> bool:
    """Return whether a path is by its name what a writer leaves when it is killed."""
    return path.name.startswith(TEMPORARY_PREFIX) or path.parent.name == SPILL


def sweep(paths: Iterable[Path]) -> None:
    """Remove files, folders and links that a writer left when it was killed; a folder whose writer lives stays.

    What cannot be removed stays: it is hidden from readers, and is tried again.
    """
    for path in paths:
        with contextlib.suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                _remove_unlocked(path)
            else:
                path.unlink(missing_ok=True)


def _locked_folder(parent: Path) -> tuple[Path, int]:
    """Make a temporary folder and return it with the handle that keeps it locked."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=parent))
        # Between its making and its locking another process may sweep it.
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
    """Lock a folder and return whether that is possible; where the file system has no locks, no folder has one."""
    try:
        fcntl.flock(handle, operation)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def temporary_folder(prefix: str) -> tempfile.TemporaryDirectory[str]:
    """Return a new folder outside the home, which is removed when it is closed or no longer used.

    Raises `HomeUnavailable` where there is no room for one.
    """
    try:
        return tempfile.TemporaryDirectory(prefix=prefix)
    except OSError as error:
        reason = error.strerror or error
        raise HomeUnavailable(
            f"No temporary folder can be made: {reason}. Set TMPDIR to a folder with room."
        ) from error


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
