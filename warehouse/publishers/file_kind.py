"""Detect the kind of a file from its content, not from its name, address or Content-Type."""

import io
import re
import zipfile
from collections.abc import Iterable

SIGNATURES = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "xls",
    b"\x1f\x8b": "gzip",
    b"%PDF": "pdf",
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"PAR1": "parquet",
    # The byte-order mark of UTF-32 begins with that of UTF-16, so it is compared first.
    b"\xff\xfe\x00\x00": "utf32",
    b"\x00\x00\xfe\xff": "utf32",
    b"\xff\xfe": "utf16",
    b"\xfe\xff": "utf16",
}
NAME_OF_KIND = {
    "empty": "an empty file",
    "html": "an HTML page",
    "xml": "an XML document",
    "json": "a JSON document",
    "xlsx": "an XLSX workbook",
    "ods": "an ODS workbook",
    "xls": "an XLS workbook",
    "zip": "a zip archive",
    "gzip": "a gzip archive",
    "pdf": "a PDF document",
    "png": "a PNG image",
    "jpeg": "a JPEG image",
    "parquet": "a Parquet file",
    "utf16": "UTF-16 text",
    "utf32": "UTF-32 text",
    "text": "a text file",
    "binary": "a binary file of an unknown kind",
}
WIDE = frozenset({"utf16", "utf32"})
PACKED = frozenset({"zip", "gzip"})
# Publishers name workbooks of one kind as another kind. All kinds are read the same way.
WORKBOOKS = frozenset({"xlsx", "ods", "xls"})
# Accepted kinds for each format of the catalogue.
KINDS_OF_FORMAT = {
    "csv": frozenset({"text"}),
    "json": frozenset({"json"}),
    "xlsx": WORKBOOKS,
    "ods": WORKBOOKS,
    "xls": WORKBOOKS,
    "zip": frozenset({"zip"}),
}
# Servers send error pages, and some programs save an HTML table as .xls.
HTML = re.compile(
    rb"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|meta|body|table|script)\b|<!--",
    re.IGNORECASE | re.DOTALL,
)
# First entries of an XLSX workbook; used if the archive is cut short or its list of entries is unreadable.
FIRST_OF_XLSX = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/")
UNREADABLE_ZIP = (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, RuntimeError)


def kind_of(content: bytes) -> str:
    """Return the kind of a file: one of the keys of `NAME_OF_KIND`."""
    for signature, kind in SIGNATURES.items():
        if content.startswith(signature):
            return _zip_kind(content) if kind == "zip" else kind
    if wide := _wide_kind(content):
        return wide
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()[:1024]
    if not start:
        return "text" if content.removeprefix(b"\xef\xbb\xbf").strip() else "empty"
    if HTML.match(start):
        return "html"
    if start.startswith(b"<?xml") or (start.startswith(b"<") and b"xmlns" in start):
        return "html" if b"<html" in start.lower() else "xml"
    if start.startswith((b"{", b"[")):
        return "json"
    return "binary" if b"\x00" in start else "text"


def _wide_kind(content: bytes) -> str | None:
    """Return the encoding (utf16 or utf32) of a text without a byte-order mark, or None.

    In mostly ASCII text, every second byte of UTF-16 is NUL, and three of every four bytes of UTF-32.
    """
    start = content[: min(len(content), 1000) // 8 * 8]
    zeros = sum(start[place::4].count(0) > len(start) / 8 for place in range(4))
    return {2: "utf16", 3: "utf32"}.get(zeros)


def kinds_of(formats: Iterable[str]) -> frozenset[str]:
    """Return the accepted kinds for some formats of the catalogue."""
    return frozenset().union(*(KINDS_OF_FORMAT[name] for name in formats))


def named(formats: Iterable[str]) -> str:
    """Return formats of the catalogue as text, such as `CSV or JSON`."""
    *others, last = [name if name == "zip" else name.upper() for name in formats]
    return f"{', '.join(others)} or {last}" if others else last


def _zip_kind(content: bytes) -> str:
    """Return the kind of workbook in a zip archive, or `zip`. A damaged archive is judged by its first entry."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            is_xlsx = any(name.startswith("xl/") for name in archive.namelist())
    except UNREADABLE_ZIP:
        is_xlsx = content[30:].startswith(FIRST_OF_XLSX)
    if is_xlsx:
        return "xlsx"
    # The first entry of an OpenDocument file is its type, uncompressed.
    return "ods" if b"opendocument.spreadsheet" in content[:200] else "zip"
