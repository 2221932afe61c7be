"""Writes `community-power.xlsx`, an accessible workbook for spreadsheets and screen readers.

The workbook follows the guidance of the Analysis Function on releasing statistics in spreadsheets. Cover, contents with
links and notes are first, then one marked-up table per sheet with a title in A1. No cell is merged, hidden, frozen or
empty. A missing value has a shorthand that the sheet Notes explains. Texts are written as texts, so none becomes a
formula or a link.

The profile of the localities has one sheet per family of metrics. Each metric has its interval, last day and status, as
in `metrics.headline_value`. The other marts, the catalogue of metrics and the sources are whole tables.
`metrics.metric_value` has too many rows for a sheet; the other forms of the edition contain it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.catalogue import Column, Metric, Table, families, pick, profile_metrics, tables, units
from warehouse.errors import ProjectFault
from warehouse.exports import SYMBOLS, Content, in_order
from warehouse.storage.table_store import literal, quoted

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

FILE = "community-power.xlsx"
DESCRIPTION = "The figures as an accessible workbook: cover, contents, notes and one table a sheet (Excel)."
TITLE = "Community Power: public indicators and curated practice records by local authority of the United Kingdom"
CATALOGUE = {"core.dim_metric": "Metrics", "core.dim_source": "Sources"}
NOTES = {
    "[c]": "Confidential: the publisher does not release the value.",
    "[x]": "Not available: no source has a value, no one has searched, or we withhold it. The status says which.",
    "[z]": "Not applicable: the cell cannot have a value.",
    "Status": "ok: a reliable value. ok_low: a value of low reliability. searched_none_found: zero, after a search "
    "that found nothing. suppressed: not released by the publisher. not_available: no source has a value. "
    "not_applicable: not defined for the locality. not_searched: no one has searched the locality. withheld: a rule of "
    "the method does not allow the value to be shown. The reason follows the state. An unknown value is never zero.",
    "Interval": "The method that computed the interval. Intervals are 95 % intervals, except bounds. A method that "
    "starts with none gives the reason why there is no interval.",
    "Comparison": "Compare only localities of one comparable group. The order of rows is not a ranking.",
    "Lists": "A list is in one cell, separated by semicolons.",
    "Welsh": "The sheet Metrics shows which Welsh names have been reviewed by a Welsh speaker.",
}
# States with a value. If another cell of such a row is missing, such as an interval, its own column has the reason.
WITH_VALUE = ("ok", "ok_low", "searched_none_found")
PROFILE, HEADLINE = "marts.locality_profile", "metrics.headline_value"
PLACES = ("locality_code", "locality_name", "locality_name_cy", "comparable_group")
# First day that Excel dates correctly, and the longest text that an Excel cell can contain.
FIRST_DAY, MOST_CHARACTERS = date(1900, 3, 1), 32_767
# Abbreviations in the names of columns.
WORDS = {"cy": "in Welsh", "gbp": "£", "lci": "lower end", "n": "number", "pct": "%", "uci": "upper end"}
NARROWEST, WIDEST, COVER_WIDTH = 11, 60, 110
# In points: height of a line of text, and the maximum height of a row.
LINE_HEIGHT, HIGHEST = 15.75, 409.0
A4 = 9
DATE_FORMATS = {"DATE": "yyyy-mm-dd", "TIMESTAMP": "yyyy-mm-dd hh:mm:ss"}


@dataclass(frozen=True)
class SheetColumn:
    """A column of a sheet: heading, description, SQL of its value, and SQL of the state that explains a null."""

    heading: str
    description: str
    select: str
    type: str
    unit: str
    state: str


@dataclass(frozen=True)
class ExportSheet:
    """A sheet with one table: name, title in A1, lines below the title, columns and rows."""

    name: str
    title: str
    about: tuple[str, ...]
    fields: tuple[SheetColumn, ...]
    rows: list[list[Any]]


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `community-power.xlsx`; raise `ProjectFault` if a text is too long for a cell."""
    import xlsxwriter

    sheets = [*_profile(database), *_tables(content, database)]
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        # Temporary files are removed with the folder if the build of the edition fails.
        "tmpdir": str(folder),
        "default_format_properties": {"font_name": "Arial", "font_size": 12},
    }
    with xlsxwriter.Workbook(folder / FILE, options) as book:
        book.set_properties(
            {
                "title": TITLE,
                "subject": f"Version {content.version}",
                "author": "Community Power",
                # By default the file would contain the time of writing, and differ in each build.
                "created": datetime.combine(content.build.as_of, time()),
            }
        )
        book.set_custom_property("Language", "en-GB")
        pages = _Pages(book)
        pages.cover(content)
        pages.contents(sheets)
        pages.table(_plain("Notes", "Notes: shorthand and terms", ("Note", "Explanation"), NOTES.items()))
        for sheet in sheets:
            pages.table(sheet)
        pages.table(_columns(sheets))


def _profile(database: duckdb.DuckDBPyConnection) -> Iterator[ExportSheet]:
    """Yield one sheet per family of the profile, with one row per locality."""
    profile = pick("table", tables, PROFILE)
    columns = {column.name: column for column in profile.columns}
    about = ("One row per locality, the area of one local authority.", *profile.notes)
    for family, found in groupby(profile_metrics(), key=lambda metric: metric.family):
        listed = list(found)
        fields = [_field(columns[name], (), "place.") for name in PLACES]
        for metric in listed:
            fields += _measure(metric)
        joined = "".join(
            f" left join {HEADLINE} as {quoted(metric.id)} on place.locality_code = {quoted(metric.id)}.locality_code"
            f" and {quoted(metric.id)}.metric_id = {literal(metric.id)}"
            for metric in listed
        )
        read = f"{PROFILE} as place{joined} order by place.locality_code"
        name = families()[family].en
        yield _read(database, name.replace(" ", "_"), f"{name} by locality", about, fields, profile, read)


def _measure(metric: Metric) -> Iterator[SheetColumn]:
    """Yield the columns of a metric of the profile: value, interval, last day and status."""
    of, name, unit = f"{quoted(metric.id)}.", metric.name, metric.unit
    state = f"{of}state"
    status = f"concat_ws(': ', {state}, {of}state_reason)"
    yield SheetColumn(f"{name}{_in(unit)}", metric.definition, f"{of}value", "DOUBLE", unit, state)
    yield SheetColumn(f"{name}: lower end", "Lower end of the interval.", f"{of}lci", "DOUBLE", unit, state)
    yield SheetColumn(f"{name}: upper end", "Upper end of the interval.", f"{of}uci", "DOUBLE", unit, state)
    for select, part, said, kind in (
        (f"{of}ci_method", "interval", "Method of the interval, or why there is none.", "VARCHAR"),
        (f"{of}period_end", "last day", "Last day of the period of the value.", "DATE"),
        (status, "status", "State of the value, and its reason.", "VARCHAR"),
    ):
        yield SheetColumn(f"{name}: {part}", said, select, kind, "", "null")


def _tables(content: Content, database: duckdb.DuckDBPyConnection) -> Iterator[ExportSheet]:
    """Yield a sheet for each other mart, sorted by name, then for the catalogue of metrics and the sources."""
    marts = [table for table in content.tables if table.schema_name == "marts" and table.name != PROFILE]
    for table in [*marts, *(table for table in content.tables if table.name in CATALOGUE)]:
        words = CATALOGUE.get(table.name) or _words(table.short_name)
        names = [column.name for column in table.columns]
        about = (f"One row per {table.grain}. {table.description}", *table.notes, table.joins)
        fields = [_field(column, names) for column in table.columns]
        read = f"{table.name} where not ({_left_out(table)}) {in_order(table)}"
        yield _read(database, words.replace(" ", "_"), words, about, fields, table, read)


def _field(column: Column, names: Iterable[str], of: str = "") -> SheetColumn:
    """Return a column of a sheet; `of` is the prefix of its table in a join.

    The state of a number is the column `<name>_state`, `<first word>_state` or `state`, whichever is found first.
    """
    candidates = (f"{column.name}_state", f"{column.name.split('_')[0]}_state", "state")
    state = next((quoted(name) for name in candidates if name in names), "null")
    return SheetColumn(
        heading=heading(column),
        description=column.description,
        select=f"{of}{quoted(column.name)}",
        type=column.type,
        unit=column.unit,
        state=state if column.type in ("DOUBLE", "INTEGER", "BIGINT") else "null",
    )


def _read(
    database: duckdb.DuckDBPyConnection,
    name: str,
    title: str,
    about: tuple[str, ...],
    fields: list[SheetColumn],
    table: Table,
    read: str,
) -> ExportSheet:
    """Return a table as a sheet; `read` is the SQL after `from`.

    Rows of localities that no one has searched have no other content, so they are counted above the table, not listed.
    """
    cells = ", ".join([field.select for field in fields] + [field.state for field in fields])
    found = database.execute(f"select {cells} from {read}").fetchall()
    unsearched = database.execute(f"select count(*) from {table.name} where {_left_out(table)}").fetchall()[0][0]
    many = len(fields)
    rows = [list(map(filled, fields, row[:many], row[many:])) for row in found]
    size = f"This sheet has one table with {len(rows):,} rows and {many:,} columns."
    if unsearched:
        size += (
            f" {unsearched:,} rows of localities that no one has searched are not listed; the other files have them."
        )
    shorthand = "The sheet Notes explains the shorthand in square brackets."
    return ExportSheet(name, title, (*about, size, shorthand), tuple(fields), rows)


def _left_out(table: Table) -> str:
    """Return the SQL condition of the rows that a sheet counts but does not list."""
    return "state = 'not_searched'" if "state" in {column.name for column in table.columns} else "false"


def filled(field: SheetColumn, value: Any, state: str | None) -> Any:
    """Return the value of a cell, or the shorthand for a missing value."""
    if isinstance(value, list):
        value = "; ".join(value)
    if value is not None and value != "":
        return value
    if state is not None:
        return "[z]" if state in WITH_VALUE else f"[{SYMBOLS.get(state, 'x')}]"
    return "[x]" if field.type in ("DOUBLE", "INTEGER", "BIGINT") else "[z]"


def _columns(sheets: list[ExportSheet]) -> ExportSheet:
    """Return the sheet that describes every column of the other sheets."""
    rows = [(sheet.name, field.heading, field.description) for sheet in sheets for field in sheet.fields]
    return _plain("Columns", "Description of each column", ("Sheet", "Column", "Description"), rows)


def _plain(name: str, title: str, headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> ExportSheet:
    fields = tuple(SheetColumn(heading, "", "", "VARCHAR", "", "null") for heading in headings)
    found = [list(row) for row in rows]
    return ExportSheet(name, title, (f"This sheet has one table with {len(found):,} rows.",), fields, found)


@cache
def _height(text: str, width: int) -> float:
    """Return the height in points of a row for a text wrapped to a width in characters."""
    lines = sum(len(wrap(part, width)) if len(part) > width else 1 for part in text.splitlines() or [""])
    return min(lines * LINE_HEIGHT, HIGHEST)


def heading(column: Column) -> str:
    """Return the heading of a column: its name as words, and its unit."""
    return _words(column.name) + _in(column.unit)


def _words(name: str) -> str:
    """Return the name of a table or column as words."""
    words = " ".join(WORDS.get(word, word) for word in name.split("_"))
    return words[0].upper() + words[1:]


def _in(unit: str) -> str:
    return f" ({units()[unit].label()})" if unit else ""


def _number_format(unit: str) -> str:
    """Return the Excel number format of a unit."""
    decimals = units()[unit].decimals if unit else None
    return "General" if decimals is None else "#,##0" + (f".{'0' * decimals}" if decimals else "")


class _Pages:
    """Writes the sheets of a workbook, each from A1 down with one table."""

    def __init__(self, book: "xlsxwriter.Workbook") -> None:
        self._book = book
        self._formats: dict[tuple[Any, ...], Format] = {}

    def cover(self, content: Content) -> None:
        """Write the cover: title, as-of date, version, licences and attributions."""
        page = self._page("Cover", TITLE)
        lines = [
            f"As-of date: {content.build.as_of.isoformat()}. Version: {content.version}.",
            "The sheet Contents lists the tables, with links. The sheet Notes explains the shorthand and terms. The "
            "sheet Columns describes every column.",
            "The other files of the edition have all tables. README.txt lists them.",
            *(f"Licence: {licence.title}, {licence.url}" for licence in content.licences),
            *(f"Source: {source.title}. {source.attribution}" for source in content.sources),
        ]
        page.set_column(0, 0, COVER_WIDTH)
        for row, line in enumerate(lines, 1):
            self._text(page, row, 0, line, self._format(text_wrap=True, valign="top"))
            page.set_row(row, _height(line, COVER_WIDTH))

    def contents(self, sheets: list[ExportSheet]) -> None:
        """Write the list of the sheets, each with a link to it."""
        listed = [("Notes", "Shorthand and terms"), *((sheet.name, sheet.title) for sheet in sheets)]
        listed.append(("Columns", "Description of each column"))
        page = self.table(_plain("Contents", "Contents", ("Sheet", "Title"), listed))
        for row, (name, _) in enumerate(listed, 3):
            page.write_url(row, 0, f"internal:'{name}'!A1", string=name)

    def table(self, sheet: ExportSheet) -> "Worksheet":
        """Write a sheet with its table and return it."""
        page = self._page(sheet.name, sheet.title)
        for row, line in enumerate(sheet.about, 1):
            self._text(page, row, 0, line, self._format())
        top = len(sheet.about) + 1
        if not sheet.rows:
            self._text(page, top, 0, "The table has no rows.", self._format())
            return page
        # Some programs do not adjust the height of a row to its wrapped text.
        heights = [LINE_HEIGHT] * (len(sheet.rows) + 1)
        for place, (field, values) in enumerate(zip(sheet.fields, zip(*sheet.rows, strict=True), strict=True)):
            texts = [field.heading, *map(str, values)]
            width = self._column(page, top + 1, place, field, values, max(map(len, texts[1:])))
            for row, text in enumerate(texts):
                if len(text) > width or not text.isprintable():
                    heights[row] = max(heights[row], _height(text, width))
        for row, height in enumerate(heights, top):
            page.set_row(row, height)
        heading = self._format(bold=True, text_wrap=True, valign="top")
        marked = page.add_table(
            top,
            0,
            top + len(sheet.rows),
            len(sheet.fields) - 1,
            {
                "name": re.sub(r"\W", "_", f"table_{sheet.name}"),
                "columns": [{"header": field.heading, "header_format": heading} for field in sheet.fields],
                "style": "Table Style Light 1",
                "banded_rows": False,
                "autofilter": False,
            },
        )
        if marked:
            raise ProjectFault(f"{FILE}: the rows of the sheet {sheet.name} cannot be marked up as a table.")
        return page

    def _page(self, name: str, title: str) -> "Worksheet":
        page = self._book.add_worksheet(name)
        page.set_landscape()
        page.set_paper(A4)
        self._text(page, 0, 0, title, self._format(bold=True, font_size=16))
        return page

    def _column(
        self, page: "Worksheet", top: int, place: int, field: SheetColumn, values: Sequence[Any], longest: int
    ) -> int:
        """Write the cells of a column, numbers and dates with their type, and return the width of the column."""
        text = self._format(text_wrap=longest > WIDEST, valign="top")
        signs = self._format(align="right", valign="top")
        number = self._format(num_format=_number_format(field.unit), valign="top")
        day = self._format(num_format=DATE_FORMATS.get(field.type, "General"), align="right", valign="top")
        for row, value in enumerate(values, top):
            if isinstance(value, bool):
                page.write_boolean(row, place, value, text)
            elif isinstance(value, int | float):
                page.write_number(row, place, value, number)
            elif isinstance(value, date) and value >= (
                datetime(1900, 3, 1) if isinstance(value, datetime) else FIRST_DAY
            ):
                page.write_datetime(row, place, value, day)
            else:
                self._text(page, row, place, str(value), text if field.type == "VARCHAR" else signs)
        width = min(max(longest, NARROWEST) + 2, WIDEST)
        page.set_column(place, place, width)
        return width

    def _text(self, page: "Worksheet", row: int, place: int, text: str, how: "Format") -> None:
        if page.write_string(row, place, text, how):
            raise ProjectFault(
                f"{FILE}: a text of {len(text):,} characters is too long for a cell of the sheet {page.get_name()}."
            )

    def _format(self, **properties: Any) -> "Format":
        """Return the format of these properties; each format is created once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(properties)
        return self._formats[key]
