"""Funding awards in the 360Giving Data Standard: JSON, CSV and workbooks read into staged awards and their places.

Formats, headings and what makes an award are in `assets.sources.threesixtygiving`. Where an award is placed, what its
recipient is and whether a row repeats another is computed in `sql/core`. No row is ever dropped because another has its
identifier: publishers use one identifier for several payments, and keeping one of each lost up to 63 % of the money in
real files.
"""

import gc
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import polars as pl

from assets.factories.staging import staging_tables
from assets.ingest.parser import Parser, several_tables
from assets.ingest.tabular import is_workbook, read_workbook, utf8_of_mixed
from assets.ingest.validation import SOURCE_ROW, Intake, admit, quarantine, without_orphans
from assets.sources.threesixtygiving import document, sheets, standard
from assets.sources.threesixtygiving.award import GrantReader
from assets.sources.threesixtygiving.frames import CORE, IDENTITY, IS_TO_INDIVIDUAL, SHA256, merge_rows
from assets.sources.threesixtygiving.listed import GrantList, Refused, Tally
from assets.sources.threesixtygiving.standard import SOURCE
from assets.sources.threesixtygiving.typed import PROBLEMS, with_types
from assets.sources.threesixtygiving.values import IDENTIFIER, date_part, plain_number

AWARD, AWARD_LOCATION = "staging.threesixtygiving__award", "staging.threesixtygiving__award_location"
# What is kept of a quarantined row that may be of an individual, where it has the shape of its field: in a row whose
# cells slid to the side any other field may hold the name or the identifier of the person.
IMPERSONAL: Mapping[str, Callable[[str], object]] = {
    "award_id": IDENTIFIER.fullmatch,
    "amount": plain_number,
    "award_date": date_part,
}
# Of how many awards there are objects in memory at a time.
BATCH_ROWS = 2_000
OF_A_PLACE = ("location_number", "role")


def parse_awards(content: bytes, batch_rows: int = BATCH_ROWS) -> dict[str, Intake]:
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
        return _parse(content, batch_rows)


@dataclass
class Read:
    """What is read of a file before contracts judge it: awards with their types, places, and what is refused of both.

    `notes` and counts are those of the `Intake` of the awards; `repeated_places_n` places of merged rows were already
    there. `impersonal` has the texts of awards that cannot name a person, by row, where the file may name people.
    """

    awards: pl.DataFrame
    refused: list[Refused]
    rows_in: int
    rows_merged: int
    notes: tuple[str, ...]
    places: pl.DataFrame
    places_alone: list[Refused]
    repeated_places_n: int
    impersonal: pl.DataFrame | None


def _parse(content: bytes, batch_rows: int) -> dict[str, Intake]:
    from assets.sources.threesixtygiving.contracts import Award as AwardContract
    from assets.sources.threesixtygiving.contracts import AwardLocation

    read = _read(content, batch_rows)
    awards = admit(read.awards, AwardContract, quarantine(read.refused), rows_in=read.rows_in, is_trimmed=True)
    awards = replace(awards, rows_merged=read.rows_merged, notes=read.notes)
    locations = admit(
        read.places,
        AwardLocation,
        quarantine(read.places_alone),
        rows_in=read.places.height + read.repeated_places_n + len(read.places_alone),
        is_trimmed=True,
    )
    locations = replace(without_orphans(locations, awards), rows_merged=read.repeated_places_n)
    if read.impersonal is not None:
        by_row = _impersonal(read.impersonal, awards.quarantined[SOURCE_ROW])
        awards = _with_content(awards, lambda row, content: by_row.get(row, content))
        locations = _with_content(locations, lambda _, content: {name: content[name] for name in OF_A_PLACE})
    return {AWARD: awards, AWARD_LOCATION: locations}


def _read(content: bytes, batch_rows: int) -> Read:
    grants, notes = list_grants(content)
    tally, reading = Tally(), GrantReader()
    awards, places, merged = merge_rows(
        *reading.read(grants.batches(tally, batch_rows, None)),
        lambda rows: reading.whom_and_where(grants.batches(Tally(), batch_rows, rows)),
    )
    alone = _alone(*reading.read(grants.unjoined))
    reading.dates.require_day_first()
    may_name_people = grants.may_name_individuals or awards[IS_TO_INDIVIDUAL].any()
    typed, typing_notes = with_types(awards)
    has_problems = pl.col(PROBLEMS) != ""
    unread = awards.drop(IS_TO_INDIVIDUAL, IDENTITY, SHA256, CORE).with_columns(typed[PROBLEMS]).filter(has_problems)
    return Read(
        typed.filter(~has_problems),
        [*tally.unframed, *((row.pop(SOURCE_ROW), row.pop(PROBLEMS), row) for row in unread.iter_rows(named=True))],
        tally.rows_in,
        merged.rows_n,
        (*notes, *tally.notes, *reading.notes(), *typing_notes),
        places,
        alone,
        merged.repeated_places_n,
        awards.select(SOURCE_ROW, *IMPERSONAL) if may_name_people else None,
    )


@contextmanager
def _without_cycle_search() -> Iterator[None]:
    """Pause Python's search for cycles of objects: reading makes none, and it takes a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def list_grants(content: bytes) -> tuple[GrantList, tuple[str, ...]]:
    """Return what a file lists, by the format that its first bytes tell, and notes on its text.

    Raises `RefusedFile` for anything else.
    """
    if is_workbook(content):
        return sheets.from_workbook(read_workbook(SOURCE, content)), ()
    text, notes = utf8_of_mixed(SOURCE, content)
    read = document.from_json if _first_character(text) in ("{", "[") else sheets.from_csv
    return read(text), notes


def _first_character(content: bytes) -> str:
    """Return the first character of UTF-8 that is not white space, or nothing."""
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="")
    return next((part.lstrip()[0] for part in iter(partial(text.read, 1000), "") if part.strip()), "")


def _alone(awards: pl.DataFrame, places: pl.DataFrame) -> list[Refused]:
    """Return the places of rows that belong to no award."""
    named = places.join(awards.select(SOURCE_ROW, "award_id"), on=SOURCE_ROW, maintain_order="left")
    return [
        (row.pop(SOURCE_ROW), "does not belong to an award of the file", row) for row in named.iter_rows(named=True)
    ]


def _impersonal(texts: pl.DataFrame, rows: pl.Series) -> dict[int, dict[str, object]]:
    """Return the fields of awards that cannot name a person, where they have the shape of their field, by row."""
    return {
        row.pop(SOURCE_ROW): {name: text for name, text in row.items() if text and IMPERSONAL[name](text)}
        for row in texts.filter(pl.col(SOURCE_ROW).is_in(rows.implode())).iter_rows(named=True)
    }


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
