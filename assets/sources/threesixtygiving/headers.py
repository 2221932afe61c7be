"""Reads the headings of tabular award files: the columns of the fields of a grant, and the rows below."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from assets.ingest.tabular import Grid
from assets.sources.threesixtygiving.listed import Node
from assets.sources.threesixtygiving.standard import HeadingTarget, place_of, standard

LEADING_ROWS = 30
# Cells by position.
Row = list[str] | dict[int, str]


@dataclass
class Shape:
    """Where an object is in a row: the position of each of its fields, and the objects in it by name and number."""

    leaves: dict[str, int] = field(default_factory=dict)
    objects: dict[tuple[str, int], "Shape"] = field(default_factory=dict)

    def positions(self) -> list[int]:
        """Return the positions of all fields of the object."""
        inner = [position for shape in self.objects.values() for position in shape.positions()]
        return [*self.leaves.values(), *inner]

    def read(self, row: Row) -> Node:
        """Return the object in a row, without empty fields."""
        node: Node = {name: row[position] for name, position in self.leaves.items() if row[position].strip()}
        for (name, _), shape in self.objects.items():
            if found := shape.read(row):
                node.setdefault(name, []).append(found)
        return node


@dataclass(frozen=True)
class AwardSheet:
    """A sheet: `grid` has at least the leading rows; `rows` returns a new iterator of (number, cells) of all rows."""

    grid: Grid
    rows: Callable[[], Iterator[tuple[int, list[str]]]]


@dataclass
class Header:
    """The headings of a sheet: their row, their fields, and the positions of these in a row.

    `data` are the positions of all columns except remarks, `read` those of the fields; `repeated` are headings that
    occur more than once.
    """

    sheet: AwardSheet
    index: int
    paths: frozenset[str]
    shape: Shape
    data: list[int]
    read: list[int]
    repeated: list[str]

    @property
    def grid(self) -> Grid:
        """The leading rows of the sheet."""
        return self.sheet.grid

    @property
    def lists_grants(self) -> bool:
        """Whether the sheet has the required fields of an award itself."""
        return self.paths >= standard().required_own

    @property
    def says_more(self) -> bool:
        """Whether the sheet has an identifier and fields of objects of an award."""
        return "id" in self.paths and any(":" in path for path in self.paths)


def find_header(sheet: AwardSheet) -> Header | None:
    """Return the headings of a sheet: the first leading row that lists grants, or else the one with most fields."""
    found = [_headings(sheet, index) for index in range(min(len(sheet.grid.rows), LEADING_ROWS))]
    if grants := next((header for header in found if header.lists_grants), None):
        return grants
    return max((header for header in found if len(header.paths) > 1), key=lambda one: len(one.paths), default=None)


def _headings(sheet: AwardSheet, index: int) -> Header:
    row = sheet.grid.rows[index]
    places: dict[tuple[tuple[str, ...], tuple[int, ...]], tuple[HeadingTarget, int]] = {}
    repeated = []
    for position, heading in enumerate(row):
        place = place_of(heading)
        if place is None:
            continue
        other = places.get((place.path, place.numbers))
        if other and other[0].rank == place.rank:
            repeated.append(" ".join(heading.split()))
        # If two columns have one heading, the last is read, as the publisher's converter does.
        if other is None or place.rank <= other[0].rank:
            places[place.path, place.numbers] = place, position
    shape = Shape()
    # Sorted by number, so that the objects of a row are in that order.
    for (path, numbers), (_, position) in sorted(places.items(), key=lambda item: (item[0][1], item[0][0])):
        owner = shape
        for step in zip(path, numbers, strict=False):
            owner = owner.objects.setdefault(step, Shape())
        owner.leaves[path[-1]] = position
    paths = frozenset(":".join(path) for path, _ in places)
    data = [position for position, heading in enumerate(row) if not heading.strip().startswith("#")]
    return Header(sheet, index, paths, shape, data, [position for _, position in places.values()], repeated)


def rows_below(header: Header) -> Iterator[tuple[int, list[str]]]:
    """Yield (number, cells) of each row with data below the headings; short rows are padded."""
    width = len(header.grid.rows[header.index])
    # The identifier is tested first, because most rows have one.
    identifier = header.shape.leaves["id"]
    for number, row in islice(header.sheet.rows(), header.index + 1, None):
        if len(row) < width:
            row = [*row, *[""] * (width - len(row))]
        if row[identifier].strip() or any(row[position].strip() for position in header.data) or has_more(row, width):
            yield number, row


def sheet_named(grid: Grid) -> str:
    """Return the name of a sheet in messages."""
    return "the file" if grid.where == "file" else grid.where


def has_more(row: list[str], width: int) -> bool:
    """Return whether a row has cells with text beyond its headings."""
    return len(row) > width and any(cell.strip() for cell in row[width:])


def is_comment(row: list[str], identifier: int) -> bool:
    """Return whether a row is a remark, by its identifier if it has one, since a title may begin with "#" too."""
    return (row[identifier].strip() or row[0].strip()).startswith("#")
