"""Files that an edition shares with the edition before it: what was made of the same is linked and not made again.

A file is shared only where its bytes are still those that were published: it is hashed before it is linked. Where the
file system makes no link, it is copied.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256 as sha256_of
from pathlib import Path
from typing import Any

from warehouse.storage.atomic_files import replacing, sha256, sync

READ_ONLY = 0o444


@dataclass(frozen=True)
class FileRecord:
    """What is on record of a published file: size, time of its last change in ns, SHA-256, and what it was made of.

    `made_of` is a digest, empty where a file is made anew for every edition.
    """

    size: int
    mtime_ns: int
    sha256: str
    made_of: str = ""

    def is_as_recorded(self, path: Path) -> bool:
        """Return whether a file has the size and the time of its last change that are on record."""
        status = path.stat()
        return (status.st_size, status.st_mtime_ns) == (self.size, self.mtime_ns)


def read_record(path: Path) -> dict[str, FileRecord]:
    """Return what is on record of the files of an edition by relative path; nothing where that cannot be read."""
    try:
        return {name: FileRecord(**item) for name, item in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_record(path: Path, record: Mapping[str, FileRecord]) -> None:
    """Write what is on record of the files of an edition."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps({name: asdict(item) for name, item in record.items()}) + "\n", "utf-8")


@dataclass
class Shared:
    """The files of an edition in the making, beside those of the edition before it.

    `earlier` is the folder of the edition before it and `recorded` what is on record of its files; `code` is the digest
    of what makes files of tables.
    """

    earlier: Path | None = None
    recorded: Mapping[str, FileRecord] = field(default_factory=dict)
    code: str = ""
    _made_of: dict[str, str] = field(default_factory=dict)
    _same: set[str] = field(default_factory=set)
    _linked: set[str] = field(default_factory=set)
    _digests: dict[tuple[Path, int, int], str] = field(default_factory=dict)

    def link(self, folder: Path, name: str, *made_of: Any) -> bool:
        """Take over the file `name` of the edition before, if it was made of the same, and return whether it was.

        What a file is made of must decide its bytes, together with the code; its parts are compared by their `repr`.
        """
        digest = sha256_of(repr((self.code, made_of)).encode()).hexdigest()
        self._made_of[name] = digest
        known = self.recorded.get(name)
        if known and known.made_of == digest and self._take(folder, name, known):
            self._same.add(name)
            return True
        return False

    def link_equal(self, folder: Path) -> None:
        """Replace what was made with the bytes that it had in the edition before by a link."""
        for path in _files(folder):
            name = path.relative_to(folder).as_posix()
            known = self.recorded.get(name)
            if known and name not in self._linked and known.size == path.stat().st_size:
                made = self.digest(path)
                if known.sha256 == made and self._is_whole(name, known):
                    path.unlink()
                    self._take(folder, name, known)

    def is_of_same(self, name: str) -> bool:
        """Return whether a file was taken over from the edition before because it was made of the same."""
        return name in self._same

    def digest(self, path: Path) -> str:
        """Return the SHA-256 of a file; as long as it does not change, it is read once."""
        key = _key(path)
        if key not in self._digests:
            self._digests[key] = sha256(path)
        return self._digests[key]

    def seal(self, folder: Path) -> dict[str, FileRecord]:
        """Make the files read-only and durable, each once, and return what is to be on record of them."""
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
        """Return whether a file of the edition before has the bytes that were published."""
        path = self.earlier / name if self.earlier else None
        return bool(path and path.is_file() and not path.is_symlink() and self.digest(path) == known.sha256)


def _key(path: Path) -> tuple[Path, int, int]:
    status = path.stat()
    return path, status.st_size, status.st_mtime_ns


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
