"""Reads the zip archive and the XML parts of XLSX and ODS workbooks."""

import io
import zipfile
import zlib
from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from assets.ingest.workbook_reader.sheets import UnreadableWorkbook

CHUNK = 1 << 16
ENCRYPTED_FLAG = 0x1
DAMAGED = "a damaged zip archive"


class Archive:
    """The parts of a zip archive by name, case-insensitive.

    Raises `UnreadableWorkbook` for an archive that is damaged or locked, has two parts of one name or exceeds the limit
    of unpacked size.
    """

    def __init__(self, content: bytes, most_unpacked_mib: int) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise UnreadableWorkbook(DAMAGED) from error
        entries = self._zip.infolist()
        self._entries = {_name(entry.filename): entry for entry in entries}
        if len(self._entries) < len(entries):
            raise UnreadableWorkbook("a zip archive in which two parts have one name")
        if any(entry.flag_bits & ENCRYPTED_FLAG for entry in entries):
            raise UnreadableWorkbook("a workbook that is locked with a password")
        if sum(entry.file_size for entry in entries) > most_unpacked_mib << 20:
            raise UnreadableWorkbook("a larger workbook", f"a workbook that unpacks to at most {most_unpacked_mib} MiB")

    def __contains__(self, name: str) -> bool:
        """Return whether there is a part of that name."""
        return _name(name) in self._entries

    def parse(
        self,
        name: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        """Parse a part of the archive as XML; names of elements and attributes are prefixed by namespace and space.

        Raises `UnreadableWorkbook` if the part is missing or damaged, or declares a document type, which workbooks do
        not need and whose entities can grow without limit.
        """
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_document_type
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text
        try:
            with self._open(name) as stream:
                while chunk := stream.read(CHUNK):
                    parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            if error.code == expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]:
                raise MemoryError from error
            raise UnreadableWorkbook(f"damaged XML in its part {name!r}, line {error.lineno}") from error
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise UnreadableWorkbook(DAMAGED) from error

    def read(self, name: str, most: int = 1 << 20) -> bytes:
        """Return the first `most` bytes of a part; empty if the archive does not have it."""
        if name not in self:
            return b""
        try:
            with self._open(name) as stream:
                return stream.read(most)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise UnreadableWorkbook(DAMAGED) from error

    def _open(self, name: str) -> IO[bytes]:
        entry = self._entries.get(_name(name))
        if entry is None:
            raise UnreadableWorkbook(f"a zip archive without the part {name!r}")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnreadableWorkbook(f"a zip archive with a part compressed by method {entry.compress_type}")
        return self._zip.open(entry)


def _name(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _refuse_document_type(*_: object) -> None:
    raise UnreadableWorkbook("XML with a document type declaration")
