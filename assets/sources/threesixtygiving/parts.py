"""The parts of a grant as text and in the form in which two compare: its fields, objects, recipients and places."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import msgspec

from assets.sources.threesixtygiving.listed import Value, objects, plain
from assets.sources.threesixtygiving.standard import LOCATION, RECIPIENT, Field, standard
from assets.sources.threesixtygiving.values import COMPARABLE, clean

PACKER = msgspec.msgpack.Encoder()
PLACE, COORDINATES = "place", "coordinates"
# Of each field its name, what gives its values in comparable form, and whether it is a date.
Fields = list[tuple[str, Callable[[str], str], bool]]


class Cell(msgspec.Struct, frozen=True, gc=False):
    """A field of a grant itself as text, in comparable form, and that with its name packed; all empty without a value.

    `slashed` is a date that is printed with slashes, and `is_padded` says that an identifier has blanks around.
    """

    text: str | None
    compared: str
    packed: bytes
    slashed: tuple[str, ...]
    is_padded: bool


NO_CELL = Cell(None, "", b"", (), False)


class Part(msgspec.Struct, frozen=True, gc=False):
    """An object of a grant as text: `texts` by name of field, and `compared`, by which two are the same.

    `compared` has the name and the value in comparable form of one field after the other, in the order of the standard;
    `slashed` are the dates that are printed with slashes, and `is_padded` says that the identifier has blanks around.
    """

    texts: dict[str, str]
    compared: list[str]
    slashed: tuple[str, ...]
    is_padded: bool

    def value_of(self, name: str) -> str:
        """Return the value of a field in comparable form."""
        return self.compared[2 * list(self.texts).index(name) + 1]


class Held(msgspec.Struct, frozen=True, gc=False):
    """Objects of one name that a grant holds: the texts of the first, `identifier` its identifier in comparable form.

    `packed` are all of them in comparable form; `padded_n` identifiers have blanks around.
    """

    texts: dict[str, str]
    identifier: str | None
    packed: bytes
    slashed: tuple[str, ...]
    padded_n: int


NOTHING_HELD = Held({}, None, PACKER.encode([]), (), 0)


class Places(msgspec.Struct, frozen=True, gc=False):
    """The places that a grant names as those of beneficiaries, packed in comparable form and as rows.

    A row has the role of the place and its columns. `unread_n` places are given by coordinates alone.
    """

    parts: list[Part]
    packed: bytes
    rows: tuple[tuple[str | None, ...], ...]
    unread_n: int


class Recipient(msgspec.Struct, frozen=True, gc=False):
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
        return Recipient(self.part, distinct([*self.places, *places]))


class Recipients(msgspec.Struct, frozen=True, gc=False):
    """The recipients of a grant, packed in comparable form, as staging columns, and their places as rows.

    The columns are those of the first recipient that is named, how many are, and who the others are. `padded_n`
    identifiers have blanks around, and `unread_n` places are given by coordinates alone.
    """

    each: list[Recipient]
    packed: bytes
    columns: tuple[str | int | None, ...]
    rows: tuple[tuple[str | None, ...], ...]
    padded_n: int
    unread_n: int


@dataclass(frozen=True)
class Layout:
    """The fields that are read, by part of a grant, and the staging columns that they fill."""

    parts: dict[str, Fields]
    columns: dict[str, tuple[str, str]]
    recipient_columns: dict[str, str]
    place_columns: dict[str, str]


@cache
def layout() -> Layout:
    """Return the fields that are read and the columns that they fill."""
    known = standard()
    parts: dict[str, tuple[Field, ...]] = {RECIPIENT: known.recipient, PLACE: known.place, COORDINATES: known.unread}
    parts |= {name: tuple(item for item in known.award if item.parent == name) for name in known.held}
    return Layout(
        parts={
            name: [(item.name, COMPARABLE[item.kind], item.kind == "date") for item in fields]
            for name, fields in parts.items()
        },
        columns={item.field: (item.parent, item.name) for item in known.award if item.field},
        recipient_columns=_columns(known.recipient),
        place_columns=_columns(known.place),
    )


def _columns(fields: Iterable[Field]) -> dict[str, str]:
    return {item.field: item.name for item in fields if item.field}


def cell_reader(item: Field) -> Callable[[Value], Cell]:
    """Return a function that reads a field of a grant itself."""
    name, comparable, is_date = packed(item.name), COMPARABLE[item.kind], item.kind == "date"
    is_identifier = item.kind == "identifier"

    def read(value: Value) -> Cell:
        published = plain(value)
        text = clean(published)
        if text is None:
            return NO_CELL
        compared = comparable(text)
        slashed = (text,) if is_date and "/" in text else ()
        return Cell(text, compared, name + packed(compared), slashed, is_identifier and _is_padded(published))

    return read


def held(name: str, value: Value) -> Held:
    """Return the objects of one name that a grant holds."""
    parts = [part for item in objects(plain(value)) if (part := _part(name, item)).texts]
    if not parts:
        return NOTHING_HELD
    first = parts[0]
    return Held(
        first.texts,
        first.value_of("id") if "id" in first.texts else None,
        packed(_compared(parts)),
        tuple([text for part in parts for text in part.slashed]),
        sum([part.is_padded for part in parts]),
    )


def places(value: Value) -> Places:
    """Return the places of beneficiaries that a grant names."""
    return beneficiary_places(*_places(plain(value)))


def beneficiary_places(parts: list[Part], unread_n: int = 0) -> Places:
    """Return places as those of beneficiaries."""
    return Places(parts, packed(_compared(parts)), _rows("beneficiary", [part.texts for part in parts]), unread_n)


def without_postcodes(one: Places) -> Places:
    """Return places as an award to a person has them: few share a postcode with a person."""
    return beneficiary_places(*_places([{name: part.texts[name] for name in part.texts if name != "postalCode"} for part in one.parts]))


def recipients(value: Value) -> Recipients:
    """Return the recipients of a grant, each once."""
    found, unread_n = [], 0
    for item in objects(plain(value)):
        located, coordinates_n = _places(item.get(LOCATION))
        unread_n += coordinates_n
        one = Recipient(_part(RECIPIENT, item), located)
        if one.part.texts or one.places:
            found.append(one)
    return all_recipients(once_each(found) if len(found) > 1 else found, unread_n)


def all_recipients(each: list[Recipient], unread_n: int = 0) -> Recipients:
    """Return recipients as those of one award."""
    named = [one for one in each if one.is_named]
    texts = (named or each)[0].part.texts if each else {}
    columns = [texts.get(name) for name in layout().recipient_columns.values()]
    compared = [[one.part.compared, _compared(one.places)] for one in each]
    return Recipients(
        each,
        packed(sorted(compared) if len(compared) > 1 else compared),
        (*columns, len(named), "; ".join([one.printed for one in named[1:]]) or None),
        _rows("recipient", _places_of_recipients(each)),
        sum([one.part.is_padded for one in each]),
        unread_n,
    )


def once_each(each: list[Recipient]) -> list[Recipient]:
    """Return recipients with those that are the same as one, as first described."""
    found: list[Recipient] = []
    for one in each:
        same = next((number for number, other in enumerate(found) if other.is_same(one)), None)
        if same is None:
            found.append(one)
        else:
            found[same] = found[same].with_places(one.places)
    return found


def distinct(parts: list[Part]) -> list[Part]:
    """Return places, those that are the same once."""
    found: dict[tuple[str, ...], Part] = {}
    for part in parts:
        found.setdefault(tuple(part.compared), part)
    return list(found.values())


def packed(value: object) -> bytes:
    """Return lists of text as bytes, the same for the same lists (MessagePack)."""
    return PACKER.encode(value)


@cache
def list_start(length: int) -> bytes:
    """Return what a packed list of some length begins with, before its items."""
    return packed([None] * length).removesuffix(packed(None) * length)


def _places_of_recipients(each: list[Recipient]) -> list[dict[str, str]]:
    """Return the places that recipients name, and the postcode of each where there are several.

    The postcode of an only recipient is a column of the award, and so is that of the first: as a place too, it has
    its share beside those of the others. One that names a place by code or postcode has that alone.
    """
    found = []
    for one in each:
        texts = [place.texts for place in one.places]
        found += texts
        if len(each) == 1 or "postalCode" not in one.part.texts:
            continue
        if not any("geoCode" in place or "postalCode" in place for place in texts):
            found.append({"postalCode": one.part.texts["postalCode"]})
    return found


def _rows(role: str, located: list[dict[str, str]]) -> tuple[tuple[str | None, ...], ...]:
    if not located:
        return ()
    names = layout().place_columns.values()
    return tuple([(role, *[texts.get(name) for name in names]) for texts in located])


def _places(value: object) -> tuple[list[Part], int]:
    """Return the places of a value, and how many more are given by coordinates alone."""
    found, unread_n = [], 0
    for item in objects(value):
        part = _part(PLACE, item)
        if part.texts:
            found.append(part)
        elif _part(COORDINATES, item).texts:
            unread_n += 1
    return found, unread_n


def _part(name: str, node: Mapping[str, object]) -> Part:
    texts: dict[str, str] = {}
    compared: list[str] = []
    slashed: list[str] = []
    for field, comparable, is_date in layout().parts[name]:
        if (value := node.get(field)) is not None and (text := clean(value)) is not None:
            texts[field] = text
            compared += field, comparable(text)
            if is_date and "/" in text:
                slashed.append(text)
    return Part(texts, compared, tuple(slashed), "id" in texts and _is_padded(node["id"]))


def _is_padded(value: object) -> bool:
    return isinstance(value, str) and value.strip() != value


def _compared(parts: list[Part]) -> list[list[str]]:
    """Return parts in comparable form, whatever their order."""
    compared = [part.compared for part in parts]
    return sorted(compared) if len(compared) > 1 else compared
