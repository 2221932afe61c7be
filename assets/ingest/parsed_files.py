"""Cache of parsed rows beside the landed files: each version of a parser parses a file once.

`<sha256>.parsed/<version of the parser>/`, in the folder of the file's source, has for each staging table a Parquet
file of the kept rows and one of the quarantined rows, and a record of their counts and checksums. It is written under a
temporary name and renamed, so readers never see a part of it; a damaged folder is parsed again. Refusals are not
cached, because they may have been temporary, such as a timeout.
"""

import json
import shutil
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from assets.ingest.parser import Parser, Read
from assets.ingest.validation import Intake
from warehouse.errors import BadRecord, HomeUnavailable, RefusedFile
from warehouse.storage.atomic_files import alone, is_temporary, scratch, sha256, sync
from warehouse.storage.landing import LandedFile
from warehouse.storage.shared_store import fetch_folder, share_folder

RECORD = "parsed.json"
KEPT, QUARANTINED = "kept", "quarantined"
# Sources are pulled in parallel, and each may need the rows of another source's files.
PARSING = threading.Lock()


@dataclass(frozen=True)
class Counts:
    """Numbers of rows of a file for a staging table: each is kept, quarantined or merged into a kept row."""

    rows_in: int
    rows_kept: int
    rows_quarantined: int
    rows_merged: int

    @classmethod
    def of(cls, intake: Intake) -> "Counts":
        """Return the counts of parsed rows."""
        return cls(intake.rows_in, intake.kept.height, intake.quarantined.height, intake.rows_merged)


@dataclass(frozen=True)
class ParsedTable:
    """The rows of a file for a staging table: two Parquet files, the counts and the notes of `Intake`."""

    kept: Path
    quarantined: Path
    counts: Counts
    notes: tuple[str, ...]

    def intake(self) -> Intake:
        """Return the rows in memory."""
        kept, quarantined = pl.read_parquet(self.kept), pl.read_parquet(self.quarantined)
        return Intake(kept, quarantined, self.counts.rows_in, self.counts.rows_merged, self.notes)


@dataclass(frozen=True)
class ParsedFile:
    """The parsed rows of a file, by staging table."""

    file: LandedFile
    tables: Mapping[str, ParsedTable]


def parsed_file(parser: Parser, file: LandedFile) -> ParsedFile:
    """Return the parsed rows of a landed file, from the cache, from the shared store, or else parsed now.

    Raises what the parser raises, and `HomeUnavailable` if the cache cannot be written.
    """
    if kept := kept_file(parser, file):
        return kept
    with PARSING:
        fetch_folder(_folder(parser, file), _shared_name(parser, file))
        return kept_file(parser, file) or keep(parser, file, parse(parser, file))


def parse(parser: Parser, file: LandedFile) -> Read:
    """Return the parsed rows of a file; add the file name to `BadRecord`, since a parser gets only bytes.

    Raises `BadRecord` for a file of the project that is refused as a whole, `RefusedFile` for a landed one.
    """
    try:
        return parser.parse(file.content)
    except BadRecord as error:
        raise BadRecord(file.file_name, error.line, error.reason) from error
    except RefusedFile as error:
        if file.landed_at:
            raise
        raise BadRecord(file.file_name, 1, f"expected {error.expected}, got {error.got}") from error


def kept_file(parser: Parser, file: LandedFile) -> ParsedFile | None:
    """Return the cached rows of a landed file for this version of its parser; None if missing or damaged."""
    folder = _folder(parser, file)
    try:
        described = json.loads((folder / RECORD).read_text("utf-8"))
        tables = {name: _table(folder, name, described[name]) for name in parser.tables}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return ParsedFile(file, tables)


def keep(parser: Parser, file: LandedFile, read: Read) -> ParsedFile:
    """Cache the parsed rows of a landed file, delete those of other parser versions, and return them.

    Of several processes that parse the same file at the same time, the first one's rows are cached. Rows are shared
    before they are cached, so that what is cached is shared. Raises `HomeUnavailable` if the disk is full or not
    writable, and `CannotPublish` if they cannot be shared; the previous cache then stays.
    """
    folder = _folder(parser, file)
    with scratch(folder) as temporary:
        write(temporary, file, read)
        for path in (*temporary.iterdir(), temporary):
            sync(path)
        share_folder(temporary, _shared_name(parser, file))
        with alone(folder.parent):
            if not kept_file(parser, file):
                if folder.exists():
                    folder.rename(temporary.with_name("damaged"))
                temporary.rename(folder)
        sync(folder.parent)
    for other in folder.parent.iterdir():
        if other != folder and not is_temporary(other):
            shutil.rmtree(other, ignore_errors=True)
    if kept := kept_file(parser, file):
        return kept
    raise HomeUnavailable(
        f"{folder} differs from what was written; the disk may be failing. Check the disk of the home."
    )


def write(folder: Path, file: LandedFile, read: Read) -> ParsedFile:
    """Write the parsed rows of a file into a new folder and return them; raise `OSError` if that fails."""
    folder.mkdir(parents=True)
    described = {}
    for name, intake in read.items():
        for what, frame in ((KEPT, intake.kept), (QUARANTINED, intake.quarantined)):
            _write(frame, _path(folder, name, what))
        described[name] = {
            "counts": asdict(Counts.of(intake)),
            "notes": list(intake.notes),
            "sha256": {what: sha256(_path(folder, name, what)) for what in (KEPT, QUARANTINED)},
        }
    (folder / RECORD).write_text(json.dumps(described, ensure_ascii=False, indent=2, sort_keys=True) + "\n", "utf-8")
    return ParsedFile(file, {name: _described(folder, name, item) for name, item in described.items()})


def _write(frame: pl.DataFrame, path: Path) -> None:
    try:
        # A low level: only builds read these files, once or twice, so writing must be fast.
        frame.write_parquet(path, compression="zstd", compression_level=1)
    except pl.exceptions.ComputeError as error:
        # Polars raises ComputeError for a full disk.
        raise OSError(str(error)) from error


def _table(folder: Path, name: str, item: Mapping[str, Any]) -> ParsedTable:
    """Return the cached rows for a staging table; raise `ValueError` if a file has changed since it was written."""
    for what in (KEPT, QUARANTINED):
        if sha256(_path(folder, name, what)) != item["sha256"][what]:
            raise ValueError(f"{_path(folder, name, what)} is damaged")
    return _described(folder, name, item)


def _described(folder: Path, name: str, item: Mapping[str, Any]) -> ParsedTable:
    return ParsedTable(
        _path(folder, name, KEPT), _path(folder, name, QUARANTINED), Counts(**item["counts"]), tuple(item["notes"])
    )


def _path(folder: Path, name: str, what: str) -> Path:
    return folder / f"{name}.{what}.parquet"


def _shared_name(parser: Parser, file: LandedFile) -> str:
    """Return the name of the parsed rows in the shared store."""
    return f"parses/{file.source_id}/{file.sha256}/{parser.version}"


def _folder(parser: Parser, file: LandedFile) -> Path:
    return file.path.with_name(f"{file.sha256}.parsed") / parser.version
