"""Reads the file of a manual upload and validates the address from which it was downloaded."""

import os
import re
import stat
from pathlib import Path
from urllib.parse import urlsplit

from warehouse.errors import BadAddress, RefusedFile
from warehouse.publishers.addresses import bare, recordable
from warehouse.storage.landing import plain_name

# The largest file of the sources, the award dump of GrantNav, is some hundreds of megabytes.
MAX_BYTES = 1_000_000_000
EXPECTED = f"a readable file of at most {MAX_BYTES:,} bytes"
MAX_ADDRESS = 2000
HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+")
OTHER_KINDS = {
    stat.S_IFDIR: "a folder; name a file in it",
    stat.S_IFIFO: "a pipe; save it as a file first",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def read_upload(source_id: str, path: Path) -> bytes:
    """Return the content of a file.

    Raises `RefusedFile` for a path that is not a file, cannot be read or has more than `MAX_BYTES`. These are checked
    before anything is read, so a pipe without a writer does not block.
    """
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
        if kind != stat.S_IFREG:
            raise RefusedFile(source_id, EXPECTED, OTHER_KINDS.get(kind, "something else"))
        with open(path, "rb", opener=_opened) as file:
            require_size(source_id, os.fstat(file.fileno()).st_size)
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "invalid path"
        raise RefusedFile(source_id, EXPECTED, f"{plain_name(path.name)!r}, which cannot be read ({reason})") from error
    require_size(source_id, len(content))
    return content


def require_size(source_id: str, size: int) -> None:
    """Raise `RefusedFile` for more than `MAX_BYTES`."""
    if size > MAX_BYTES:
        raise RefusedFile(source_id, EXPECTED, f"a file of {size:,} bytes")


def upload_address(address: str) -> str:
    """Return the address of an upload as it is recorded: without a fragment, with secret parameters masked.

    Raises `BadAddress` for an address that is not http(s) with a host, or that has credentials.
    """
    try:
        parts = urlsplit(address)
        has_host = bool(HOST.fullmatch(parts.hostname or ""))
        is_address = parts.scheme in ("http", "https") and has_host and parts.port != 0
    except ValueError:
        is_address = False
    if not (is_address and len(address) <= MAX_ADDRESS and address.isprintable() and " " not in address):
        raise BadAddress(
            "--from: expected the address from which the file was downloaded, such as https://example.org/file.csv, "
            f"got {'something else' if '@' in address else repr(bare(address)[:200])}."
        )
    if "@" in parts.netloc:
        raise BadAddress(
            f"--from: expected an address without user name and password, got {bare(address)!r} with them. "
            "Remove them: the address is published with the edition."
        )
    return recordable(address)


def _opened(path: str, flags: int) -> int:
    # Without O_NONBLOCK, opening a pipe waits for a writer.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
