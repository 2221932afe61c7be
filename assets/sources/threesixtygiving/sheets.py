"""Award files as tables: a CSV file, or the sheets of a workbook, read into grants in the shape of the JSON schema.

A sheet with the award's own fields lists grants; one with an identifier and fields of its places, recipients, dates or
the like says more of them and is joined to them by the identifier, as the publisher's own converter does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from assets.readers import Grid, tidy
from assets.sources.threesixtygiving.listed import Listed, Node, note, objects
from assets.sources.threesixtygiving.standard import (
    INDIVIDUAL,
    RECIPIENT,
    SOURCE,
    Place,
    object_titles,
    place_of,
    standard,
)
from assets.sources.threesixtygiving.values import IDENTIFIER, comparable_identifier
from warehouse.errors import RefusedFile

LEADING_ROWS = 30


@dataclass
class Shape:
    """Where a row holds an object: the position of each of its fields, and the objects in it by name and number."""

    leaves: dict[str, int] = field(default_factory=dict)
    objects: dict[tuple[str, int], "Shape"] = field(default_factory=dict)

    def read(self, row: list[str]) -> Node:
        """Return the object that a row holds, without what is empty."""
        node: Node = {name: row[position] for name, position in self.leaves.items() if row[position].strip()}
        for (name, _), shape in self.objects.items():
            if found := shape.read(row):
                node.setdefault(name, []).append(found)
        return node


@dataclass
class Header:
    """The headings of a sheet: their row, the fields that they name, and where a row holds them.

    `data` are the positions of all columns but remarks, `read` those of the fields; `repeated` are headings that occur
    more than once.
    """

    grid: Grid
    index: int
    paths: frozenset[str]
    shape: Shape
    data: list[int]
    read: list[int]
    repeated: list[str]

    @property
    def lists_grants(self) -> bool:
        """Whether the sheet has the fields that are the award's own."""
        return self.paths >= standard().required_own

    @property
    def says_more(self) -> bool:
        """Whether the sheet has an identifier and fields of what an award holds."""
        return "id" in self.paths and any(":" in path for path in self.paths)


def from_sheets(sheets: Mapping[str, Grid]) -> Listed:
    """Return the grants of the sheets of a file by name; a CSV file is one sheet without a name.

    Rows are numbered on through the sheets that list grants, and then through those that say more of them. What begins
    with "#" (a sheet, a column, a row) is not data. Raises `RefusedFile` where no sheet lists grants, or no sheet has a
    field that the standard requires, or there are headings alone, or part of what would be read is hidden.
    """
    named = {name: grid for name, grid in sheets.items() if not name.strip().startswith("#")}
    headers = {name: _header(grid) for name, grid in named.items()}
    more = [header for header in headers.values() if header and header.says_more and not header.lists_grants]
    held = frozenset[str]().union(*(header.paths for header in more))
    listing = [
        header
        for header in headers.values()
        if header and header.lists_grants and header.paths | held >= standard().required_paths
    ]
    if not listing:
        unread = next(iter(sheets.values())).notes
        got = "; ".join([_what_is_there(list(headers.values()), held), *unread])
        raise RefusedFile(SOURCE, standard().expected(), got)
    for header in (*listing, *more):
        header.grid.require_shown(header.index, header.read)
    listed = Listed([], 0, notes=[_sentence(unread) for unread in listing[0].grid.notes])
    before = 0
    for header in listing:
        before += _read(header, before, listed)
    if not listed.rows_in:
        raise RefusedFile(SOURCE, standard().expected(), "headings and no grant")
    _join(more, before, listed)
    read = [*listing, *more]
    for name, grid in named.items():
        is_read = any(headers[name] is one for one in read)
        if not is_read and (reason := _why_unread(name, headers[name])):
            listed.notes.append(_sentence(f"{_named(grid)} is not read: {reason}"))
    return listed


def _header(grid: Grid) -> Header | None:
    """Return the headings of a sheet: of its leading rows the first that lists grants, else the one that names most."""
    found = [_headings(grid, index) for index in range(min(len(grid.rows), LEADING_ROWS))]
    if grants := next((header for header in found if header.lists_grants), None):
        return grants
    return max((header for header in found if len(header.paths) > 1), key=lambda one: len(one.paths), default=None)


def _headings(grid: Grid, index: int) -> Header:
    row = grid.rows[index]
    places: dict[tuple[tuple[str, ...], tuple[int, ...]], tuple[Place, int]] = {}
    repeated = []
    for position, heading in enumerate(row):
        place = place_of(heading)
        if place is None:
            continue
        other = places.get((place.path, place.numbers))
        if other and other[0].rank == place.rank:
            repeated.append(" ".join(heading.split()))
        # Of two columns with one heading the last is read, as the publisher's converter does.
        if other is None or place.rank <= other[0].rank:
            places[place.path, place.numbers] = place, position
    shape = Shape()
    # In the order of their numbers, so that the objects of a row come in that order.
    for (path, numbers), (_, position) in sorted(places.items(), key=lambda item: (item[0][1], item[0][0])):
        owner = shape
        for step in zip(path, numbers, strict=False):
            owner = owner.objects.setdefault(step, Shape())
        owner.leaves[path[-1]] = position
    paths = frozenset(":".join(path) for path, _ in places)
    data = [position for position, heading in enumerate(row) if not heading.strip().startswith("#")]
    return Header(grid, index, paths, shape, data, [position for _, position in places.values()], repeated)


def _rows(header: Header) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and cells of each row below the headings that holds data, short ones filled up."""
    width = len(header.grid.rows[header.index])
    for index in range(header.index + 1, len(header.grid.rows)):
        row = header.grid.rows[index]
        if len(row) < width:
            row = [*row, *[""] * (width - len(row))]
        if any(row[position].strip() for position in header.data) or _has_more(row, width):
            yield header.grid.row_number(index), row


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _named(grid: Grid) -> str:
    return "the file" if grid.where == "file" else grid.where


def _has_more(row: list[str], width: int) -> bool:
    """Return whether a row holds anything beyond its headings."""
    return len(row) > width and any(cell.strip() for cell in row[width:])


def _read(header: Header, before: int, listed: Listed) -> int:
    """Add the grants of a sheet to those listed; return how many rows the sheet has."""
    width = len(header.grid.rows[header.index])
    identifier = header.shape.leaves["id"]
    comments = 0
    for number, row in _rows(header):
        if _is_comment(row, identifier):
            comments += 1
            continue
        listed.rows_in += 1
        if _has_more(row, width):
            rule = f"has {len(row)} fields where the header has {width}"
            listed.unframed.append((before + number, rule, _told(row[identifier]) | {"fields": len(row)}))
        else:
            listed.grants.append((before + number, header.shape.read(row)))
    where = _named(header.grid)
    listed.notes += note(comments, f"row of {where} begins", f"rows of {where} begin", 'with "#"; not read as data')
    listed.may_name_individuals |= any(path.partition(":")[0] in INDIVIDUAL for path in header.paths)
    listed.notes += [
        f"The column {heading!r} occurs more than once in {where}; the last one is read." for heading in header.repeated
    ]
    return header.grid.row_number(len(header.grid.rows) - 1)


def _is_comment(row: list[str], identifier: int) -> bool:
    """Return whether a row is a remark: a title may begin with "#" too, so its identifier decides where it has one."""
    return (row[identifier].strip() or row[0].strip()).startswith("#")


def _told(identifier: str) -> dict[str, object]:
    """Return the identifier of a row of the wrong length, if it is one: a cell that slid there may be a name."""
    text = identifier.strip()
    return {"award_id": text} if IDENTIFIER.fullmatch(text) else {}


def _join(more: list[Header], before: int, listed: Listed) -> None:
    """Add what further sheets say to the grants of their identifiers, and note what belongs to none."""
    by_identifier: dict[str, list[Node]] = {}
    for _, grant in listed.grants:
        if "id" in grant:
            by_identifier.setdefault(comparable_identifier(grant["id"]), []).append(grant)
    for header in more:
        alone = 0
        width = len(header.grid.rows[header.index])
        for number, row in _rows(header):
            if _is_comment(row, header.shape.leaves["id"]):
                continue
            owners = by_identifier.get(comparable_identifier(row[header.shape.leaves["id"]]), [])
            is_framed = not _has_more(row, width)
            if not (owners and is_framed):
                alone += 1
                listed.unjoined.append((before + number, header.shape.read(row) if is_framed else {}))
                continue
            for owner in owners:
                _merge(owner, header.shape.read(row))
        rest = f"of {_named(header.grid)} could not be joined to an award by identifier"
        listed.notes += note(alone, "row", "rows", rest)
        listed.may_name_individuals |= any(path.partition(":")[0] in INDIVIDUAL for path in header.paths)
        before += header.grid.row_number(len(header.grid.rows) - 1)


def _merge(node: Node, more: Node) -> None:
    """Add to an object what another row says of it: objects with one id are one, and its own fields stay."""
    for name, value in more.items():
        if not isinstance(value, list):
            node.setdefault(name, value)
            continue
        mine = node.setdefault(name, [])
        for item in objects(value):
            same = [one for one in mine if _is_same(name, one, item)]
            if same:
                _merge(same[0], item)
            elif name == RECIPIENT and len(mine) == 1 and not {"id", "name"} & item.keys():
                _merge(mine[0], item)
            else:
                mine.append(item)


def _is_same(name: str, one: Node, other: Node) -> bool:
    """Return whether two objects have one id; what describes an individual is always one object."""
    if name in INDIVIDUAL:
        return True
    return "id" in one and "id" in other and comparable_identifier(one["id"]) == comparable_identifier(other["id"])


def _what_is_there(headers: list[Header | None], held: frozenset[str]) -> str:
    """Return which required heading the nearest sheet lacks; cells are not quoted, since they may name people."""
    wanted = standard().required_own
    nearest = max((header for header in headers if header), key=lambda one: len(one.paths & wanted), default=None)
    if nearest is None:
        return "no row of such headings"
    lacking = [item for item in standard().required if item.path not in nearest.paths | held]
    return f"no column {standard().heading(lacking[0])!r} in {_named(nearest.grid)}"


def _why_unread(name: str, header: Header | None) -> str:
    """Return why a sheet that has to do with awards is not read, or nothing for any other sheet."""
    if header and header.lists_grants:
        lacking = [item for item in standard().required if item.path not in header.paths]
        return f"it has no column {standard().heading(lacking[0])!r}"
    if header and any(":" in path for path in header.paths):
        return "it has no column 'Identifier' by which its rows could be joined to awards"
    if tidy(name) in object_titles():
        return "it has no headings such as those of the standard"
    return ""
