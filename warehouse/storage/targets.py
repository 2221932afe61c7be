"""A place beyond the home: a folder, a bucket of an S3-compatible store, or a container of Azure.

A small file that several machines may write, such as `latest.json`, is written on a condition: that it is still as it
was read. In a folder a lock decides that, in an object store the store does (If-Match, If-None-Match).
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import fsspec

from warehouse.errors import CannotPublish
from warehouse.storage.atomic_files import replacing

LOCK = ".publishing"
CHUNK_BYTES = 8 * 1024 * 1024
MOST_TRIES = 20


class Overtaken(Exception):
    """A file that another publisher has changed since it was read."""


@dataclass(frozen=True)
class Found:
    """The content of a file at a target, and the tag by which a conditional write knows it; both None if absent."""

    content: bytes | None
    tag: str | None


@dataclass(frozen=True)
class Store:
    """How the driver of an object store writes a file on the condition that it is unchanged.

    `extra` installs the driver, `tag` is the key of a file's entity tag in the driver's information, `if_absent` and
    `if_unchanged` are the options of a conditional write, and `status` gives the HTTP status of a driver's error.
    """

    extra: str
    tag: str
    if_absent: dict[str, Any]
    if_unchanged: Callable[[str], dict[str, Any]]
    status: Callable[[Exception], int | None]


def _if_unchanged_in_azure(tag: str) -> dict[str, Any]:
    from azure.core import MatchConditions

    return {"overwrite": True, "etag": tag, "match_condition": MatchConditions.IfNotModified}


def _status_of_s3(error: Exception) -> int | None:
    answer = getattr(error.__cause__, "response", None)
    return answer.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(answer, dict) else None


STORES = {
    "s3": Store(
        extra="s3",
        tag="ETag",
        if_absent={"IfNoneMatch": "*"},
        if_unchanged=lambda tag: {"IfMatch": tag},
        status=_status_of_s3,
    ),
    "az": Store(
        extra="azure",
        tag="etag",
        if_absent={"overwrite": False},
        if_unchanged=_if_unchanged_in_azure,
        status=lambda error: getattr(error, "status_code", None),
    ),
}


class Target:
    """A place beyond the home, by its URL or path."""

    def __init__(self, url: str, **options: Any) -> None:
        """Open a target; `options` go to the driver.

        Raises `CannotPublish` for another kind of URL, and if its driver is not installed or refuses its settings.
        """
        self.url = url.rstrip("/")
        scheme = url.partition("://")[0] if "://" in url else "file"
        self.store = STORES.get(scheme)
        is_named = "://" not in url or url.partition("://")[2].strip("/")
        if not is_named or (self.store is None and scheme != "file"):
            stores = " or ".join(f"{name}://…" for name in STORES)
            raise CannotPublish(f"{url} is not a place for files. Use a folder, {stores}.")
        try:
            self.files, self.root = fsspec.core.url_to_fs(self.url, **options)
        except ImportError as error:
            extra = self.store.extra if self.store else ""
            raise CannotPublish(
                f"{url} cannot be opened: {error}. Install the driver: pip install 'community-power[{extra}]'."
            ) from error
        except ValueError as error:
            raise CannotPublish(f"{url} cannot be opened: {error} Check the variables of the store.") from error

    def is_there(self) -> bool:
        """Return whether the bucket exists, or the folder, which is created when it is written to, is writable."""
        with self._explained(""):
            if self.store:
                return bool(self.files.exists(self.root.partition("/")[0]))
            folder = Path(self.root)
            nearest = next(path for path in (folder, *folder.parents) if path.exists())
            return os.access(nearest, os.W_OK | os.X_OK)

    def path(self, name: str) -> str:
        """Return the path of a file in the terms of the driver."""
        return f"{self.root}/{name}"

    def size(self, name: str) -> int | None:
        """Return the size of a file in bytes, or None if there is none."""
        with self._explained(name):
            self.files.invalidate_cache()
            try:
                return int(self.files.info(self.path(name))["size"])
            except FileNotFoundError:
                return None

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file, from the bytes that the target gives."""
        found = sha256()
        with self._explained(name), self.files.open(self.path(name), "rb", cache_type="none") as file:
            while chunk := _read(file):
                found.update(chunk)
        return found.hexdigest()

    def put(self, local: Path, name: str) -> None:
        """Write a file of this computer to the target."""
        with self._explained(name):
            if self.store is None:
                target = Path(self.path(name))
                target.parent.mkdir(parents=True, exist_ok=True)
                with replacing(target) as temporary, local.open("rb") as source, temporary.open("wb") as written:
                    while chunk := _read(source):
                        written.write(chunk)
            else:
                self.files.put_file(str(local), self.path(name))

    def get(self, name: str, local: Path) -> None:
        """Copy a file of the target to this computer; raise `CannotPublish` if there is none."""
        with self._explained(name):
            self.files.get_file(self.path(name), str(local))

    def read(self, name: str) -> Found:
        """Return a small file and its tag."""
        with self._explained(name):
            self.files.invalidate_cache()
            try:
                # The tag first: if the file changes in between, the write on the older tag fails.
                tag = self._tag(name)
                return Found(self.files.cat_file(self.path(name)), tag)
            except FileNotFoundError:
                return Found(None, None)

    def replace(self, name: str, content: bytes, before: Found) -> None:
        """Write a small file if it is still as it was read; raise `Overtaken` if it has changed."""
        with self._explained(name):
            if self.store is None:
                with self._locked():
                    if self.read(name) != before:
                        raise Overtaken(name)
                    with replacing(Path(self.path(name))) as temporary:
                        temporary.write_bytes(content)
                return
            condition = self.store.if_unchanged(before.tag) if before.tag else self.store.if_absent
            try:
                self.files.pipe_file(self.path(name), content, **condition)
            except Exception as error:
                # Precondition failed, or conflict: two writes at once.
                if isinstance(error, FileExistsError) or self.store.status(error) in (409, 412):
                    raise Overtaken(name) from error
                raise

    def change(self, name: str, changed: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Change a JSON file, again if another machine was faster, and return its content.

        `changed` gets the present content, or None if there is none. Raises `CannotPublish` if the file is not JSON or
        if others are always faster.
        """
        for _ in range(MOST_TRIES):
            found = self.read(name)
            before = self.json(name, found)
            after = changed(before)
            if after == before:
                return after
            try:
                self.replace(name, _bytes_of(after), found)
            except Overtaken:
                continue
            return after
        raise CannotPublish(f"{self.url}/{name} was changed {MOST_TRIES} times by others meanwhile. Try again later.")

    def json(self, name: str, found: Found) -> Any:
        """Return the content of a JSON file that was read, None if there is none; raise `CannotPublish` for others."""
        try:
            return None if found.content is None else json.loads(found.content)
        except ValueError as error:
            raise CannotPublish(
                f"{self.url}/{name} is not the JSON of Community Power ({error}). Choose another target, or remove it."
            ) from error

    def _tag(self, name: str) -> str:
        if self.store is None:
            return sha256(self.files.cat_file(self.path(name))).hexdigest()
        return str(self.files.info(self.path(name))[self.store.tag])

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        folder = Path(self.root)
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        """Raise `CannotPublish` for an error of the driver, which says nothing to a user."""
        try:
            yield
        except OSError as error:
            raise CannotPublish(
                f"{self.url}/{name} cannot be read or written: {error}. Check address and access."
            ) from error
        except Exception as error:
            if type(error).__module__.partition(".")[0] in ("botocore", "aiobotocore", "azure", "aiohttp"):
                raise CannotPublish(f"{self.url}/{name}: {error}. Check address and access.") from error
            raise


def _bytes_of(content: dict[str, Any]) -> bytes:
    """Return the bytes of a JSON file."""
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _read(file: BinaryIO) -> bytes:
    return file.read(CHUNK_BYTES)
