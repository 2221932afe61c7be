"""Makes awards from grants: fields, recipients, places and digests.

Everything that could name an individual is removed here, before anything is stored: an award to a person has neither
title nor recipient, and its digest only shows that it is to a person.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import polars as pl

from assets.ingest.validation import SOURCE_ROW
from assets.sources.threesixtygiving.frames import (
    CORE,
    IDENTITY,
    IS_TO_INDIVIDUAL,
    SHA256,
    award_schema,
    places_frame,
    recipient_columns,
    row_digests,
)
from assets.sources.threesixtygiving.listed import Batch, Once, Value, note, plain
from assets.sources.threesixtygiving.parts import (
    Cells,
    NamedObjects,
    Places,
    cells_reader,
    held,
    layout,
    list_start,
    packed,
    places,
    without_postcodes,
)
from assets.sources.threesixtygiving.recipients import Recipients, recipients
from assets.sources.threesixtygiving.standard import BENEFICIARY, INDIVIDUAL, RECIPIENT, standard
from assets.sources.threesixtygiving.values import SlashDates, clean

FUNDER = "fundingOrganization"
# Fields that may name the person in an award to an individual.
FREE_TEXT = ("title", "description")


@dataclass
class Grants:
    """The grants of a batch by part; `told` is a digest of the personal data of grants to individuals, by position."""

    rows: list[int]
    own: dict[str, Cells]
    administrative: list[Cells]
    held: dict[str, list[NamedObjects]]
    recipients: list[Recipients]
    places: list[Places]
    told: dict[int, bytes] = field(default_factory=dict)


@dataclass
class GrantReader:
    """Reads the grants of one file, with counts for the whole file.

    `trimmed_n` identifiers have blanks around them; `unread_places_n` places have only coordinates; `dates` is the
    evidence on the order of day and month. A file has few funders, programmes and places, so each is read once.
    """

    trimmed_n: int = 0
    unread_places_n: int = 0
    dates: SlashDates = field(default_factory=SlashDates)

    def __post_init__(self) -> None:
        """Prepare the caches of the file."""
        self._own = {item.name: cells_reader(item) for item in standard().own}
        self._administrative = {item.name: cells_reader(item) for item in standard().administrative}
        self._held = {name: Once(partial(held, name)) for name in standard().held}
        fields = {name: layout().parts[name] for name in self._held}
        self._with_dates = [name for name, found in fields.items() if any(is_date for _, _, is_date in found)]
        self._with_id = [name for name, found in fields.items() if any(field == "id" for field, _, _ in found)]
        self._recipients, self._places = Once(recipients), Once(places)
        self._places_of_people = Once[Value, Places](lambda value: without_postcodes(places(value)))
        self._has_text = Once[Value, bool](lambda value: _has_text(plain(value)))
        self._people_n = Counter[bytes]()
        self._people: dict[bytes, int] = {}

    def read(self, batches: Iterable[Batch]) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the awards of grants, and their places, as text.

        The awards have the columns of their staging table, all as text, and `core`: the digest of the award
        without its recipients and places. The places have the columns of theirs.
        """
        awards, located = [pl.DataFrame(schema=award_schema())], [places_frame([])]
        for batch in batches:
            grants = self._grants(batch)
            self._see(grants)
            self._leave_out_people(batch, grants)
            awards.append(_awards(grants, self._cores(grants)))
            located.append(places_frame(zip(grants.rows, grants.recipients, grants.places, strict=True)))
        return pl.concat(awards), pl.concat(located)

    def recipients_and_places(self, batches: Iterable[Batch]) -> dict[int, tuple[Recipients, Places]]:
        """Return the recipients and places of grants by row, without counting."""
        found: dict[int, tuple[Recipients, Places]] = {}
        for batch in batches:
            named = self._recipients.of(batch.columns[RECIPIENT])
            located = self._places.of(batch.columns[BENEFICIARY])
            for index in self._individuals(batch):
                value = batch.columns[BENEFICIARY][index]
                named[index], located[index] = self._recipients[None], self._places_of_people[value]
            found |= dict(zip(batch.rows, zip(named, located, strict=True), strict=True))
        return found

    def notes(self) -> list[str]:
        """Return sentences on values that were read although the standard does not allow them, and on unread places."""
        return [
            *note(self.trimmed_n, "identifier is", "identifiers are", "printed with blanks around; read without them"),
            *note(self.dates.printed_n, "date is", "dates are", "printed with slashes; read with the day first"),
            *note(self.unread_places_n, "place is", "places are", "given only by coordinates, which are not read"),
        ]

    def _grants(self, batch: Batch) -> Grants:
        columns = batch.columns
        return Grants(
            batch.rows,
            {name: read(columns[name]) for name, read in self._own.items()},
            [read(columns[name]) for name, read in self._administrative.items()],
            {name: once.of(columns[name]) for name, once in self._held.items()},
            self._recipients.of(columns[RECIPIENT]),
            self._places.of(columns[BENEFICIARY]),
        )

    def _see(self, grants: Grants) -> None:
        """Count values that the standard does not allow, and record the dates with slashes."""
        self.trimmed_n += sum([one.padded_n for one in grants.own.values()])
        self.trimmed_n += sum([one.padded_n for name in self._with_id for one in grants.held[name]])
        self.trimmed_n += sum([one.padded_n for one in grants.recipients])
        self.unread_places_n += sum([one.unread_n for column in (grants.recipients, grants.places) for one in column])
        held_dates = [[one.slashed for one in grants.held[name]] for name in self._with_dates]
        own, administrative = ([one.slashed for one in cells] for cells in (grants.own.values(), grants.administrative))
        columns = [column for column in (*own, *held_dates, *administrative) if any(column)]
        for row, parts in zip(grants.rows, zip(*columns, strict=True), strict=False):
            for text in (text for slashed in parts for text in slashed):
                self.dates.add(row, text)

    def _leave_out_people(self, batch: Batch, grants: Grants) -> None:
        """Remove everything that may name the person from awards to individuals, and store a digest of it."""
        for index in self._individuals(batch):
            person = [plain(batch.columns[name][index]) for name in INDIVIDUAL]
            own = [grants.own[name] for name in FREE_TEXT]
            free_text = [cells.compared[index] for cells in own if cells.texts[index] is not None]
            named = [one.part.compared for one in grants.recipients[index].each]
            told = ascii([person, free_text, named])
            grants.told[index] = hashlib.sha256(told.encode()).digest()
            for cells in own:
                cells.texts[index], cells.compared[index], cells.packed[index] = None, "", b""
            grants.recipients[index] = self._recipients[None]
            grants.places[index] = self._places_of_people[batch.columns[BENEFICIARY][index]]

    def _individuals(self, batch: Batch) -> list[int]:
        """Return the positions of grants to individuals: those with any text in an object for an individual."""
        columns = [batch.columns[name] for name in INDIVIDUAL]
        described = [self._has_text.of(column) for column in columns if column.count(None) < len(column)]
        return [index for index, said in enumerate(zip(*described, strict=True)) if True in said]

    def _cores(self, grants: Grants) -> list[bytes]:
        """Return the digest of each award without its recipients and places."""
        own = [column.packed for column in grants.own.values() if any(column.packed)]
        objects = [[one.packed for one in column] for column in grants.held.values()]
        # A packed list: names and values of the grant's own fields, and a list for each object.
        starts = [
            list_start(1 + len(objects)) + list_start(2 * (len(own) - lacking)) for lacking in range(len(own) + 1)
        ]
        cores = [
            hashlib.sha256(starts[parts.count(b"")] + b"".join(parts)).digest()
            for parts in zip(*own, *objects, strict=True)
        ]
        for index, told in grants.told.items():
            cores[index] = self._core_to_individual(cores[index], told)
        return cores

    def _core_to_individual(self, core: bytes, told: bytes) -> bytes:
        """Return the digest of an award to a person, from which the person cannot be identified.

        Rows that differ only in the person are different awards. A digest of the name could be found by trying names,
        so the digest has the sequence number of the person among the otherwise equal awards of the file.
        """
        if core + told not in self._people:
            self._people_n[core] += 1
            self._people[core + told] = self._people_n[core]
        return hashlib.sha256(packed([core, "to an individual", self._people[core + told]])).digest()


def _awards(grants: Grants, cores: list[bytes]) -> pl.DataFrame:
    """Return the awards of a batch as text."""
    columns: dict[str, Sequence[object]] = {
        column: [one.texts.get(name) for one in grants.held[parent]] if parent else grants.own[name].texts
        for column, (parent, name) in layout().columns.items()
    }
    identities = [
        f"{funder.identifier} {compared}" if funder.identifier and compared else None
        for funder, compared in zip(grants.held[FUNDER], grants.own["id"].compared, strict=True)
    ]
    return pl.DataFrame(
        {SOURCE_ROW: grants.rows, IS_TO_INDIVIDUAL: [index in grants.told for index in range(len(grants.rows))]}
        | columns
        | recipient_columns(grants.recipients)
        | {IDENTITY: identities, SHA256: row_digests(cores, grants.recipients, grants.places), CORE: cores},
        schema=award_schema(),
    )


def _has_text(value: object) -> bool:
    """Return whether there is any text in a value, at any depth."""
    if isinstance(value, dict):
        return any(map(_has_text, value.values()))
    if isinstance(value, list):
        return any(map(_has_text, value))
    return clean(value) is not None
