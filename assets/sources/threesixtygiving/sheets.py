"""Reads tabular award files, CSV or sheets of a workbook, into grants in the structure of the JSON schema.

A sheet with the required fields of an award lists grants; a sheet with an identifier and fields of places, recipients
or dates is joined to them by the identifier, as the publisher's own converter does.
"""

from collections import deque
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Any

from assets.ingest.tabular import Grid, csv_records, tidy
from assets.sources.threesixtygiving.headers import (
    LEADING_ROWS,
    AwardSheet,
    Header,
    Shape,
    find_header,
    has_more,
    is_comment,
    rows_below,
    sheet_named,
)
from assets.sources.threesixtygiving.listed import (
    Batch,
    Columns,
    GrantList,
    Node,
    Once,
    Tally,
    Value,
    columns_of,
    in_batches,
    note,
    objects,
    published,
)
from assets.sources.threesixtygiving.standard import (
    INDIVIDUAL,
    RECIPIENT,
    SOURCE,
    object_titles,
    standard,
)
from assets.sources.threesixtygiving.values import IDENTIFIER, comparable_identifier
from warehouse.errors import RefusedFile


def from_csv(content: bytes) -> GrantList:
    """Return the grants of a UTF-8 CSV file; raise `RefusedFile` as `from_workbook` does, and for invalid CSV."""
    rows = partial(csv_records, SOURCE, content)
    leading = [row for _, row in islice(rows(), LEADING_ROWS)]
    try:
        return _listed({"": AwardSheet(Grid(SOURCE, leading), rows)})
    except RefusedFile:
        deque(rows(), maxlen=0)  # an unclosed quote is a better message than a missing heading
        raise


def from_workbook(grids: Mapping[str, Grid]) -> GrantList:
    """Return the grants of the sheets of a workbook by name.

    Rows are numbered through the sheets that list grants, then through the sheets that are joined to them. A sheet,
    column or row that begins with "#" is not data. Raises `RefusedFile` if no sheet lists grants, no sheet has a
    required field, or a part that would be read is hidden, and at its end if there are only headings.
    """
    return _listed({name: AwardSheet(grid, grid.numbered_rows) for name, grid in grids.items()})


def _listed(sheets: Mapping[str, AwardSheet]) -> GrantList:
    named = {name: sheet for name, sheet in sheets.items() if not name.strip().startswith("#")}
    headers = {name: find_header(sheet) for name, sheet in named.items()}
    more = [header for header in headers.values() if header and header.says_more and not header.lists_grants]
    held = frozenset[str]().union(*(header.paths for header in more))
    listing = [
        header
        for header in headers.values()
        if header and header.lists_grants and header.paths | held >= standard().required_paths
    ]
    if not listing:
        unread = next(iter(sheets.values())).grid.notes
        got = "; ".join([_what_is_there(list(headers.values()), held), *unread])
        raise RefusedFile(SOURCE, standard().expected(), got)
    for header in (*listing, *more):
        header.grid.require_shown(header.index, header.read)
    joined = _joined(listing, more)
    read = [*listing, *more]
    unread_notes = [
        _sentence(f"{sheet_named(sheet.grid)} is not read: {reason}")
        for name, sheet in named.items()
        if not any(headers[name] is one for one in read) and (reason := _why_unread(name, headers[name]))
    ]
    return GrantList(
        partial(_batches, listing, joined.grants, [*joined.notes, *unread_notes]),
        list(in_batches(joined.unjoined, columns_of, len(joined.unjoined), None)),
        any(path.partition(":")[0] in INDIVIDUAL for header in read for path in header.paths),
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _batches(
    listing: list[Header],
    joined: dict[int, Node],
    notes: list[str],
    tally: Tally,
    size: int,
    rows: Container[int] | None,
) -> Iterator[Batch]:
    tally.notes += [_sentence(unread) for unread in listing[0].grid.notes]
    before = 0
    for header in listing:
        columns = _reader(header.shape)
        for batch in in_batches(_grants(header, before, tally), columns, size, rows):
            for index, number in enumerate(batch.rows):
                if number in joined:
                    for name, value in joined[number].items():
                        batch.columns[name][index] = published(value)
            yield batch
        before += _last_row(header)
    tally.notes += notes
    if not tally.rows_in:
        raise RefusedFile(SOURCE, standard().expected(), "headings without grants")


def _grants(header: Header, before: int, tally: Tally) -> Iterator[tuple[int, list[str]]]:
    """Yield (number, cells) of the grants of a sheet, and count them in `tally`."""
    width = len(header.grid.rows[header.index])
    identifier = header.shape.leaves["id"]
    comments = 0
    for number, row in rows_below(header):
        if is_comment(row, identifier):
            comments += 1
            continue
        tally.rows_in += 1
        if has_more(row, width):
            rule = f"has {len(row)} fields where the header has {width}"
            tally.unframed.append((before + number, rule, _told(row[identifier]) | {"fields": len(row)}))
        else:
            yield before + number, row
    where = sheet_named(header.grid)
    tally.notes += note(comments, f"row of {where} begins", f"rows of {where} begin", 'with "#"; not read as data')
    tally.notes += [
        f"The column {heading!r} occurs more than once in {where}; the last one is read." for heading in header.repeated
    ]


def _last_row(header: Header) -> int:
    return header.grid.row_number(len(header.grid.rows) - 1)


def _reader(shape: Shape) -> Callable[[list[list[str]]], Columns]:
    """Return a function that returns the values of rows by field, with a cache for the cells of objects."""
    names = dict.fromkeys(name for name, _ in shape.objects)
    objects_read = {name: _object_reader(name, shape) for name in names}

    def read(rows: list[list[str]]) -> Columns:
        columns: Columns = {name: [None] * len(rows) for name in standard().names}
        columns |= {name: [row[position] for row in rows] for name, position in shape.leaves.items()}
        return columns | {name: once.of(map(cells, rows)) for name, (cells, once) in objects_read.items()}

    return read


def _object_reader(name: str, shape: Shape) -> tuple[Callable[[list[str]], Any], Once[Any, Value]]:
    """Return two functions: one takes the cells of the objects of one name from a row, one makes a value of them."""
    part = Shape(objects={step: inner for step, inner in shape.objects.items() if step[0] == name})
    # One position is repeated, since itemgetter returns no tuple for a single one.
    positions = [*part.positions(), part.positions()[0]]
    return itemgetter(*positions), Once(
        lambda cells: published(part.read(dict(zip(positions, cells, strict=True))).get(name))
    )


def _told(identifier: str) -> dict[str, object]:
    """Return the identifier of a row of the wrong length, if it is valid: a shifted cell may be a name."""
    text = identifier.strip()
    return {"award_id": text} if IDENTIFIER.fullmatch(text) else {}


@dataclass
class Joined:
    """Grants with the data of further sheets, by number, and the rows of these sheets without a grant."""

    grants: dict[int, Node] = field(default_factory=dict)
    unjoined: list[tuple[int, Node]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def _joined(listing: list[Header], more: list[Header]) -> Joined:
    """Return the grants with the data of further sheets, joined by identifier, and the rows without a grant."""
    joined = Joined()
    if not more:
        return joined
    by_identifier: dict[str, list[tuple[int, Shape, list[str]]]] = {}
    before = 0
    for header in listing:
        for number, row in _grants(header, before, Tally()):
            if identifier := comparable_identifier(row[header.shape.leaves["id"]]):
                by_identifier.setdefault(identifier, []).append((number, header.shape, row))
        before += _last_row(header)
    for header in more:
        alone = 0
        width = len(header.grid.rows[header.index])
        for number, row in rows_below(header):
            if is_comment(row, header.shape.leaves["id"]):
                continue
            owners = by_identifier.get(comparable_identifier(row[header.shape.leaves["id"]]), [])
            is_framed = not has_more(row, width)
            if not (owners and is_framed):
                alone += 1
                joined.unjoined.append((before + number, header.shape.read(row) if is_framed else {}))
                continue
            for owner, shape, cells in owners:
                _merge(joined.grants.setdefault(owner, shape.read(cells)), header.shape.read(row))
        rest = f"of {sheet_named(header.grid)} could not be joined to an award by identifier"
        joined.notes += note(alone, "row", "rows", rest)
        before += _last_row(header)
    return joined


def _merge(node: Node, more: Node) -> None:
    """Add the fields of another row to an object; objects with the same id are merged, and existing fields stay."""
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
    """Return whether two objects have the same id; objects that describe an individual are always the same."""
    if name in INDIVIDUAL:
        return True
    return "id" in one and "id" in other and comparable_identifier(one["id"]) == comparable_identifier(other["id"])


def _what_is_there(headers: list[Header | None], held: frozenset[str]) -> str:
    """Return the required heading that the most similar sheet lacks; cells are not quoted: they may name people."""
    wanted = standard().required_own
    nearest = max((header for header in headers if header), key=lambda one: len(one.paths & wanted), default=None)
    if nearest is None:
        return "no row with these headings"
    lacking = [item for item in standard().required if item.path not in nearest.paths | held]
    return f"no column {standard().heading(lacking[0])!r} in {sheet_named(nearest.grid)}"


def _why_unread(name: str, header: Header | None) -> str:
    """Return why a sheet of awards is not read; empty for any other sheet."""
    if header and header.lists_grants:
        lacking = [item for item in standard().required if item.path not in header.paths]
        return f"it has no column {standard().heading(lacking[0])!r}"
    if header and any(":" in path for path in header.paths):
        return "it has no column 'Identifier' by which its rows could be joined to awards"
    if tidy(name) in object_titles():
        return "it has no headings of the standard"
    return ""
