"""Funding awards in the 360Giving Data Standard: JSON, CSV and workbooks read into one shape.

Here belong the formats, the headings under which publishers print a field, and the shapes of dates and amounts.
Where an award lies, what its recipient is and whether a row repeats another is worked out in `sql/core`. No row is
ever dropped because another has its identifier: publishers use one identifier for several payments, and keeping
one of each lost up to 63 % of the money in real files.
"""

import datetime as dt
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

import polars as pl
import yaml

from assets.intake import SOURCE_ROW, Intake, admit, quarantine, without_orphans
from assets.readers import Grid, decode, frame, read_csv, read_workbook, tidy
from assets.staging import Parser, several_tables, staging_assets
from warehouse.catalogue import ROOT
from warehouse.errors import RefusedFile

if TYPE_CHECKING:
    import dataframely as dy

SOURCE = "threesixtygiving"
AWARD, AWARD_LOCATION = "staging.threesixtygiving__award", "staging.threesixtygiving__award_location"
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
LEADING_ROWS = 30
ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?")
BRITISH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: \d{2}:\d{2}(?::\d{2})?)?")
YEAR_OR_MONTH = re.compile(r"\d{4}(-\d{2})?")
AMOUNT = re.compile(r"(-?)£?(-?)((?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?(?:[eE][+-]?\d+)?)")
# What GrantNav adds to a publisher's grant: its own look-ups, which follow other rules than ours, and the data set.
ADDED_BY_GRANTNAV = ("additional_data", "dataset")

Fields = dict[str, str | None]
# Row number, fields by our name, places (`role` and the location fields), SHA-256 of the whole published row.
Grant = tuple[int, Fields, list[Fields], str]


@dataclass(frozen=True)
class Grants:
    """The grants of one file as text; `refused` are quarantine rows that could not be framed.

    `listed` is how many grants the file lists, counted before any was read.
    """

    rows: list[Grant]
    refused: pl.DataFrame
    listed: int


@dataclass(frozen=True)
class Layout:
    """Where a table holds each field: column positions of the award's own fields, and of each place beside its role."""

    award: dict[str, int]
    places: list[tuple[str, dict[str, int]]]


@dataclass(frozen=True)
class Headings:
    """The fields of an award and where files hold them; the content of `award_headings.yaml`."""

    award: list[dict[str, Any]]
    location: list[dict[str, Any]]
    location_field: list[dict[str, Any]]

    @property
    def required(self) -> list[dict[str, Any]]:
        """The fields without which a file is no award file."""
        return [entry for entry in self.award if entry.get("required")]

    def expected(self) -> str:
        """Return the required fields as words for a message."""
        return "awards in the 360Giving Data Standard with " + ", ".join(entry["titles"][0] for entry in self.required)


@cache
def headings() -> Headings:
    """Return the headings under which award files print each field."""
    return Headings(**yaml.safe_load((ROOT / "award_headings.yaml").read_text("utf-8")))


def parse_awards(content: bytes) -> dict[str, Intake]:
    """Return what a 360Giving file gives: its awards (contract `Award`) and the places they name (`AwardLocation`).

    The free-text description is left out: no measure reads it, it may name people, and the landed file keeps
    it; `row_sha256` still distinguishes rows that differ in nothing else. `source_row` of a place is its award's;
    `location_number` counts an award's places from 1, the beneficiary ones first. A postcode of the recipient itself
    is a column of the award. The places of a quarantined award are quarantined with it. Raises `RefusedFile` for what
    holds no awards: HTML, an empty or cut file, a placeholder, no grant, or none of a field that the standard requires.
    """
    from assets.contracts.awards import Award, AwardLocation

    grants = read_grants(content)
    rows: list[dict[str, object]] = []
    named: list[dict[str, object]] = []
    refused: list[tuple[int, str, dict[str, object]]] = []
    for number, fields, places, digest in grants.rows:
        row, problems = _typed(fields)
        if problems:
            refused.append((number, "; ".join(problems), dict(fields)))
        else:
            rows.append({SOURCE_ROW: number, "award_identity": _identity(fields), "row_sha256": digest} | row)
        named += [{SOURCE_ROW: number, "location_number": at, **place} for at, place in enumerate(places, start=1)]
    awards = admit(
        pl.DataFrame(rows, schema=_schema(Award)),
        Award,
        pl.concat([grants.refused, quarantine(refused)]),
        rows_in=grants.listed,
    )
    locations = admit(pl.DataFrame(named, schema=_schema(AwardLocation)), AwardLocation, rows_in=len(named))
    return {AWARD: awards, AWARD_LOCATION: without_orphans(locations, awards)}


def _schema(contract: "type[dy.Schema]") -> dict[str, Any]:
    return {name: column.dtype for name, column in contract.columns().items()}


def _identity(fields: Fields) -> str | None:
    """Return funder and identifier in comparable form, or None where one of them is missing.

    Publishers use each other's prefixes, so an identifier alone says nothing, and spell a funder's name in several
    ways, so the name has no part in it.
    """
    funder, identifier = fields["funder_id"], fields["award_id"]
    return f"{funder} {identifier}".upper() if funder and identifier else None


def read_grants(content: bytes) -> Grants:
    """Return the grants of a file whose format is told from its first bytes; raise `RefusedFile` for anything else."""
    if content[:2] == b"PK" or content[:4] == OLE_MAGIC:
        return _from_grids(list(read_workbook(SOURCE, content).values()))
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start in (b"{", b"["):
        return _from_json(decode(SOURCE, content))
    return _from_grids([read_csv(SOURCE, content, _encoding(content))])


def date_part(text: str) -> str | None:
    """Return the ISO date that a published date or time names, or None where its shape or day is unknown.

    Times of day and zones are cut off: the standard says that the time is never significant. With slashes
    the day comes first, as British publishers write it.
    """
    if match := ISO_DATE.fullmatch(text.strip()):
        iso = match[1]
    elif match := BRITISH_DATE.fullmatch(text.strip()):
        iso = f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}"
    else:
        return None
    try:
        return dt.date.fromisoformat(iso).isoformat()
    except ValueError:
        return None


def plain_number(text: str) -> str | None:
    """Return a published amount without pound sign and thousands commas, or None where it is no number."""
    match = AMOUNT.fullmatch(text.strip())
    if match is None or (match[1] and match[2]):
        return None
    return f"{match[1] or match[2]}{match[3].replace(',', '')}"


def _typed(fields: Fields) -> tuple[dict[str, object], list[str]]:
    """Return the columns of the contract that `fields` give, and what in them cannot be read."""
    row: dict[str, object] = dict(fields)
    problems = []
    individual = [row.pop("individual_id"), row.pop("individual_name")]
    row["is_to_individual"] = any(individual)
    for name in ("amount", "planned_months"):
        if (text := fields[name]) is not None:
            number = plain_number(text)
            if number is None:
                problems.append(f"{name} is no number")
            else:
                row[name] = float(number)
    for name in ("award_date", "planned_start_date", "planned_end_date"):
        if (text := fields[name]) is not None:
            iso = date_part(text)
            # The standard lets a plan name a year or a month alone: no day is made up for it.
            if iso is None and not (name != "award_date" and YEAR_OR_MONTH.fullmatch(text)):
                problems.append(f"{name} is no date in a known shape")
            row[name] = dt.date.fromisoformat(iso) if iso else None
    return row, problems


def _clean(value: object) -> str | None:
    """Return a published value as trimmed text, None where it is empty; a line break is one however it is coded."""
    return str(value).replace("\r\n", "\n").replace("\u00a0", " ").strip() or None


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _encoding(content: bytes) -> str:
    """Return the encoding of a CSV file: Excel writes the Windows code page where the standard asks for UTF-8."""
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _from_json(text: str) -> Grants:
    """Return the grants of `{"grants": [...]}`.

    Read whole by the standard module and not by DuckDB: publishers' files are small, a cut transfer is then
    certain to be refused, and numbers keep the digits that were published.
    """
    try:
        document = json.loads(text, parse_float=str, parse_int=str, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        got = f"JSON that breaks off or is broken at line {error.lineno}, column {error.colno}: {error.msg}"
        raise RefusedFile(SOURCE, 'a whole JSON document {"grants": [...]}', got) from error
    except RecursionError as error:
        raise RefusedFile(SOURCE, '{"grants": [...]}', "JSON nested beyond reason") from error
    grants = document.get("grants") if isinstance(document, dict) else None
    if not isinstance(grants, list):
        raise RefusedFile(SOURCE, '{"grants": [...]}', "JSON without a list of grants")
    known = headings()
    rows: list[Grant] = []
    refused: list[tuple[int, str, dict[str, object]]] = []
    for number, grant in enumerate(grants, start=1):
        if not isinstance(grant, dict):
            refused.append((number, "is no grant object", {"grant": grant}))
            continue
        own = {key: value for key, value in grant.items() if key not in ADDED_BY_GRANTNAV}
        fields = {entry["field"]: _text(own, entry["path"]) for entry in known.award}
        places = [
            _place(entry["role"], {field["field"]: _text(place, field["path"]) for field in known.location_field})
            for entry in known.location
            for place in _objects(_value(own, entry["path"]))
        ]
        rows.append((number, fields, [place for place in places if place], _digest(own)))
    missing = [entry["path"] for entry in known.required if not any(fields[entry["field"]] for _, fields, _, _ in rows)]
    if missing:
        got = f"{len(grants):,} grants, none with {missing[0]!r}" if grants else "no grant"
        raise RefusedFile(SOURCE, known.expected(), got)
    return Grants(rows, quarantine(refused), len(grants))


def _refuse_constant(token: str) -> NoReturn:
    raise RefusedFile(SOURCE, "JSON numbers", f"the token {token}")


def _objects(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list, or a lone object as a list: both are met where the standard has a list."""
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def _value(grant: dict[str, Any], path: str) -> object:
    """Return what stands at a path such as `recipientOrganization:name`, through the first object of each list."""
    *parents, name = path.split(":")
    for parent in parents:
        grant = next(iter(_objects(grant.get(parent))), {})
    return grant.get(name)


def _text(grant: dict[str, Any], path: str) -> str | None:
    """Return the text at a path; a list or an object is no text."""
    value = _value(grant, path)
    return None if value is None or isinstance(value, dict | list) else _clean(value)


def _place(role: str, fields: Fields) -> Fields | None:
    return {"role": role, **fields} if any(fields.values()) else None


def _from_grids(grids: list[Grid]) -> Grants:
    """Return the grants of the sheets that have the required headings, rows numbered on through those sheets."""
    rows: list[Grant] = []
    refused = []
    before = listed = 0
    for grid in grids:
        header = _find_header(grid)
        if header is not None:
            grants, problems = _from_grid(grid, header)
            rows += [(before + number, fields, places, digest) for number, fields, places, digest in grants]
            refused.append(problems.with_columns(pl.col(SOURCE_ROW) + before))
            before += grid.row_number(len(grid.rows) - 1)
            listed += grid.rows_below(header)
    if not refused:
        first = next((row for grid in grids for row in grid.rows), [])
        got = "; ".join([f"a table that begins {', '.join(first[:4])[:120]!r}", *grids[0].notes])
        raise RefusedFile(SOURCE, headings().expected(), got)
    if not rows and not sum(problems.height for problems in refused):
        raise RefusedFile(SOURCE, headings().expected(), "headings and no grant")
    return Grants(rows, pl.concat(refused), listed)


def _from_grid(grid: Grid, header: int) -> tuple[list[Grant], pl.DataFrame]:
    """Return the grants below a header row, and the rows that have not as many fields as it."""
    layout = _layout(grid.rows[header])
    positions = {*layout.award.values(), *(position for _, place in layout.places for position in place.values())}
    table, refused = frame(grid, header, {grid.rows[header][position]: str(position) for position in positions})
    digests = {grid.row_number(index): _digest(row) for index, row in enumerate(grid.rows)}
    rows: list[Grant] = []
    for row in table.iter_rows(named=True):
        cell = {position: _clean(row[str(position)]) for position in positions}
        fields = {
            entry["field"]: cell[layout.award[entry["field"]]] if entry["field"] in layout.award else None
            for entry in headings().award
        }
        places = [
            _place(
                role,
                {
                    entry["field"]: cell[place[entry["field"]]] if entry["field"] in place else None
                    for entry in headings().location_field
                },
            )
            for role, place in layout.places
        ]
        rows.append((row[SOURCE_ROW], fields, [place for place in places if place], digests[row[SOURCE_ROW]]))
    return rows, refused


def _find_header(grid: Grid) -> int | None:
    required = {entry["field"] for entry in headings().required}
    for index, row in enumerate(grid.rows[:LEADING_ROWS]):
        if required <= _layout(row).award.keys():
            return index
    return None


def _layout(row: list[str]) -> Layout:
    """Return where the headings in a row put each field; of several spellings the first in `award_headings.yaml`."""
    known = headings()
    rolled = [_rolled_up(heading) for heading in row]
    once = {heading: position for position, (heading, numbers) in enumerate(rolled) if not any(numbers)}
    award: dict[str, int] = {}
    for entry in known.award:
        spellings = [_rolled_up(spelling)[0] for spelling in (*entry["titles"], entry["path"])]
        if spelling := next((spelling for spelling in spellings if spelling in once), None):
            award[entry["field"]] = once[spelling]
    places: list[tuple[str, dict[str, int]]] = []
    for entry in known.location:
        numbered: dict[int, dict[str, int]] = {}
        for prefix in (*entry["titles"], entry["path"]):
            for field in known.location_field:
                spellings = [_rolled_up(f"{prefix}:{title}")[0] for title in (*field["titles"], field["path"])]
                for position, (heading, numbers) in enumerate(rolled):
                    # The number before last is the place's; one further up speaks of a second recipient.
                    if heading in spellings and not any(numbers[:-2]):
                        numbered.setdefault(numbers[-2], {}).setdefault(field["field"], position)
        places += [(entry["role"], numbered[number]) for number in sorted(numbered)]
    return Layout(award, places)


@cache
def _rolled_up(heading: str) -> tuple[str, tuple[int, ...]]:
    """Return a heading without its numbers, and the number of each part: `Recipient Org:1:Name` gives (1, 0)."""
    parts: list[str] = []
    numbers: list[int] = []
    for part in (part.strip() for part in re.split("[:/]", tidy(heading))):
        if part.isdecimal() and parts:
            numbers[-1] = int(part)
        else:
            parts.append(part)
            numbers.append(0)
    return ":".join(parts), tuple(numbers)


# The same awards may be had by several of these ways; which of them is counted is the measures' decision.
SOURCES = (SOURCE, "threesixtygiving_api", "threesixtygiving_grantnav", "threesixtygiving_covid2020")
PARSERS: dict[str, Parser] = dict.fromkeys(SOURCES, several_tables((AWARD, AWARD_LOCATION), parse_awards))
ASSETS = staging_assets(PARSERS)
