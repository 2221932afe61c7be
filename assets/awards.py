"""Funding awards in the 360Giving Data Standard: JSON, CSV and workbooks read into staged awards and their places.

Formats, headings and what makes an award are in `assets.sources.threesixtygiving`. Where an award is placed, what its
recipient is and whether a row repeats another is computed in `sql/core`. No row is ever dropped because another has its
identifier: publishers use one identifier for several payments, and keeping one of each lost up to 63 % of the money in
real files.
"""

import datetime as dt
import gc
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from assets.ingest.parser import Parser, several_tables
from assets.intake import SOURCE_ROW, Intake, admit, quarantine, without_orphans
from assets.readers import decode_mixed, is_workbook, read_workbook, records
from assets.sources.threesixtygiving import document, sheets, standard
from assets.sources.threesixtygiving.award import Award, Reading, merge_rows
from assets.sources.threesixtygiving.listed import Listed, Refused, note
from assets.sources.threesixtygiving.standard import SOURCE
from assets.sources.threesixtygiving.values import IDENTIFIER, YEAR_OR_MONTH, date_part, plain_number
from assets.staging import staging_tables

if TYPE_CHECKING:
    import dataframely as dy

AWARD, AWARD_LOCATION = "staging.threesixtygiving__award", "staging.threesixtygiving__award_location"
# What is kept of a quarantined row that may be of an individual, where it has the shape of its field: in a row whose
# cells slid to the side any other field may hold the name or the identifier of the person.
IMPERSONAL: Mapping[str, Callable[[str], object]] = {
    "award_id": IDENTIFIER.fullmatch,
    "amount": plain_number,
    "award_date": date_part,
}
OF_A_PLACE = ("location_number", "role")


def parse_awards(content: bytes) -> dict[str, Intake]:
    """Return what a 360Giving file gives: its awards (contract `Award`) and the places they name (`AwardLocation`).

    Rows that differ in place or recipient alone are one award, and `rows_merged` counts them. `source_row` of a place
    is its award's; `location_number` counts an award's places from 1, the beneficiary ones first. The postcode of an
    only recipient is a column of the award. The places of a quarantined award are quarantined with it, and so are those
    on a sheet of their own that belong to no award.

    The free-text description is left out: no measure reads it, it may name people, and the landed file keeps it;
    `row_sha256` still distinguishes rows that differ in nothing else. Of an award to an individual there is neither
    title nor recipient, nor anything else that names the person, in what is kept and in what is quarantined.

    `notes` say what was read although the standard does not allow it, and what was not read. Raises `RefusedFile` for
    what holds no awards: HTML, an empty or cut file, a placeholder, no grant, or none of a field that the standard
    requires; and where dates may be read with the day first or the month.
    """
    with _without_cycle_search():
        return _parse(content)


def _parse(content: bytes) -> dict[str, Intake]:
    from assets.contracts.awards import Award as AwardContract
    from assets.contracts.awards import AwardLocation

    found, notes = list_grants(content)
    reading = Reading()
    published = [reading.award(row, grant) for row, grant in found.grants]
    unjoined = [reading.award(row, grant) for row, grant in found.unjoined]
    reading.dates.require_day_first()
    listed_places_n = sum(one.listed_places_n for one in published)
    merged = merge_rows(published)
    may_name_people = found.may_name_individuals or any(one.is_to_individual for one in published)

    typing = Typing()
    rows: list[dict[str, object]] = []
    refused: list[Refused] = list(found.unframed)
    places: list[dict[str, object]] = []
    for one in merged:
        row, problems = typing.row(one)
        if problems:
            refused.append((one.row, "; ".join(problems), one.fields | one.recipient_columns()))
        else:
            rows.append(row)
        located = one.locations()
        places += [{SOURCE_ROW: one.row, **place} for place in located]
        listed_places_n += len(located) - one.listed_places_n
    alone: list[Refused] = [
        (one.row, "does not belong to an award of the file", {"award_id": one.fields["award_id"], **place})
        for one in unjoined
        for place in one.locations()
    ]
    awards = admit(
        pl.DataFrame(rows, schema=_schema(AwardContract)), AwardContract, quarantine(refused), rows_in=found.rows_in
    )
    locations = admit(
        pl.DataFrame(places, schema=_schema(AwardLocation)),
        AwardLocation,
        quarantine(alone),
        rows_in=listed_places_n + len(alone),
    )
    awards = replace(
        awards,
        rows_merged=len(published) - len(merged),
        notes=(*notes, *found.notes, *reading.notes(), *typing.notes()),
    )
    locations = replace(without_orphans(locations, awards), rows_merged=sum(one.repeated_places_n for one in merged))
    if may_name_people:
        by_row = {one.row: _impersonal(one) for one in merged}
        awards = _with_content(awards, lambda row, content: by_row.get(row, content))
        locations = _with_content(locations, lambda _, content: {name: content[name] for name in OF_A_PLACE})
    return {AWARD: awards, AWARD_LOCATION: locations}


@contextmanager
def _without_cycle_search() -> Iterator[None]:
    """Pause Python's search for cycles of objects: reading makes none, and it takes half the time of a large file."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def list_grants(content: bytes) -> tuple[Listed, tuple[str, ...]]:
    """Return what a file lists, by the format that its first bytes tell, and notes on its text.

    Raises `RefusedFile` for anything else.
    """
    if is_workbook(content):
        return sheets.from_sheets(read_workbook(SOURCE, content)), ()
    text, notes = decode_mixed(SOURCE, content)
    if text.lstrip()[:1] in ("{", "["):
        return document.from_json(text), notes
    return sheets.from_sheets({"": records(SOURCE, text)}), notes


@dataclass
class Typing:
    """Types the text of the awards of one file, and counts what the standard does not allow or does not make sense."""

    printed_amounts_n: int = 0
    backward_plans_n: int = 0

    def row(self, one: Award) -> tuple[dict[str, object], list[str]]:
        """Return the columns of the contract `Award`, and what in them cannot be read."""
        row: dict[str, object] = {
            SOURCE_ROW: one.row,
            "award_identity": one.identity,
            "row_sha256": one.sha256(),
            "is_to_individual": one.is_to_individual,
            **one.fields,
            **one.recipient_columns(),
        }
        problems = []
        for name in ("amount", "planned_months"):
            if (text := one.fields[name]) is not None:
                number = plain_number(text)
                if number is None:
                    problems.append(f"{name} is not a number")
                else:
                    row[name] = float(number)
                    self.printed_amounts_n += name == "amount" and ("£" in text or "," in text)
        for name in ("award_date", "planned_start_date", "planned_end_date"):
            if (text := one.fields[name]) is not None:
                iso = date_part(text)
                # The standard lets a plan name a year or a month alone: no day is invented for it.
                if iso is None and not (name != "award_date" and YEAR_OR_MONTH.fullmatch(text)):
                    problems.append(f"{name} is not a date in a known shape")
                row[name] = dt.date.fromisoformat(iso) if iso else None
        start, end = row["planned_start_date"], row["planned_end_date"]
        if isinstance(start, dt.date) and isinstance(end, dt.date):
            self.backward_plans_n += end < start
        return row, problems

    def notes(self) -> list[str]:
        """Return sentences on what was counted."""
        printed = "printed with a pound sign or thousands commas; read as a number"
        backward = "planned to end before the start; no duration is read from these dates"
        return [
            *note(self.printed_amounts_n, "amount is", "amounts are", printed),
            *note(self.backward_plans_n, "award is", "awards are", backward),
        ]


def _schema(contract: "type[dy.Schema]") -> dict[str, Any]:
    return {name: column.dtype for name, column in contract.columns().items()}


def _impersonal(one: Award) -> dict[str, object]:
    """Return the fields of an award that cannot name a person, where they have the shape of their field."""
    return {name: text for name, is_plain in IMPERSONAL.items() if (text := one.fields[name]) and is_plain(text)}


def _with_content(intake: Intake, content: Callable[[int, dict[str, Any]], dict[str, Any]]) -> Intake:
    """Return an intake in which a function makes the content of each quarantined row of its number and its content."""
    texts = [
        json.dumps(content(row, json.loads(text)), ensure_ascii=False, sort_keys=True)
        for row, text in intake.quarantined.select(SOURCE_ROW, "content").iter_rows()
    ]
    return replace(intake, quarantined=intake.quarantined.with_columns(pl.Series("content", texts, dtype=pl.String)))


# The same awards may be had by several of these ways; which of them is counted is the measures' decision.
SOURCES = (SOURCE, "threesixtygiving_api", "threesixtygiving_grantnav", "threesixtygiving_covid2020")
PARSERS: dict[str, Parser] = dict.fromkeys(
    SOURCES, several_tables((AWARD, AWARD_LOCATION), parse_awards, standard.FILE)
)
RECIPES = staging_tables(PARSERS)
