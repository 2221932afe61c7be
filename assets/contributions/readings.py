"""Further readings of records: the sheet of records that lack one, and the check and addition of a coded sheet.

The sheet does not show the codes of an earlier reading, because the readings are independent.
"""

import csv
import io
from collections import Counter, defaultdict
from pathlib import Path

from assets.contributions.adding import Addition, with_readings
from assets.contributions.checking import CONFIDENCE, codes_of, problems_of_codes, records_of
from assets.contributions.problems import Problem, shown
from assets.contributions.suggestion_files import Suggestion, is_comment, read_grid
from assets.ingest.tabular import tidy
from assets.sources.practices.scan import ScanRecord
from warehouse.catalogue import read_axes
from warehouse.errors import RefusedFile
from warehouse.storage.landing import REFERENCE

READINGS = 2
ID = "practice_id"
SHOWN = tuple(name for name in ScanRecord.model_fields if name not in ("id", CONFIDENCE))
FIX_SHEET = "Use the sheet of `cpower practices unread`."


def unread_sheet(reference: Path = REFERENCE) -> str:
    """Return a CSV sheet of the records with an address and fewer than two readings, with empty columns for the codes.

    A record whose first reading is missing, too, is read by two readers, each with a sheet of this kind.
    """
    known = _numbers(reference)
    records = [record for record in _records(reference).values() if record.source_url]
    written = io.StringIO(newline="")
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow([ID, *SHOWN, *read_axes()])
    rows.writerows(
        [record.id, *(_cell(record, name) for name in SHOWN), *("" for _ in read_axes())]
        for record in records
        if len(known[record.id]) < READINGS
    )
    return "\ufeff" + written.getvalue()


def check_readings(content: bytes, reference: Path = REFERENCE) -> tuple[list[dict[str, str]], list[Problem]]:
    """Return the readings of a coded sheet, as rows of `readings.csv`, and the problems of the sheet.

    A row without codes is left out. A reading has the number 1 or 2 that its record lacks.
    """
    try:
        grid = read_grid(content)
    except RefusedFile as error:
        return [], [Problem("file", "", error.expected, error.got, FIX_SHEET)]
    rows = [(f"row {number}", row) for number, row in grid.numbered_rows() if not is_comment(row)]
    headings = [tidy(cell) for cell in rows[0][1]] if rows else []
    missing = [name for name in (ID, *read_axes()) if headings.count(name) != 1]
    if missing:
        return [], [Problem("file", missing[0], "this column once", str(headings.count(missing[0])), FIX_SHEET)]
    known, ids = _numbers(reference), _records(reference)
    times = Counter(dict(zip(headings, row, strict=False)).get(ID, "").strip() for _, row in rows[1:])
    readings: list[dict[str, str]] = []
    problems: list[Problem] = []
    for place, row in rows[1:]:
        values = {name: cell.strip() for name, cell in zip(headings, row, strict=False) if cell.strip()}
        if not read_axes().keys() & values.keys():
            continue
        practice_id = values.get(ID, "")
        free = sorted({str(number) for number in range(1, READINGS + 1)} - known[practice_id])
        suggestion = Suggestion(place, values)
        found = list(problems_of_codes(suggestion))
        if set(codes_of(suggestion)) == {CONFIDENCE}:
            found.append(Problem(place, "", "the codes of a reading", "the confidence alone", "Fill in all codes."))
        if practice_id not in ids:
            found.append(Problem(place, ID, "the id of a record", shown(practice_id), FIX_SHEET))
        elif times[practice_id] > 1:
            found.append(Problem(place, ID, "each record once", f"{shown(practice_id)} in several rows", FIX_SHEET))
        elif not free:
            got = f"{shown(practice_id)}, which has {READINGS}"
            found.append(Problem(place, ID, "a record that lacks a reading", got, "Leave the row out."))
        problems += found
        if not found:
            readings.append({ID: practice_id, "reading": free[0], **codes_of(suggestion)})
    if not readings and not problems:
        problems.append(Problem("file", "", "at least one coded record", "none", "Fill in the columns of the codes."))
    return readings, problems


def reading_additions(readings: list[dict[str, str]], reference: Path = REFERENCE) -> Addition:
    """Return what adding checked readings changes."""
    return Addition((with_readings(reference, readings),), tuple(reading[ID] for reading in readings))


def _records(reference: Path) -> dict[str, ScanRecord]:
    """Return the records of the scan by id, in order of locality."""
    files = sorted((reference / "practices" / "scan").glob("*.yaml"))
    return {record.id: record for path in files for record in records_of(path)}


def _numbers(reference: Path) -> dict[str, set[str]]:
    """Return the numbers of the readings of each record."""
    found: dict[str, set[str]] = defaultdict(set)
    with (reference / "practice_scan" / "readings.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row[ID]].add(row["reading"])
    return found


def _cell(record: ScanRecord, name: str) -> str:
    """Return a field of a record as a cell of a sheet."""
    if name == "partners":
        return "; ".join(f"{partner.name}: {partner.sector}" for partner in record.partners)
    return getattr(record, name) or ""
