"""Awards from grants: which fields make one, whom it names, where, and which rows are one award.

What could name an individual is left out here, before anything is kept: of an award to a person there is neither
title nor recipient, and its digest says no more than that it is to a person.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from assets.sources.threesixtygiving.listed import Node, note, objects
from assets.sources.threesixtygiving.standard import INDIVIDUAL, LOCATION, RECIPIENT, Field, standard
from assets.sources.threesixtygiving.values import COMPARABLE, SlashDates, clean, comparable_identifier

BENEFICIARY = "beneficiaryLocation"
FUNDER = "fundingOrganization"
PLACE, COORDINATES = "place", "coordinates"
# Of each field its name, what gives its values in comparable form, and whether it is a date.
Fields = list[tuple[str, Callable[[str], str], bool]]
# What may name a person in an award to one.
FREE_TEXT = ("title", "description")


@dataclass(slots=True)
class Part:
    """An object of a grant as text: `texts` by name of field, and `compared`, by which two are the same.

    `compared` has the name and the value in comparable form of one field after the other, in the order of the standard;
    `slashed` are the dates that are printed with slashes, and `is_padded` says that the identifier has blanks around.
    """

    texts: dict[str, str]
    compared: list[str]
    slashed: list[str]
    is_padded: bool

    def value_of(self, name: str) -> str:
        """Return the value of a field in comparable form."""
        return self.compared[2 * list(self.texts).index(name) + 1]


@dataclass(frozen=True)
class Layout:
    """The fields that are read, by part of a grant, and the staging columns that they fill."""

    parts: dict[str, Fields]
    names: dict[str, tuple[str, ...]]
    held: tuple[str, ...]
    administrative: tuple[str, ...]
    columns: dict[str, tuple[str, str]]
    recipient_columns: dict[str, str]
    place_columns: dict[str, str]


@cache
def _layout() -> Layout:
    known = standard()
    parts = {RECIPIENT: known.recipient, PLACE: known.place, COORDINATES: known.unread}
    for item in known.award:
        parts[item.parent] = (*parts.get(item.parent, ()), item)
    return Layout(
        parts={
            name: [(item.name, COMPARABLE[item.kind], item.kind == "date") for item in fields]
            for name, fields in parts.items()
        },
        names={name: tuple(item.name for item in fields) for name, fields in parts.items()},
        held=tuple(dict.fromkeys(item.parent for item in known.award if item.parent)),
        administrative=tuple(item.name for item in known.administrative),
        columns={item.field: (item.parent, item.name) for item in known.award if item.field},
        recipient_columns=_columns(known.recipient),
        place_columns=_columns(known.place),
    )


def _columns(fields: Iterable[Field]) -> dict[str, str]:
    return {item.field: item.name for item in fields if item.field}


@dataclass(slots=True)
class Recipient:
    """An organisation that an award names as its recipient, and its places."""

    part: Part
    places: list[Part]

    @property
    def is_named(self) -> bool:
        """Whether an identifier or a name says who it is; places alone do not."""
        return "id" in self.part.texts or "name" in self.part.texts

    @property
    def printed(self) -> str:
        """Identifier and name as published."""
        return " ".join(self.part.texts[name] for name in ("id", "name") if name in self.part.texts)

    def is_same(self, other: "Recipient") -> bool:
        """Return whether another is this one, by its identifier or, where one of them has none, by its name."""
        one, two = self.part, other.part
        name = "id" if "id" in one.texts and "id" in two.texts else "name"
        return name in one.texts and name in two.texts and one.value_of(name) == two.value_of(name)

    def with_places(self, places: list[Part]) -> "Recipient":
        """Return the recipient with further places."""
        return Recipient(self.part, _distinct([*self.places, *places]))


@dataclass(slots=True)
class Award:
    """An award as a file publishes it; `row` is the row or item of the file, the first of those that were merged.

    `core` is the digest of what makes the award but its recipients and places; `fields` are the staging columns of
    that part, None where nothing is published. `identity` is funder and identifier in comparable form, None where one
    of them is missing: publishers use each other's prefixes, so an identifier alone says nothing, and spell a funder's
    name in several ways, so the name has no part in it. `repeated_places_n` places of merged rows were already there.
    """

    row: int
    fields: dict[str, str | None]
    core: bytes
    is_to_individual: bool
    recipients: list[Recipient]
    places: list[Part]
    identity: str | None
    repeated_places_n: int = 0

    @property
    def listed_places_n(self) -> int:
        """How many places the file lists for the award and its recipients."""
        return len(self.places) + sum(len(one.places) for one in self.recipients)

    def whom_and_where(self) -> bytes:
        """Return the recipients and places in comparable form, whatever their order."""
        recipients = sorted([one.part.compared, _compared(one.places)] for one in self.recipients)
        return _packed([recipients, _compared(self.places)])

    def sha256(self) -> str:
        """Return the digest of the fields that make the award."""
        return hashlib.sha256(self.core + self.whom_and_where()).hexdigest()

    def recipient_columns(self) -> dict[str, object]:
        """Return the staging columns of the recipients: those of the first that is named, and who the others are."""
        named = [one for one in self.recipients if one.is_named]
        first = next(iter(named or self.recipients), None)
        texts = first.part.texts if first else {}
        return {column: texts.get(name) for column, name in _layout().recipient_columns.items()} | {
            "recipients_n": len(named),
            "further_recipients": "; ".join(one.printed for one in named[1:]) or None,
        }

    def locations(self) -> list[dict[str, object]]:
        """Return the places of the award as columns of the contract `AwardLocation`, those of beneficiaries first."""
        placed = [("beneficiary", place.texts) for place in self.places]
        placed += [("recipient", texts) for texts in self._places_of_recipients()]
        return [
            {"location_number": number, "role": role}
            | {column: texts.get(name) for column, name in _layout().place_columns.items()}
            for number, (role, texts) in enumerate(placed, start=1)
        ]

    def _places_of_recipients(self) -> Iterator[dict[str, str]]:
        """Yield the places that the recipients name, and the postcode of each where there are several.

        The postcode of an only recipient is a column of the award, and so is that of the first: as a place too, it has
        its share beside those of the others. One that names a place by code or postcode has that alone.
        """
        for one in self.recipients:
            yield from (place.texts for place in one.places)
            is_placed = any("geoCode" in place.texts or "postalCode" in place.texts for place in one.places)
            if len(self.recipients) > 1 and not is_placed and "postalCode" in one.part.texts:
                yield {"postalCode": one.part.texts["postalCode"]}


@dataclass
class Reading:
    """Reads the grants of one file, and counts what must be seen of the file as a whole.

    `trimmed_n` identifiers are printed with blanks around them; `unread_places_n` places are given by coordinates
    alone; `dates` is the evidence of the order of day and month.
    """

    trimmed_n: int = 0
    unread_places_n: int = 0
    dates: SlashDates = field(default_factory=SlashDates)
    _parts: dict[tuple[object, ...], Part] = field(default_factory=dict)
    _people: dict[bytes, dict[bytes, int]] = field(default_factory=dict)

    def award(self, row: int, grant: Node) -> Award:
        """Return the award of a grant."""
        layout = _layout()
        own = _part(grant, layout.parts[""])
        held = {name: self._objects(name, grant[name]) if name in grant else [] for name in layout.held}
        recipients = self._recipients(grant)
        places = self._places(grant.get(BENEFICIARY))
        self._see(row, grant, [own, *(part for parts in held.values() for part in parts)], recipients)
        is_to_individual = any(_says_something(grant.get(name)) for name in INDIVIDUAL)
        if not is_to_individual:
            core = _core(own, held)
        else:
            person = [grant.get(name) for name in INDIVIDUAL]
            free_text = [own.value_of(name) for name in FREE_TEXT if name in own.texts]
            told = ascii([person, free_text, [one.part.compared for one in recipients]]).encode()
            own = _part(_without(own.texts, FREE_TEXT), layout.parts[""])
            # Few share a postcode with a person.
            recipients, places = [], self._places([_without(place.texts, ("postalCode",)) for place in places])
            core = self._core_to_individual(_core(own, held), told)
        first = {"": own.texts} | {name: parts[0].texts if parts else {} for name, parts in held.items()}
        fields = {column: first[parent].get(name) for column, (parent, name) in layout.columns.items()}
        funder, identifier = fields["funder_id"], fields["award_id"]
        identity = None
        if funder and identifier:
            identity = f"{comparable_identifier(funder)} {comparable_identifier(identifier)}"
        return Award(row, fields, core, is_to_individual, recipients, places, identity)

    def notes(self) -> list[str]:
        """Return sentences on what was read though the standard does not allow it, and on places not read."""
        return [
            *note(self.trimmed_n, "identifier is", "identifiers are", "printed with blanks around; read without them"),
            *note(self.dates.printed_n, "date is", "dates are", "printed with slashes; read with the day first"),
            *note(self.unread_places_n, "place is", "places are", "given by coordinates alone, which are not read"),
        ]

    def _core_to_individual(self, core: bytes, told: bytes) -> bytes:
        """Return the digest of an award to a person, from which nothing that names the person can be found.

        Rows that differ in the person alone are not one award. A digest of the name could be found by trying names, so
        it has the number that what is told has, in the order of the file, among the awards that are otherwise the same.
        """
        people = self._people.setdefault(core, {})
        number = people.setdefault(hashlib.sha256(told).digest(), len(people) + 1)
        return _digest([core, "to an individual", number])

    def _recipients(self, grant: Node) -> list[Recipient]:
        found = [
            Recipient(self._read(RECIPIENT, item), self._places(item.get(LOCATION)))
            for item in objects(grant.get(RECIPIENT))
        ]
        found = [one for one in found if one.part.texts or one.places]
        return _once_each(found) if len(found) > 1 else found

    def _places(self, value: object) -> list[Part]:
        found = []
        for item in objects(value):
            part = self._read(PLACE, item)
            if part.texts:
                found.append(part)
            elif self._read(COORDINATES, item).texts:
                self.unread_places_n += 1
        return found

    def _objects(self, name: str, value: object) -> list[Part]:
        return [part for item in objects(value) if (part := self._read(name, item)).texts]

    def _read(self, name: str, node: Node) -> Part:
        """Return an object of a grant; a file has few funders, programmes and places, so each is read once."""
        fields = _layout().parts[name]
        key = name, *map(node.get, _layout().names[name])
        try:
            return self._parts[key]
        except KeyError:
            return self._parts.setdefault(key, _part(node, fields))
        except TypeError:  # a list or an object in place of text
            return _part(node, fields)

    def _see(self, row: int, grant: Node, parts: list[Part], recipients: list[Recipient]) -> None:
        """Count what the standard does not allow, and note the dates with slashes."""
        self.trimmed_n += sum(part.is_padded for part in parts) + sum(one.part.is_padded for one in recipients)
        for part in parts:
            for text in part.slashed:
                self.dates.add(row, text)
        for name in _layout().administrative:
            if (printed := clean(grant.get(name))) and "/" in printed:
                self.dates.add(row, printed)


def merge_rows(awards: list[Award]) -> list[Award]:
    """Return the awards of a file, those printed over several rows as one.

    Rows of one identity that agree in all that makes an award but place or recipient are one award, which has the
    places and recipients of them all. Rows that agree in these too are left: they are repeats, and are marked as such
    by their equal digests. Rows that differ in anything else are payments of their own, which share an identifier.
    """
    together: dict[tuple[str, bytes], list[Award]] = defaultdict(list)
    for award in awards:
        if award.identity:
            together[award.identity, award.core].append(award)
    merged: set[int] = set()
    for rows in together.values():
        if len(rows) > 1 and len({award.whom_and_where() for award in rows}) > 1:
            first = rows[0]
            listed_n = sum(award.listed_places_n for award in rows)
            first.recipients = _once_each([one for award in rows for one in award.recipients])
            first.places = _distinct([place for award in rows for place in award.places])
            first.repeated_places_n = listed_n - first.listed_places_n
            merged.update(award.row for award in rows[1:])
    return [award for award in awards if award.row not in merged]


def _once_each(recipients: list[Recipient]) -> list[Recipient]:
    """Return recipients with those that are the same as one, as first described."""
    found: list[Recipient] = []
    for one in recipients:
        same = next((number for number, other in enumerate(found) if other.is_same(one)), None)
        if same is None:
            found.append(one)
        else:
            found[same] = found[same].with_places(one.places)
    return found


def _distinct(places: list[Part]) -> list[Part]:
    found: dict[tuple[str, ...], Part] = {}
    for place in places:
        found.setdefault(tuple(place.compared), place)
    return list(found.values())


def _part(node: Node | dict[str, str], fields: Fields) -> Part:
    texts: dict[str, str] = {}
    compared: list[str] = []
    slashed: list[str] = []
    for name, comparable, is_date in fields:
        if (text := clean(node.get(name))) is not None:
            texts[name] = text
            compared += name, comparable(text)
            if is_date and "/" in text:
                slashed.append(text)
    identifier = node.get("id") if "id" in texts else None
    return Part(texts, compared, slashed, isinstance(identifier, str) and identifier.strip() != identifier)


def _core(own: Part, held: dict[str, list[Part]]) -> bytes:
    return _digest([own.compared, *map(_compared, held.values())])


def _compared(parts: list[Part]) -> list[list[str]]:
    """Return parts in comparable form, whatever their order."""
    compared = [part.compared for part in parts]
    return sorted(compared) if len(compared) > 1 else compared


def _without(texts: dict[str, str], names: Iterable[str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if name not in names}


def _says_something(value: object) -> bool:
    """Return whether there is any text in a value, however deep."""
    if isinstance(value, dict):
        return any(map(_says_something, value.values()))
    if isinstance(value, list):
        return any(map(_says_something, value))
    return clean(value) is not None


def _packed(value: object) -> bytes:
    """Return lists of text as bytes, the same for the same lists (MessagePack)."""
    import msgpack  # not needed to define the assets

    packed: bytes = msgpack.packb(value)
    return packed


def _digest(value: object) -> bytes:
    return hashlib.sha256(_packed(value)).digest()
