"""Recipients of a grant: merges the same ones, and makes their columns and places of an award."""

import msgspec

from assets.sources.threesixtygiving.listed import Value, objects, plain
from assets.sources.threesixtygiving.parts import (
    GrantObject,
    compared_parts,
    distinct,
    layout,
    packed,
    place_rows,
    read_part,
    read_places,
)
from assets.sources.threesixtygiving.standard import LOCATION, RECIPIENT


class Recipient(msgspec.Struct, frozen=True, gc=False):
    """A recipient organisation of an award, and its places."""

    part: GrantObject
    places: list[GrantObject]

    @property
    def is_named(self) -> bool:
        """Whether it has an identifier or a name."""
        return "id" in self.part.texts or "name" in self.part.texts

    @property
    def printed(self) -> str:
        """Identifier and name as published."""
        return " ".join(self.part.texts[name] for name in ("id", "name") if name in self.part.texts)

    def is_same(self, other: "Recipient") -> bool:
        """Return whether another is the same, by identifier or, if one of them has none, by name."""
        one, two = self.part, other.part
        name = "id" if "id" in one.texts and "id" in two.texts else "name"
        return name in one.texts and name in two.texts and one.value_of(name) == two.value_of(name)

    def with_places(self, places: list[GrantObject]) -> "Recipient":
        """Return the recipient with further places."""
        return Recipient(self.part, distinct([*self.places, *places]))


class Recipients(msgspec.Struct, frozen=True, gc=False):
    """The recipients of a grant, packed in comparable form, as staging columns, and their places as rows.

    The columns are those of the first named recipient, the number of named ones, and the other ones. `padded_n`
    identifiers have blanks around them, and `unread_n` places have only coordinates.
    """

    each: list[Recipient]
    packed: bytes
    columns: tuple[str | int | None, ...]
    rows: tuple[tuple[str | None, ...], ...]
    padded_n: int
    unread_n: int


def recipients(value: Value) -> Recipients:
    """Return the recipients of a grant, each once."""
    found, unread_n = [], 0
    for item in objects(plain(value)):
        located, coordinates_n = read_places(item[LOCATION]) if LOCATION in item else ([], 0)
        unread_n += coordinates_n
        one = Recipient(read_part(RECIPIENT, item), located)
        if one.part.texts or one.places:
            found.append(one)
    return all_recipients(once_each(found) if len(found) > 1 else found, unread_n)


def all_recipients(each: list[Recipient], unread_n: int = 0) -> Recipients:
    """Return recipients as those of one award."""
    named = [one for one in each if one.is_named]
    texts = (named or each)[0].part.texts if each else {}
    columns = [texts.get(name) for name in layout().recipient_columns.values()]
    compared = [[one.part.compared, compared_parts(one.places)] for one in each]
    is_alone = len(each) == 1
    return Recipients(
        each,
        packed(compared if is_alone else sorted(compared)),
        (*columns, len(named), None if is_alone else "; ".join([one.printed for one in named[1:]]) or None),
        () if is_alone and not each[0].places else place_rows("recipient", _places_of_recipients(each)),
        each[0].part.is_padded if is_alone else sum([one.part.is_padded for one in each]),
        unread_n,
    )


def once_each(each: list[Recipient]) -> list[Recipient]:
    """Return recipients with the same ones merged, as first described."""
    found: list[Recipient] = []
    for one in each:
        same = next((number for number, other in enumerate(found) if other.is_same(one)), None)
        if same is None:
            found.append(one)
        else:
            found[same] = found[same].with_places(one.places)
    return found


def _places_of_recipients(each: list[Recipient]) -> list[dict[str, str]]:
    """Return the places of recipients and, if there are several recipients, the postcode of each.

    The postcode of the first recipient is a column of the award. If there are several, it is a place too, so that each
    recipient has its share. A recipient with a place by code or postcode has only that place.
    """
    found: list[dict[str, str]] = []
    for one in each:
        texts = [place.texts for place in one.places]
        found += texts
        if len(each) == 1 or "postalCode" not in one.part.texts:
            continue
        if not any("geoCode" in place or "postalCode" in place for place in texts):
            found.append({"postalCode": one.part.texts["postalCode"]})
    return found
