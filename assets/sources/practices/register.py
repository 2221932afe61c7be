"""Parser of the practice register: YAML records of practices, coded in two readings in CSV files and reconciled.

An invalid record stops the build with its file and line, because a missing record would be counted as no practice.
"""

from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assets.factories.python_tables import computed
from assets.factories.staging import staged
from assets.ingest.parser import several_tables
from assets.ingest.validation import SOURCE_ROW, Intake, admit, columns_of
from assets.sources.practices.agreement import agreement
from assets.sources.practices.record_files import read_records
from warehouse.errors import BadRecord
from warehouse.storage.workspace import Warehouse
from warehouse.yaml_loader import YAML_LOADER

PRACTICE, PARTNER, QUANTITY = (
    f"staging.reference__{what}" for what in ("practice", "practice_partner", "practice_quantity")
)


class Partner(BaseModel):
    """An organisation named with a practice."""

    model_config = ConfigDict(extra="forbid")
    name: str
    sector: str


class Quantity(BaseModel):
    """A quantity given for a practice."""

    model_config = ConfigDict(extra="forbid")
    value: float
    unit: str
    of: str


class Record(BaseModel):
    """A practice record as edited; `lead_sector` is the sector of a lead that is one named organisation."""

    model_config = ConfigDict(extra="forbid")
    id: str
    locality_code: str
    place: str
    geo_precision: str
    title: str
    summary: str
    lead_actor: str | None = None
    lead_side: str
    lead_sector: str | None = None
    reaches_less_heard: bool
    anchor: str
    lines: tuple[int, int]
    partners: list[Partner] = []
    quantities: list[Quantity] = []


class Register(BaseModel):
    """One file of the register."""

    model_config = ConfigDict(extra="forbid")
    document: str
    sha256: str
    coverage: Literal["case_study", "mentioned"]
    practices: list[Record] = Field(min_length=1)


def read_register(content: bytes) -> tuple[Register, list[int]]:
    """Return a file of the register and the line on which each of its records starts.

    Raises `BadRecord` with the line and the reason if the file is not YAML or a record is invalid.
    """
    item, lines = read_records(content, YAML_LOADER, "register")
    try:
        register = Register.model_validate(item)
    except ValidationError as error:
        problem = error.errors()[0]
        number = next((part for part in problem["loc"] if isinstance(part, int)), None)
        line = lines[number] if number is not None and number < len(lines) else 1
        where = ".".join(map(str, problem["loc"])) or "register"
        raise BadRecord("register", line, f"{where}: {problem['msg']}") from error
    for record, line in zip(register.practices, lines, strict=True):
        if record.lines[0] > record.lines[1]:
            raise BadRecord("register", line, f"{record.id}: the locator ends before it starts")
    return register, lines


def parse_register(content: bytes) -> dict[str, Intake]:
    """Return the practices of a register file, their partners and quantities, by staging table."""
    register, lines = read_register(content)
    return {
        PRACTICE: _practices(register, lines),
        PARTNER: _partners(register, lines),
        QUANTITY: _quantities(register, lines),
    }


def _practices(register: Register, lines: list[int]) -> Intake:
    """Return the practices of a register file; `source_row` is the line on which the record starts."""
    rows = [
        {
            SOURCE_ROW: line,
            "practice_id": record.id,
            "locality_code": record.locality_code,
            "place": record.place,
            "geo_precision": record.geo_precision,
            "practice_name": record.title,
            "summary": record.summary,
            "lead_actor": record.lead_actor,
            "lead_side": record.lead_side,
            "lead_sector": record.lead_sector,
            "is_reaching_less_heard": record.reaches_less_heard,
            "anchor": record.anchor,
            "document": register.document,
            "document_sha256": register.sha256,
            "line_start": record.lines[0],
            "line_end": record.lines[1],
            "is_case_study": register.coverage == "case_study",
        }
        for record, line in zip(register.practices, lines, strict=True)
    ]
    return admit(pl.DataFrame(rows, infer_schema_length=None), PRACTICE, rows_in=len(register.practices))


def _partners(register: Register, lines: list[int]) -> Intake:
    """Return the partners of a register file, numbered within each practice."""
    rows = [
        {
            SOURCE_ROW: line,
            "practice_id": record.id,
            "partner_number": number,
            "partner_name": partner.name,
            "sector": partner.sector,
        }
        for record, line in zip(register.practices, lines, strict=True)
        for number, partner in enumerate(record.partners, start=1)
    ]
    return admit(
        pl.DataFrame(rows, schema=columns_of(PARTNER)),
        PARTNER,
        rows_in=sum(len(record.partners) for record in register.practices),
    )


def _quantities(register: Register, lines: list[int]) -> Intake:
    """Return the quantities of a register file, numbered within each practice."""
    rows = [
        {
            SOURCE_ROW: line,
            "practice_id": record.id,
            "quantity_number": number,
            "value": quantity.value,
            "unit": quantity.unit,
            "quantity_of": quantity.of,
        }
        for record, line in zip(register.practices, lines, strict=True)
        for number, quantity in enumerate(record.quantities, start=1)
    ]
    return admit(
        pl.DataFrame(rows, schema=columns_of(QUANTITY)),
        QUANTITY,
        rows_in=sum(len(record.quantities) for record in register.practices),
    )


def reading_agreement(warehouse: Warehouse) -> pl.DataFrame:
    """Return the agreement of the first and second readings of the register; see `agreement`."""
    return agreement(warehouse.tables.read("core.fct_practice_reading"))


RECIPES = [
    staged({"practice_register": several_tables((PRACTICE, PARTNER, QUANTITY), parse_register)}, strict=True),
    computed("metrics.practice_agreement", reading_agreement, reads=["core.fct_practice_reading"]),
]
