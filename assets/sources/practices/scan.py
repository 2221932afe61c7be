"""Parser of the records of the national scan: one YAML file for each locality.

No measure takes a missing record for the absence of a practice, so an invalid record, or a file that cannot be read, is
quarantined with its line and the reason, and stops nothing else. The records are validated by their model alone: a
data frame contract for each of hundreds of small files takes forty times as long as reading them.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Annotated

import polars as pl
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from assets.factories.python_tables import computed
from assets.factories.staging import staged
from assets.ingest.parser import catalogued, several_tables
from assets.ingest.validation import SOURCE_ROW, Intake, quarantine
from assets.sources.practices.agreement import agreement
from assets.sources.practices.record_files import read_records
from warehouse.catalogue import codebook, patterns
from warehouse.errors import BadRecord
from warehouse.storage.workspace import Warehouse
from warehouse.yaml_loader import TEXT_LOADER

PRACTICE, PARTNER = "staging.reference__scan_practice", "staging.reference__scan_partner"
CODE = "core.fct_practice_scan_code"
CALLED = "scan"
KEYS = ("locality_code", "locality", "practices")
PATTERNS = patterns()

Text = Annotated[str, Field(min_length=1)]


def _code(axis: str) -> AfterValidator:
    """Return the rule that a text is a code of an axis of the codebook."""
    permitted = codebook()[axis].permitted

    def require(code: str) -> str:
        if code not in permitted:
            raise ValueError(f"expected {', '.join(permitted)}; found {code!r}")
        return code

    return AfterValidator(require)


class ScanPartner(BaseModel):
    """An organisation named with a practice of the scan."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: Text
    sector: Annotated[str, _code("sector")]


class ScanRecord(BaseModel):
    """A record of the scan as edited: every value is text, as the page states it; what is not known is left out."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    id: Annotated[str, Field(pattern=PATTERNS["scan_practice"])]
    title: Text
    summary: Text
    led_by: Text | None = None
    partners: list[ScanPartner] = Field(default=[], exclude=True)
    started_as_stated: Text | None = None
    status_date: Text | None = None
    quantities: Text | None = None
    source_title: Text | None = None
    publisher: Text | None = None
    source_url: Annotated[str, Field(pattern=PATTERNS["web_address"])] | None = None
    source_date: Text | None = None
    evidence_note: Text | None = None
    confidence: Annotated[str, _code("confidence")]


# A date as stated, of which only these forms are read: other texts name a plan, an alternative or a span.
STATED_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?: \(inferred\))?")
# Fields of a record that have another name in the table.
COLUMNS = {
    "id": "practice_id",
    "title": "practice_name",
    "led_by": "lead_actor",
    "status_date": "status_date_as_stated",
    "quantities": "quantities_as_stated",
}
PRACTICE_SCHEMA: dict[str, type[pl.DataType]] = {
    SOURCE_ROW: pl.Int64,
    "locality_code": pl.String,
    "locality_name": pl.String,
    **{COLUMNS.get(name, name): pl.String for name in ScanRecord.model_fields if name != "partners"},
    "status_on": pl.Date,
}
PARTNER_SCHEMA: dict[str, type[pl.DataType]] = {
    SOURCE_ROW: pl.Int64,
    "practice_id": pl.String,
    "partner_number": pl.Int64,
    "partner_name": pl.String,
    "sector": pl.String,
}


@dataclass(frozen=True)
class ScanFile:
    """The records of a locality, each with its line; `invalid` has (line, reason, record) of those that are refused."""

    locality_code: str
    locality_name: str
    records: list[tuple[int, ScanRecord]]
    invalid: list[tuple[int, str, dict[str, object]]]


def read_scan(content: bytes) -> ScanFile:
    """Return the records of a file of the scan.

    Raises `BadRecord` with the line and the reason if the file as a whole cannot be read: it is not YAML, gives a key
    twice, or lacks a valid locality or the list of practices.
    """
    item, lines = read_records(content, TEXT_LOADER, CALLED)
    if not isinstance(item, dict) or {*item} != {*KEYS}:
        found = ", ".join(map(str, item)) if isinstance(item, dict) and item else "none"
        raise BadRecord(CALLED, 1, f"expected the keys {', '.join(KEYS)}; found {found}")
    code, name, practices = (item[key] for key in KEYS)
    if not isinstance(code, str) or not re.match(PATTERNS["locality"], code):
        raise BadRecord(CALLED, 1, f"locality_code: expected the GSS code of a local authority, found {code!r}")
    if not isinstance(name, str) or not name:
        raise BadRecord(CALLED, 1, f"locality: expected the name of the local authority, found {name!r}")
    if not isinstance(practices, list) or not practices:
        raise BadRecord(CALLED, 1, "practices: expected a list of at least one record")
    times = Counter(str(record.get("id")) for record in practices if isinstance(record, dict))
    records, invalid = [], []
    for record, line in zip(practices, lines, strict=True):
        try:
            valid = ScanRecord.model_validate(record)
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(map(str, problem["loc"])) or "record"
            invalid.append((line, f"{where}: {problem['msg']}", record if isinstance(record, dict) else {}))
            continue
        if not valid.id.startswith(code):
            invalid.append((line, f"id: {valid.id} does not start with {code}, the locality of the file", record))
        elif times[valid.id] > 1:
            invalid.append((line, f"id: {valid.id} is given {times[valid.id]} times", record))
        else:
            records.append((line, valid))
    return ScanFile(code, name, records, invalid)


def first_day(stated: str | None) -> date | None:
    """Return the first day of a date as stated: a year, a month or a day, also if inferred; else None."""
    found = STATED_DATE.fullmatch(stated or "")
    if not found:
        return None
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def parse_scan(content: bytes) -> dict[str, Intake]:
    """Return the practices of a file of the scan and their partners, by staging table.

    `source_row` is the line on which the record starts. A file that cannot be read is one quarantined row.
    """
    try:
        found = read_scan(content)
    except BadRecord as error:
        found = ScanFile("", "", [], [(error.line, error.reason, {})])
    rows = [
        {
            SOURCE_ROW: line,
            "locality_code": found.locality_code,
            "locality_name": found.locality_name,
            **{COLUMNS.get(name, name): value for name, value in record.model_dump().items()},
            "status_on": first_day(record.status_date),
        }
        for line, record in found.records
    ]
    partners = [
        (line, record.id, number, partner.name, partner.sector)
        for line, record in found.records
        for number, partner in enumerate(record.partners, start=1)
    ]
    return {
        PRACTICE: Intake(
            pl.DataFrame(rows, schema=PRACTICE_SCHEMA), quarantine(found.invalid), len(rows) + len(found.invalid)
        ),
        PARTNER: Intake(
            pl.DataFrame(partners, schema=PARTNER_SCHEMA, orient="row"), quarantine([]), rows_in=len(partners)
        ),
    }


def scan_agreement(warehouse: Warehouse) -> pl.DataFrame:
    """Return the agreement of the two readings of the scan, also of records that are left out; see `agreement`."""
    codes = warehouse.tables.read(CODE)
    readings = [
        codes.select("practice_id", "axis", reading=pl.lit(reading), code=f"{reading}_code").drop_nulls("code")
        for reading in ("first", "second")
    ]
    return agreement(pl.concat(readings))


RECIPES = [
    staged(
        {
            "practice_scan": several_tables(
                (PRACTICE, PARTNER), parse_scan, *catalogued("codebook.yaml", "patterns.yaml")
            )
        }
    ),
    computed("metrics.practice_scan_agreement", scan_agreement, reads=[CODE]),
]
