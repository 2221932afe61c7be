"""Reuses files of the previous edition: a file with the same inputs is linked and not written again.

A file is linked only if its bytes are unchanged: it is hashed first. On file systems without links it is copied.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256 as sha256_of
from pathlib import Path
from typing import Any

from warehouse.storage.atomic_files import sha256, sync
from warehouse.storage.file_records import FileRecord

READ_ONLY = 0o444


@dataclass
class Shared:
    """The files of a new edition, and those of the previous edition.

    `earlier` is the folder of the previous edition and `recorded` the record of its files. `code` is the digest of the
    code that writes files from tables.
    """

    earlier: Path | None = None
    recorded: Mapping[str, FileRecord] = field(default_factory=dict)
    code: str = ""
    _made_of: dict[str, str] = field(default_factory=dict)
    _same: set[str] = field(default_factory=set)
    _linked: set[str] = field(default_factory=set)
    _digests: dict[tuple[Path, int, int], str] = field(default_factory=dict)

    def link(self, folder: Path, name: str, *made_of: Any) -> bool:
        """Link the file `name` of the previous edition if its inputs are equal; return whether it was linked.

        The inputs, together with the code, must determine the bytes of the file; they are compared by their `repr`.
        """
        digest = sha256_of(repr((self.code, made_of)).encode()).hexdigest()
        self._made_of[name] = digest
        known = self.recorded.get(name)
        if known and known.made_of == digest and self._take(folder, name, known):
            self._same.add(name)
            return True
        return False

    def link_equal(self, folder: Path) -> None:
        """Replace files that are identical to those of the previous edition by links."""
        for path in _files(folder):
            name = path.relative_to(folder).as_posix()
            known = self.recorded.get(name)
            if known and name not in self._linked and known.size == path.stat().st_size:
                made = self.digest(path)
                if known.sha256 == made and self._is_whole(name, known):
                    path.unlink()
                    self._take(folder, name, known)

    def is_of_same(self, name: str) -> bool:
        """Return whether a file was linked because its inputs are equal."""
        return name in self._same

    def digest(self, path: Path) -> str:
        """Return the SHA-256 of a file; an unchanged file is read only once."""
        key = _key(path)
        if key not in self._digests:
            self._digests[key] = sha256(path)
        return self._digests[key]

    def seal(self, folder: Path) -> dict[str, FileRecord]:
        """Make the files read-only and sync them, each once; return their record."""
        record = {}
        for path in _files(folder):
            name = path.relative_to(folder).as_posix()
            path.chmod(READ_ONLY)
            status = path.stat()
            if name not in self._linked or status.st_nlink == 1:
                sync(path)
            record[name] = FileRecord(
                status.st_size, status.st_mtime_ns, self.digest(path), self._made_of.get(name, "")
            )
        for path in (path for path in folder.rglob("*") if path.is_dir()):
            sync(path)
        return record

    def _take(self, folder: Path, name: str, known: FileRecord) -> bool:
        if self.earlier is None or not self._is_whole(name, known):
            return False
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(self.earlier / name, path)
        except OSError:
            shutil.copyfile(self.earlier / name, path)
        self._linked.add(name)
        self._digests[_key(path)] = known.sha256
        return True

    def _is_whole(self, name: str, known: FileRecord) -> bool:
        """Return whether a file of the previous edition still has the published bytes."""
        path = self.earlier / name if self.earlier else None
        return bool(path and path.is_file() and not path.is_symlink() and self.digest(path) == known.sha256)


def _key(path: Path) -> tuple[Path, int, int]:
    status = path.stat()
    return path, status.st_size, status.st_mtime_ns


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
