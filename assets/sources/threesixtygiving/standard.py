"""The fields of an award, with their paths in a JSON grant and their headings in a sheet (`award_headings.yaml`)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import product

import yaml

from assets.ingest.tabular import tidy
from warehouse.catalogue import ROOT

SOURCE = "threesixtygiving"
FILE = ROOT / "award_headings.yaml"
INDIVIDUAL = ("recipientIndividual", "toIndividualsDetails")
RECIPIENT, BENEFICIARY, LOCATION = "recipientOrganization", "beneficiaryLocation", "location"


@dataclass(frozen=True)
class AwardField:
    """A field of the standard: its path in a grant, its headings, the kind of its values, and its staging column."""

    path: str
    titles: tuple[str, ...]
    also: tuple[str, ...] = ()
    kind: str = "text"
    field: str | None = None
    required: bool = False

    @property
    def parent(self) -> str:
        """The path of the object with the field; empty for a field of the grant itself."""
        return self.path.rpartition(":")[0]

    @property
    def name(self) -> str:
        """The name of the field in its object."""
        return self.path.rpartition(":")[2]


@dataclass(frozen=True)
class Standard:
    """The fields of an award, from `award_headings.yaml`.

    The path of a `place` or `unread` field is within a location; `locations` gives the role of each path of locations.
    """

    objects: dict[str, tuple[str, ...]]
    award: tuple[AwardField, ...]
    recipient: tuple[AwardField, ...]
    individual: tuple[AwardField, ...]
    administrative: tuple[AwardField, ...]
    place: tuple[AwardField, ...]
    unread: tuple[AwardField, ...]
    locations: dict[str, str]

    @cached_property
    def own(self) -> tuple[AwardField, ...]:
        """The fields of an award itself, not of its objects."""
        return tuple(field for field in self.award if not field.parent)

    @cached_property
    def held(self) -> tuple[str, ...]:
        """The objects of a grant that are part of an award, other than recipients and places."""
        return tuple(dict.fromkeys(field.parent for field in self.award if field.parent))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all that is read of a grant: its own fields and its objects."""
        fields = (field.name for field in (*self.own, *self.administrative))
        return (*fields, *self.held, RECIPIENT, BENEFICIARY, *INDIVIDUAL)

    @property
    def required(self) -> tuple[AwardField, ...]:
        """The fields that an award file must have."""
        return tuple(field for field in self.award if field.required)

    @cached_property
    def required_paths(self) -> frozenset[str]:
        """The paths of the fields that an award file must have."""
        return frozenset(field.path for field in self.required)

    @cached_property
    def required_own(self) -> frozenset[str]:
        """The paths of the required fields of the award itself, not of its objects."""
        return frozenset(field.path for field in self.required if not field.parent)

    def heading(self, field: AwardField) -> str:
        """Return the heading that a field has in the standard."""
        return ":".join([*(self.objects[field.parent][:1] if field.parent else ()), field.titles[0]])

    def expected(self) -> str:
        """Return the required fields as text for a message."""
        names = ", ".join(self.heading(field) for field in self.required)
        return f"awards in the 360Giving Data Standard with {names}"

    def fields(self) -> Iterable[AwardField]:
        """Return every field that a sheet may have; those of places once for each object with places."""
        yield from (*self.award, *self.recipient, *self.individual, *self.administrative)
        for path, field in product(self.locations, (*self.place, *self.unread)):
            yield AwardField(f"{path}:{field.path}", field.titles)


@cache
def standard() -> Standard:
    """Return the fields of the standard that are read."""
    content = yaml.safe_load(FILE.read_text("utf-8"))

    def read(part: str) -> tuple[AwardField, ...]:
        return tuple(
            AwardField(**item | {"titles": tuple(item["titles"]), "also": tuple(item.get("also", ()))})
            for item in content[part]
        )

    return Standard(
        objects={path: tuple(titles) for path, titles in content["objects"].items()},
        award=read("award"),
        recipient=read("recipient"),
        individual=read("individual"),
        administrative=read("administrative"),
        place=read("location_field"),
        unread=read("location_unread"),
        locations={item["path"]: item["role"] for item in content["location"]},
    )


@dataclass(frozen=True)
class HeadingTarget:
    """The target of a heading: the path of a field, the number of each object on the path, and the heading's rank.

    If several headings are for one field, the one with the lowest rank is read.
    """

    path: tuple[str, ...]
    numbers: tuple[int, ...]
    rank: int


def place_of(heading: str) -> HeadingTarget | None:
    """Return the target of a heading, or None for a column that is not read.

    Any field of an object for an individual marks the award as one to a person.
    """
    rolled, numbers = _rolled_up(heading)
    if rolled.startswith("#"):
        return None
    path, rank = _known_headings().get(rolled, ("", 0))
    if not path:
        owner = _individual_titles().get(rolled.partition(":")[0])
        if owner is None or ":" not in rolled:
            return None
        path = f"{owner}:{rolled.partition(':')[2]}"
    parts = tuple(path.split(":"))
    # The last number is that of the field itself; the one before is that of its object.
    objects = len(parts) - 1
    given = numbers[:-1][-objects:] if objects else ()
    return HeadingTarget(parts, (0,) * (objects - len(given)) + given, rank)


@cache
def object_titles() -> frozenset[str]:
    """Return the tidied titles and paths of the objects that a separate sheet may have."""
    return frozenset(_rolled_up(title)[0] for path, titles in standard().objects.items() for title in (path, *titles))


@cache
def _known_headings() -> dict[str, tuple[str, int]]:
    """Return (path, rank) of each heading that is read, by heading without numbers."""
    known: dict[str, tuple[str, int]] = {}
    for field in standard().fields():
        owners = [f"{title}:" for title in (*standard().objects[field.parent], field.parent)] if field.parent else [""]
        spellings = [*map("".join, product(owners, (*field.titles, field.name))), *field.also]
        for rank, spelling in enumerate(spellings):
            known.setdefault(_rolled_up(spelling)[0], (field.path, rank))
    return known


@cache
def _individual_titles() -> dict[str, str]:
    return {tidy(title): path for path in INDIVIDUAL for title in (path, *standard().objects[path])}


@lru_cache(maxsize=10_000)
def _rolled_up(heading: str) -> tuple[str, tuple[int, ...]]:
    """Return a heading without its numbers, and the number of each part: `Recipient Org:1:Name` gives (1, 0)."""
    parts: list[str] = []
    numbers: list[int] = []
    for part in (part.strip() for part in re.split("[:/]", tidy(heading))):
        if part.isdecimal() and parts:
            numbers[-1] = int(part)
        else:
            parts.append(part)
            numbers.append(0)
    return ":".join(parts), tuple(numbers)
