"""Pivots of the StatsWales service that ended in 2024: the tables of its pages, saved as CSV.

A pivot has a title, filters, rows of headings above the columns, columns of labels beside the rows, and footnotes. Its
areas are names, and its other dimensions have no names.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

import polars as pl

from assets.ingest.periods import period_of
from assets.ingest.tabular import Grid, tidy
from assets.ingest.validation import SOURCE_ROW, quarantine
from assets.sources.statswales.form import DOWNLOAD, ENDS, MEASURE, NOTES, REFERENCE, STARTS, STATSWALES, VALUES, Form
from warehouse.errors import RefusedFile
from warehouse.publishers.welsh_authorities import welsh_authorities

EXPECTED = "a pivot of the former service: filters, one block of headings and labels, and areas by name"
FILTERS, BELOW = "filters:", ("footnotes:", "metadata:")
FILTERS_WITHIN = 10
AREA, YEAR = "Area", "Year"
WALES = {"wales": "W92000004"}
# The health boards since 2019, by the beginning of their names.
HEALTH_BOARDS = {
    "betsi cadwaladr": "W11000023",
    "powys teaching": "W11000024",
    "hywel dda": "W11000025",
    "aneurin bevan": "W11000028",
    "cardiff and vale": "W11000029",
    "cwm taf morgannwg": "W11000030",
    "swansea bay": "W11000031",
}
BOUND = re.compile(r"\b(lower|upper)\b")

Period = tuple[date, date]
Axis = list[str]


def is_pivot(grid: Grid) -> bool:
    """Return whether a file is a pivot: one of its first rows begins its filters."""
    return any(tidy(row[0]) == FILTERS for row in grid.rows[:FILTERS_WITHIN])


def read_pivot(grid: Grid) -> Form:
    """Return the values of a pivot, row by row, with today's headings and the codes of Welsh areas.

    The measure is the title with the filter of measures, and with the labels or headings that name bounds. Other labels
    and headings are dimensions with numbers, apart from areas and years; an area that is not known, such as "Not
    stated", has no code. Raises `RefusedFile` for a pivot of another layout, or without names of areas.
    """
    start = next(index for index, row in enumerate(grid.rows) if tidy(row[0]) == FILTERS)
    top, filters = start + 1, dict[str, str]()
    while top < len(grid.rows) and ":" in grid.rows[top][0] and not any(map(str.strip, grid.rows[top][1:])):
        name, _, said = grid.rows[top][0].partition(":")
        filters[name.strip()] = said.strip()
        top += 1
    below = (index for index, row in enumerate(grid.rows) if index >= top and tidy(row[0]) in BELOW)
    values, labels, headings = _block(grid.rows[top : next(below, len(grid.rows))])
    area, others = _areas(labels, headings)
    bounds = next((name for name, axis in others.items() if any(BOUND.search(tidy(cell)) for cell in set(axis))), None)
    roles = others.pop(bounds) if bounds else [""] * len(values)
    measure = ": ".join(filter(None, [grid.rows[start - 1][0].strip() if start else "", filters.pop("Measure", "")]))
    codes = {name: _code(name) for name in set(area)}
    columns = {
        VALUES: values,
        MEASURE: [": ".join(filter(None, [measure, said])) for said in roles],
        AREA: area,
        AREA + REFERENCE: [codes[name] for name in area],
        **others,
    }
    taken = {tidy(name) for name in (SOURCE_ROW, STARTS, ENDS, NOTES, *columns)}
    if twice := [name for name in filters if tidy(name) in taken]:
        raise RefusedFile(STATSWALES, EXPECTED, f"a filter with the name {twice[0]!r}", DOWNLOAD)
    if (printed := filters.pop(YEAR, None)) is not None:
        period = _joined_period(printed)
        if period is None:
            raise RefusedFile(STATSWALES, "a filter with one year, or with years that follow each other", repr(printed))
        columns |= {name: [day.isoformat()] * len(values) for name, day in zip((STARTS, ENDS), period, strict=True)}
    columns |= {name: [said] * len(values) for name, said in filters.items()}
    if len({tidy(name) for name in columns}) < len(columns):
        raise RefusedFile(STATSWALES, EXPECTED, "two filters with one name", DOWNLOAD)
    table = {SOURCE_ROW: pl.Series(range(1, len(values) + 1), dtype=pl.Int64)} | {
        name: pl.Series(cells, dtype=pl.String) for name, cells in columns.items()
    }
    return Form({tidy(name): name for name in columns}, pl.DataFrame(table), quarantine([]), len(values))


def _block(rows: Sequence[Sequence[str]]) -> tuple[Axis, list[Axis], list[Axis]]:
    """Return the values of a block, row by row, and for each value its labels and its headings, by level.

    A label or heading is printed once for the rows or columns that it is for; the lowest heading is printed for each.
    """
    above = next((index for index, row in enumerate(rows) if row[0].strip()), len(rows))
    if above == 0 or above == len(rows) or len({len(row) for row in rows}) > 1:
        raise RefusedFile(STATSWALES, EXPECTED, "rows of different widths, or no headings above labels", DOWNLOAD)
    lowest = [cell.strip() for cell in rows[above - 1]]
    beside = next((index for index, cell in enumerate(lowest) if cell), len(lowest))
    corner = [cell for row in rows[:above] for cell in row[:beside]]
    if beside == len(lowest) or not all(lowest[beside:]) or any(map(str.strip, corner)):
        raise RefusedFile(STATSWALES, EXPECTED, "columns without headings", DOWNLOAD)
    headings = [_filled(row[beside:]) for row in rows[:above]]
    values: Axis = []
    labels: list[Axis] = [[] for _ in range(beside)]
    last = [""] * beside
    for row in rows[above:]:
        last = _below(last, [cell.strip() for cell in row[:beside]])
        values += row[beside:]
        for axis, label in zip(labels, last, strict=True):
            axis += [label] * (len(row) - beside)
    return values, labels, [level * (len(rows) - above) for level in headings]


def _filled(cells: Iterable[str]) -> Axis:
    """Return headings in which an empty cell has the heading to its left."""
    found: Axis = []
    for cell in cells:
        found.append(cell.strip() or (found[-1] if found else ""))
    return found


def _below(last: Sequence[str], row: Sequence[str]) -> list[str]:
    """Return the labels of a row: those of the row above, up to the first that is printed."""
    changed = next((index for index, cell in enumerate(row) if cell), len(row))
    return [*last[:changed], *row[changed:]]


def _areas(labels: list[Axis], headings: list[Axis]) -> tuple[Axis, dict[str, Axis]]:
    """Return (areas, other dimensions by name) of the values; raise `RefusedFile` if none has names of authorities.

    Where the column of areas has gaps, it is nested: the area of a gap is the larger one to its left.
    """
    names = {tidy(name) for name in welsh_authorities()}
    axes = [*labels, *headings]
    known = [len({tidy(name) for name in axis} & names) for axis in axes]
    if not any(known):
        raise RefusedFile(STATSWALES, "a pivot with Welsh authorities by name", "none of their names", DOWNLOAD)
    place = known.index(max(known))
    area, nested = axes[place], 0
    if place < len(labels) and "" in area:
        nested = place
        area = [next(filter(None, reversed(levels)), "") for levels in zip(*labels[: place + 1], strict=True)]
    others: dict[str, Axis] = {}
    for number, axis in enumerate(axes):
        if number == place or number < nested:
            continue
        is_time = YEAR not in others and all(map(period_of, set(axis)))
        name = f"Row {number + 1}" if number < len(labels) else f"Column {number - len(labels) + 1}"
        others[YEAR if is_time else name] = axis
    return area, others


def _code(name: str) -> str:
    """Return the GSS code of a Welsh area, or the name if it is of none, such as "Not stated"."""
    plain = tidy(name).replace("&", "and")
    named = WALES | {tidy(known): max(codes, key=len) for known, codes in welsh_authorities().items()}
    boards = (code for beginning, code in HEALTH_BOARDS.items() if plain.startswith(beginning))
    return named.get(plain) or next(boards, name)


def _joined_period(printed: str) -> Period | None:
    """Return the period of a year, or of years joined by & that follow each other; None for another text."""
    years = [period_of(part) for part in printed.split("&")]
    known = [year for year in years if year]
    gaps = {later[0] - earlier[1] for earlier, later in pairwise(known)}
    return (known[0][0], known[-1][1]) if len(known) == len(years) and gaps <= {timedelta(days=1)} else None
