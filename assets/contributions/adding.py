"""Adds checked practices and readings to the reference records: all of a file, or nothing.

Text is appended, so the comments and the order of the files stay. Every changed file is parsed as the build parses it
before any is written.
"""

import csv
import difflib
import io
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from assets.contributions.checking import Contribution
from assets.contributions.localities import Locality
from assets.ingest.rule_text import in_words
from assets.sources.practices.scan import ScanRecord, read_scan
from assets.sources.reference.records import csv_parser
from warehouse.errors import BadRecord, CommunityPowerError
from warehouse.storage.atomic_files import replacing
from warehouse.storage.home import PROJECT
from warehouse.storage.landing import REFERENCE

WIDTH = 116
READING = "staging.reference__scan_reading"
CONTRIBUTED = re.compile(r"-c(\d+)$")


class CannotAdd(CommunityPowerError):
    """Records that cannot be added; nothing was written."""

    exit_code = 3


@dataclass(frozen=True)
class Change:
    """A file of reference records before and after."""

    path: Path
    before: str
    after: str

    def diff(self) -> str:
        """Return the change as a unified diff, with the path relative to the project."""
        name = str(self.path.relative_to(PROJECT)) if self.path.is_relative_to(PROJECT) else str(self.path)
        lines = (self.before.splitlines(keepends=True), self.after.splitlines(keepends=True))
        return "".join(difflib.unified_diff(*lines, f"a/{name}" if self.before else "/dev/null", f"b/{name}"))


@dataclass(frozen=True)
class Addition:
    """What adding records changes: the files, and the ids of the new records; `unread` are those without a reading."""

    changes: tuple[Change, ...]
    practice_ids: tuple[str, ...]
    unread: tuple[str, ...] = ()

    def write(self) -> None:
        """Write the files; raise `CannotAdd` if one has changed meanwhile, `HomeUnavailable` if writing fails."""
        for change in self.changes:
            if _text(change.path) != change.before:
                raise CannotAdd(f"{change.path} has changed meanwhile. Nothing was written; run the command again.")
        for change in self.changes:
            with replacing(change.path) as temporary:
                temporary.write_text(change.after, "utf-8", newline="")


def require_checkout(project: Path = PROJECT) -> None:
    """Raise `CannotAdd` if the project is an installed package, whose records no one else would see."""
    if not (project / "pyproject.toml").exists():
        raise CannotAdd(
            "Records are added to a checkout of the repository, and this is an installed package. Send the checked "
            "file to the people who run this warehouse, or clone the repository and run the command there "
            "(docs/practices.md)."
        )


def additions(contributions: Sequence[Contribution], reference: Path = REFERENCE) -> Addition:
    """Return what adding new practices changes: their records, and their codes as the first reading.

    A new record gets the next free id `<locality code>-cNN`. Raises `CannotAdd` for a correction, which an editor makes
    in the file of the record, and for a file that could not be read afterwards.
    """
    records = reference / "practices" / "scan"
    if corrections := [item for item in contributions if item.corrects]:
        raise CannotAdd(
            "; ".join(f"{item.place} corrects {item.corrects} in {_where(records, item)}" for item in corrections)
            + ". Edit the record there, and leave the row out. Nothing was written."
        )
    changes, ids, readings, unread = [], [], [], []
    by_locality: dict[Locality, list[Contribution]] = defaultdict(list)
    for item in contributions:
        by_locality[item.locality].append(item)
    for locality, listed in by_locality.items():
        path = records / f"{locality.code}.yaml"
        before = _text(path)
        known = _records(path, before)
        first = 1 + max((int(found[1]) for record in known if (found := CONTRIBUTED.search(record.id))), default=0)
        new = [item.record(f"{locality.code}-c{number:02}") for number, item in enumerate(listed, start=first)]
        after = _appended(before or _head(locality), "".join(map(_as_yaml, new)))
        _require_same(path, after, [*known, *new])
        changes.append(Change(path, before, after))
        for record, item in zip(new, listed, strict=True):
            ids.append(record.id)
            if item.codes:
                readings.append({"practice_id": record.id, "reading": "1", **item.codes})
            else:
                unread.append(record.id)
    if readings:
        changes.append(with_readings(reference, readings))
    return Addition(tuple(changes), tuple(ids), tuple(unread))


def _where(records: Path, item: Contribution) -> str:
    """Return the file of the record that a contribution corrects, with its line if it is a record of the scan."""
    path = records / f"{item.corrects[:9]}.yaml"
    if path.exists():
        for line, record in read_scan(path.read_bytes()).records:
            if record.id == item.corrects:
                return f"{path.relative_to(records.parents[1])}:{line}"
    return "practices/*.yaml"


def _records(path: Path, text: str) -> list[ScanRecord]:
    """Return the records of a file; raise `CannotAdd` if one of them, or the file, cannot be read."""
    if not text:
        return []
    try:
        found = read_scan(text.encode())
        wrong = [f"{line}: {why}" for line, why, _ in found.invalid]
    except BadRecord as error:
        wrong = [f"{error.line}: {error.reason}"]
    if wrong:
        raise CannotAdd(f"{path.name}:{wrong[0]}. Correct the file first. Nothing was written.")
    return [record for _, record in found.records]


def _text(path: Path) -> str:
    """Return the text of a file with its line ends, empty if there is no such file; raise `CannotAdd` if not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8") if path.exists() else ""
    except UnicodeDecodeError as error:
        raise CannotAdd(f"{path.name} is not in UTF-8. Correct the file first. Nothing was written.") from error


def _head(locality: Locality) -> str:
    about = f"# Practices in {locality.name}, in our own words. Codes: ../../practice_scan/readings.csv.\n"
    return about + f"locality_code: {locality.code}\n{_dumped({'locality': locality.name})}practices:\n"


def _appended(text: str, more: str) -> str:
    return text + ("" if text.endswith("\n") else "\n") + more


def _as_yaml(record: ScanRecord) -> str:
    """Return a record as an item of the list of a file."""
    told = {name: value for name in ScanRecord.model_fields if (value := getattr(record, name))}
    if record.partners:
        told["partners"] = [partner.model_dump() for partner in record.partners]
    lines = _dumped(told).splitlines(keepends=True)
    return "".join(("  - " if number == 0 else "    ") + line for number, line in enumerate(lines))


def _dumped(item: Mapping[str, object]) -> str:
    return yaml.safe_dump(item, sort_keys=False, allow_unicode=True, width=WIDTH)


def _require_same(path: Path, after: str, expected: Sequence[ScanRecord]) -> None:
    """Raise `CannotAdd` unless the build would read exactly the expected records from a changed file."""
    try:
        is_same = [record for _, record in read_scan(after.encode()).records] == list(expected)
    except BadRecord:
        is_same = False
    if not is_same:
        raise CannotAdd(
            f"{path.name}: records are appended at the end of the file, and would not be read there. Make `practices` "
            "the last key of the file, with each record indented by two spaces. Nothing was written."
        )


def with_readings(reference: Path, new: Sequence[Mapping[str, str]]) -> Change:
    """Return the file of readings with more readings; raise `CannotAdd` if the build would refuse one."""
    path = reference / "practice_scan" / "readings.csv"
    before = _text(path)
    columns = next(csv.reader(io.StringIO(before)))
    written = io.StringIO(newline="")
    end = "\r\n" if "\r\n" in before else "\n"
    csv.DictWriter(written, columns, lineterminator=end).writerows(
        {column: row.get(column, "") for column in columns} for row in new
    )
    after = _appended(before, written.getvalue())
    read = csv_parser(READING)(after.encode())
    if read.quarantined.height:
        row = read.quarantined.row(0, named=True)
        raise CannotAdd(
            f"{path.name}: row {row['source_row']} is refused: {in_words(READING, row['rule'])}. Nothing was written."
        )
    return Change(path, before, after)
