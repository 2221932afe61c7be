"""What parsers read in landed files, kept beside them: each version of a parser parses a file once.

`<sha256>.parsed/<version of the parser>/` in the folder of the file's source holds for each staging table a Parquet
file of the kept rows and one of the quarantined rows, and a record of their numbers and checksums. It is written under
a temporary name and renamed, so a reader finds all of it or nothing; what is damaged is parsed again. What a parser
refuses is not kept: it may have been the machine, as where reading a workbook took too long.
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
from warehouse.errors import BadRecord, HomeUnavailable
from warehouse.storage.atomic_files import is_temporary, scratch, sha256, sync
from warehouse.storage.landing import LandedFile

RECORD = "parsed.json"
KEPT, QUARANTINED = "kept", "quarantined"
# Sources are pulled side by side, and each may need what is in the files of another.
PARSING = threading.Lock()


@dataclass(frozen=True)
class Counts:
    """The rows of a file for a staging table: what came in is kept, quarantined or merged into a row that is kept."""

    rows_in: int
    rows_kept: int
    rows_quarantined: int
    rows_merged: int

    @classmethod
    def of(cls, intake: Intake) -> "Counts":
        """Return the counts of what a parser has just read."""
        return cls(intake.rows_in, intake.kept.height, intake.quarantined.height, intake.rows_merged)


@dataclass(frozen=True)
class ParsedTable:
    """What a file holds for a staging table, as in `Intake`: two Parquet files, the counts and the notes."""

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
    """What a file holds, by staging table."""

    file: LandedFile
    tables: Mapping[str, ParsedTable]


def parsed_file(parser: Parser, file: LandedFile) -> ParsedFile:
    """Return what a parser reads in a landed file: what is kept of it or, where that is nothing whole, parsed now.

    Raises what the parser raises, and `HomeUnavailable` where it cannot be kept.
    """
    if kept := kept_file(parser, file):
        return kept
    with PARSING:
        return kept_file(parser, file) or keep(parser, file, parse(parser, file))


def parse(parser: Parser, file: LandedFile) -> Read:
    """Return what a parser reads in a file; a parser sees bytes only, so a bad record gets the file's name here."""
    try:
        return parser.parse(file.content)
    except BadRecord as error:
        raise BadRecord(file.file_name, error.line, error.reason) from error


def kept_file(parser: Parser, file: LandedFile) -> ParsedFile | None:
    """Return what is kept of a landed file for this version of its parser; None where that is nothing, or damaged."""
    folder = _folder(parser, file)
    try:
        described = json.loads((folder / RECORD).read_text("utf-8"))
        tables = {name: _table(folder, name, described[name]) for name in parser.tables}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return ParsedFile(file, tables)


def keep(parser: Parser, file: LandedFile, read: Read) -> ParsedFile:
    """Keep what a parser has read in a landed file, in place of what other versions of it read, and return it.

    Raises `HomeUnavailable` where the disk is full or may not be written to; what was kept then stays.
    """
    folder = _folder(parser, file)
    with scratch(folder) as temporary:
        write(temporary, file, read)
        for path in (*temporary.iterdir(), temporary):
            sync(path)
        if folder.exists():
            folder.rename(temporary.with_name("damaged"))
        temporary.rename(folder)
        sync(folder.parent)
    for other in folder.parent.iterdir():
        if other != folder and not is_temporary(other):
            shutil.rmtree(other, ignore_errors=True)
    if kept := kept_file(parser, file):
        return kept
    raise HomeUnavailable(f"{folder} cannot be read back as it was written; the disk may be failing.")


def write(folder: Path, file: LandedFile, read: Read) -> ParsedFile:
    """Write what a parser has read in a file into a new folder, and return it; raise `OSError` where that fails."""
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
        # Kept for builds alone: they read it once or twice, so writing it must cost little.
        frame.write_parquet(path, compression="zstd", compression_level=1)
    except pl.exceptions.ComputeError as error:
        # Polars calls a disk that takes no more a computation that went wrong.
        raise OSError(str(error)) from error


def _table(folder: Path, name: str, item: Mapping[str, Any]) -> ParsedTable:
    """Return what is kept for a staging table; raise `ValueError` where a file is not the one that was written."""
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


def _folder(parser: Parser, file: LandedFile) -> Path:
    return file.path.with_name(f"{file.sha256}.parsed") / parser.version
