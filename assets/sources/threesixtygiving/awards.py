"""Parser of funding awards in the 360Giving Data Standard: JSON, CSV and workbooks to staged awards and places.

The other modules of this package read formats, headings and fields. `sql/core` computes the locality of an award, the
kind of its recipient and whether a row is a repeat. A row is never dropped because another has the same identifier:
publishers use one identifier for several payments, and one row for each would lose up to 63 % of the money in real
files.
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
# The fields that are kept of a quarantined row that may be of an individual, if they have a valid form: in a row with
# shifted cells any other field may have the name or the identifier of the person.
IMPERSONAL: Mapping[str, Callable[[str], object]] = {
    "award_id": IDENTIFIER.fullmatch,
    "amount": plain_number,
    "award_date": date_part,
}
# Number of awards that are in memory as objects at a time.
BATCH_ROWS = 2_000
OF_A_PLACE = ("location_number", "role")


def parse_awards(content: bytes, batch_rows: int = BATCH_ROWS) -> dict[str, Intake]:
    """Return the awards of a 360Giving file (`AWARD`) and their places (`AWARD_LOCATION`).

    Rows that differ only in place or recipient are one award, and `rows_merged` counts them. `source_row` of a place
    is that of its award; `location_number` numbers the places of an award from 1, beneficiary places first. The
    postcode of a single recipient is a column of the award. The places of a quarantined award are quarantined too, as
    are places on a separate sheet without an award.

    The free-text description is left out, because no metric reads it and it may name people; `row_sha256` still
    distinguishes rows that differ only in it. Awards to individuals have neither title nor recipient, nor anything else
    that names the person, whether kept or quarantined.

    `notes` say what was read although the standard does not allow it, and what was not read. Raises `RefusedFile` for a
    file without awards (HTML, an empty or truncated file, a placeholder, no grant, or a required field in no grant),
    and if it is ambiguous whether dates have the day or the month first.
    """
    with _without_garbage_collection():
        return _parse(content, batch_rows)


@dataclass
class Read:
    """The rows of a file before validation: typed awards, places, and refused rows of both.

    `notes` and counts are those of the `Intake` of the awards; `repeated_places_n` places of merged rows are repeats.
    `impersonal` has, if the file may name people, the fields of awards that cannot name a person, by row.
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
    read = _read(content, batch_rows)
    awards = admit(read.awards, AWARD, quarantine(read.refused), rows_in=read.rows_in, is_trimmed=True)
    awards = replace(awards, rows_merged=read.rows_merged, notes=read.notes)
    locations = admit(
        read.places,
        AWARD_LOCATION,
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
        lambda rows: reading.recipients_and_places(grants.batches(Tally(), batch_rows, rows)),
    )
    alone = _places_without_award(*reading.read(grants.unjoined))
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
def _without_garbage_collection() -> Iterator[None]:
    """Pause Python's cyclic garbage collector, which would take a third of the time and find nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def list_grants(content: bytes) -> tuple[GrantList, tuple[str, ...]]:
    """Return the grants of a file, whose format is found from its first bytes, and notes on its text.

    Raises `RefusedFile` for any other file.
    """
    if is_workbook(content):
        return sheets.from_workbook(read_workbook(SOURCE, content)), ()
    text, notes = utf8_of_mixed(SOURCE, content)
    read = document.from_json if _first_character(text) in ("{", "[") else sheets.from_csv
    return read(text), notes


def _first_character(content: bytes) -> str:
    """Return the first character of UTF-8 text that is not white space, or an empty text."""
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="")
    return next((part.lstrip()[0] for part in iter(partial(text.read, 1000), "") if part.strip()), "")


def _places_without_award(awards: pl.DataFrame, places: pl.DataFrame) -> list[Refused]:
    """Return the places of rows that do not belong to an award."""
    named = places.join(awards.select(SOURCE_ROW, "award_id"), on=SOURCE_ROW, maintain_order="left")
    return [
        (row.pop(SOURCE_ROW), "does not belong to an award of the file", row) for row in named.iter_rows(named=True)
    ]


def _impersonal(texts: pl.DataFrame, rows: pl.Series) -> dict[int, dict[str, object]]:
    """Return, by row, the fields of awards that cannot name a person and have a valid form."""
    return {
        row.pop(SOURCE_ROW): {name: text for name, text in row.items() if text and IMPERSONAL[name](text)}
        for row in texts.filter(pl.col(SOURCE_ROW).is_in(rows.implode())).iter_rows(named=True)
    }


def _with_content(intake: Intake, content: Callable[[int, dict[str, Any]], dict[str, Any]]) -> Intake:
    """Return an intake with the content of each quarantined row replaced by a function of row number and content."""
    texts = [
        json.dumps(content(row, json.loads(text)), ensure_ascii=False, sort_keys=True)
        for row, text in intake.quarantined.select(SOURCE_ROW, "content").iter_rows()
    ]
    return replace(intake, quarantined=intake.quarantined.with_columns(pl.Series("content", texts, dtype=pl.String)))


# The same awards may be in several of these sources; `sql/core` decides which row is counted.
SOURCES = (SOURCE, "threesixtygiving_api", "threesixtygiving_grantnav", "threesixtygiving_covid2020")
PARSERS: dict[str, Parser] = dict.fromkeys(
    SOURCES, several_tables((AWARD, AWARD_LOCATION), parse_awards, standard.FILE)
)
RECIPES = staging_tables(PARSERS)
