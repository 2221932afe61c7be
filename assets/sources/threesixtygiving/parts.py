"""Parts of a grant (fields, objects and places) as text and in comparable form."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import msgspec

from assets.sources.threesixtygiving.listed import Once, Value, objects, plain
from assets.sources.threesixtygiving.standard import RECIPIENT, AwardField, standard
from assets.sources.threesixtygiving.values import COMPARABLE, clean

PACKER = msgspec.msgpack.Encoder()
PLACE, COORDINATES = "place", "coordinates"
# For each field: its name, a function to the comparable form, and whether it is a date.
Fields = list[tuple[str, Callable[[str], str], bool]]


@dataclass
class Cells:
    """The values of a field for a batch, by position, as in `FieldValue`; `padded_n` have blanks around them."""

    texts: list[str | None]
    compared: list[str]
    packed: list[bytes]
    slashed: list[tuple[str, ...]]
    padded_n: int = 0


class FieldValue(msgspec.Struct, frozen=True, gc=False):
    """The value of a field of a grant: text, comparable form, and name with comparable form packed; empty if missing.

    `slashed` is a date printed with slashes, and `is_padded` is whether an identifier has blanks around it.
    """

    text: str | None
    compared: str
    packed: bytes
    slashed: tuple[str, ...]
    is_padded: bool


NO_CELL = FieldValue(None, "", b"", (), False)


class GrantObject(msgspec.Struct, frozen=True, gc=False):
    """An object of a grant: `texts` by field name, and `compared`, which is equal for the same objects.

    `compared` has the name and the comparable value of each field, in the order of the standard; `slashed` are the
    dates printed with slashes, and `is_padded` is whether the identifier has blanks around it.
    """

    texts: dict[str, str]
    compared: list[str]
    slashed: tuple[str, ...]
    is_padded: bool

    def value_of(self, name: str) -> str:
        """Return the value of a field in comparable form."""
        return self.compared[2 * list(self.texts).index(name) + 1]


class NamedObjects(msgspec.Struct, frozen=True, gc=False):
    """Objects of one name in a grant: the texts of the first, and its identifier in comparable form.

    `packed` has all of them in comparable form; `padded_n` identifiers have blanks around them.
    """

    texts: dict[str, str]
    identifier: str | None
    packed: bytes
    slashed: tuple[str, ...]
    padded_n: int


NOTHING_HELD = NamedObjects({}, None, PACKER.encode([]), (), 0)


class Places(msgspec.Struct, frozen=True, gc=False):
    """The beneficiary places of a grant, packed in comparable form and as rows.

    A row has the role of the place and its columns. `unread_n` places have only coordinates.
    """

    parts: list[GrantObject]
    packed: bytes
    rows: tuple[tuple[str | None, ...], ...]
    unread_n: int


@dataclass(frozen=True)
class Layout:
    """The fields that are read, by part of a grant, and their staging columns."""

    parts: dict[str, Fields]
    columns: dict[str, tuple[str, str]]
    recipient_columns: dict[str, str]
    place_columns: dict[str, str]


@cache
def layout() -> Layout:
    """Return the fields that are read and their staging columns."""
    known = standard()
    parts: dict[str, tuple[AwardField, ...]] = {
        RECIPIENT: known.recipient,
        PLACE: known.place,
        COORDINATES: known.unread,
    }
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


def _columns(fields: Iterable[AwardField]) -> dict[str, str]:
    return {item.field: item.name for item in fields if item.field}


def cell_reader(item: AwardField) -> Callable[[Value], FieldValue]:
    """Return a function that reads a field of a grant."""
    name, comparable, is_date = packed(item.name), COMPARABLE[item.kind], item.kind == "date"
    is_identifier = item.kind == "identifier"

    def read(value: Value) -> FieldValue:
        published = plain(value)
        text = clean(published)
        if text is None:
            return NO_CELL
        compared = comparable(text)
        slashed = (text,) if is_date and "/" in text else ()
        return FieldValue(text, compared, name + packed(compared), slashed, is_identifier and _is_padded(published))

    return read


def cells_reader(item: AwardField) -> Callable[[list[Value]], Cells]:
    """Return a function that reads a field of the grants of a batch.

    Each distinct value is read once, except text and identifiers, which rarely repeat.
    """
    return _cells_reader(item) if item.kind in ("text", "identifier") else _repeated_cells_reader(item)


def _cells_reader(item: AwardField) -> Callable[[list[Value]], Cells]:
    name, comparable = packed(item.name), COMPARABLE[item.kind]
    is_identifier = item.kind == "identifier"

    def read(values: list[Value]) -> Cells:
        texts = [clean(value) if isinstance(value, str) else clean(plain(value)) for value in values]
        if None in texts:
            compared = ["" if text is None else comparable(text) for text in texts]
            together = [b"" if text is None else name + packed(one) for text, one in zip(texts, compared, strict=True)]
        else:
            compared = list(map(comparable, texts))  # type: ignore[arg-type]
            together = [name + one for one in map(packed, compared)]
        # A text without blanks around it is the same object as the published one.
        padded = [
            value
            for value, text in zip(values, texts, strict=True)
            if value is not text and text is not None and _is_padded(value)
        ]
        return Cells(texts, compared, together, [], len(padded) if is_identifier else 0)

    return read


def _repeated_cells_reader(item: AwardField) -> Callable[[list[Value]], Cells]:
    once = Once(cell_reader(item))

    def read(values: list[Value]) -> Cells:
        if values.count(None) == len(values):
            return Cells([None] * len(values), [""] * len(values), [b""] * len(values), [])
        cells = once.of(values)
        slashed = [cell.slashed for cell in cells] if item.kind == "date" else []
        texts, compared = [cell.text for cell in cells], [cell.compared for cell in cells]
        return Cells(texts, compared, [cell.packed for cell in cells], slashed)

    return read


def held(name: str, value: Value) -> NamedObjects:
    """Return the objects of one name in a grant."""
    parts = [part for item in objects(plain(value)) if (part := read_part(name, item)).texts]
    if not parts:
        return NOTHING_HELD
    first = parts[0]
    return NamedObjects(
        first.texts,
        first.value_of("id") if "id" in first.texts else None,
        packed(compared_parts(parts)),
        tuple([text for part in parts for text in part.slashed]),
        sum([part.is_padded for part in parts]),
    )


def places(value: Value) -> Places:
    """Return the beneficiary places of a grant."""
    return beneficiary_places(*read_places(plain(value)))


def beneficiary_places(parts: list[GrantObject], unread_n: int = 0) -> Places:
    """Return places as beneficiary places."""
    return Places(
        parts, packed(compared_parts(parts)), place_rows("beneficiary", [part.texts for part in parts]), unread_n
    )


def without_postcodes(one: Places) -> Places:
    """Return places without postcodes, for an award to a person, since a postcode may identify a person."""
    texts = [{name: text for name, text in part.texts.items() if name != "postalCode"} for part in one.parts]
    return beneficiary_places(*read_places(texts))


def distinct(parts: list[GrantObject]) -> list[GrantObject]:
    """Return distinct places."""
    found: dict[tuple[str, ...], GrantObject] = {}
    for part in parts:
        found.setdefault(tuple(part.compared), part)
    return list(found.values())


def packed(value: object) -> bytes:
    """Return lists of text as bytes, the same for the same lists (MessagePack)."""
    return PACKER.encode(value)


@cache
def list_start(length: int) -> bytes:
    """Return the header of a packed list of some length."""
    return packed([None] * length).removesuffix(packed(None) * length)


def place_rows(role: str, located: list[dict[str, str]]) -> tuple[tuple[str | None, ...], ...]:
    """Return places as rows: the role of each and its columns."""
    if not located:
        return ()
    names = layout().place_columns.values()
    return tuple([(role, *[texts.get(name) for name in names]) for texts in located])


def read_places(value: object) -> tuple[list[GrantObject], int]:
    """Return the places of a value, and the number of further places with only coordinates."""
    found, unread_n = [], 0
    for item in objects(value):
        part = read_part(PLACE, item)
        if part.texts:
            found.append(part)
        elif read_part(COORDINATES, item).texts:
            unread_n += 1
    return found, unread_n


def read_part(name: str, node: Mapping[str, object]) -> GrantObject:
    """Return an object of a grant."""
    texts: dict[str, str] = {}
    compared: list[str] = []
    slashed: list[str] = []
    for field, comparable, is_date in _fields_of(name, tuple(node)):
        if (text := clean(node[field])) is not None:
            texts[field] = text
            compared += field, comparable(text)
            if is_date and "/" in text:
                slashed.append(text)
    return GrantObject(texts, compared, tuple(slashed), "id" in texts and _is_padded(node["id"]))


@lru_cache(maxsize=10_000)
def _fields_of(name: str, keys: tuple[str, ...]) -> Fields:
    """Return the fields of an object with some keys; cached, since a file has few sets of keys."""
    return [field for field in layout().parts[name] if field[0] in keys]


def _is_padded(value: object) -> bool:
    return isinstance(value, str) and value.strip() != value


def compared_parts(parts: list[GrantObject]) -> list[list[str]]:
    """Return parts in comparable form, independent of their order."""
    compared = [part.compared for part in parts]
    return sorted(compared) if len(compared) > 1 else compared
