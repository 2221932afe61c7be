"""Reads published CSV files and workbooks as text, with explicit columns; types are not inferred.

Every reader returns rows of strings with their 1-based row number in the file; contracts define the types. A file of
another format raises `RefusedFile`.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
import polars.selectors as cs

from assets.ingest import workbook
from assets.ingest.validation import SOURCE_ROW, quarantine
from warehouse.errors import RefusedFile, UnknownHeadings
from warehouse.publishers.file_kind import NAME_OF_KIND, WIDE, kind_of

# A published workbook of small areas unpacks to about 60 MB; a file above this limit is a zip bomb.
MAX_UNPACKED_BYTES = 1_000_000_000
ENCODINGS = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8"}
csv.field_size_limit(10_000_000)
# Size of the parts in which a text is decoded.
PART_BYTES = 65_536
ASCII = re.compile(rb"[\x00-\x7f]")
NOT_BLANK = re.compile(rb"\S")
# The error handler "surrogateescape" decodes a byte that is not UTF-8 to one of these; cp1252 leaves five undefined.
STRAY_BYTE = re.compile("[\udc80-\udcff]")
WINDOWS_1252 = {
    0xDC00 + byte: character for byte in range(0x80, 0x100) if (character := bytes([byte]).decode("cp1252", "ignore"))
}


@dataclass(frozen=True)
class Grid:
    """Rows of text as printed: `rows[i]` is row `first_row + i` of the file, or `numbers[i]` if given.

    `hidden_rows` are the numbers, and `hidden_columns` the letters by position, of the rows and columns that a workbook
    hides. `notes` tell the user what was not read.
    """

    source_id: str
    rows: list[list[str]]
    first_row: int = 1
    where: str = "file"
    numbers: list[int] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: Mapping[int, str] = field(default_factory=dict)

    def rows_below(self, header_index: int) -> int:
        """Return the number of rows below a header that are not blank."""
        return sum(any(cell.strip() for cell in row) for row in self.rows[header_index + 1 :])

    def row_number(self, index: int) -> int:
        """Return the 1-based row (for CSV: record) number in the file of the row at `index`."""
        return self.numbers[index] if self.numbers else self.first_row + index

    def numbered_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (row number in the file, cells) for each row."""
        return ((self.row_number(index), row) for index, row in enumerate(self.rows))

    def require_shown(self, header_index: int, positions: Iterable[int]) -> None:
        """Raise `RefusedFile` if a row below the header, or a column at one of `positions`, is hidden.

        A hidden row may be a draft, or a valid award that a filter hides. The file does not say which, so it can be
        neither counted nor left out.
        """
        below: Sequence[object] = [number for number in self.numbers[header_index + 1 :] if number in self.hidden_rows]
        columns = [self.hidden_columns[position] for position in sorted(positions) if position in self.hidden_columns]
        hidden = [_listed(what, items) for what, items in (("row", below), ("column", columns)) if items]
        if hidden:
            got = f"{' and '.join(hidden)} hidden or filtered out in {self.where}; show or delete what is hidden"
            raise RefusedFile(self.source_id, "a table without hidden rows or columns", got)


def _listed(what: str, items: Sequence[object]) -> str:
    named = ", ".join(f"{item:,}" if isinstance(item, int) else str(item) for item in items[:5])
    more = f" and {len(items) - 5:,} more" if len(items) > 5 else ""
    return f"{what}{'s' * (len(items) > 1)} {named}{more}"


def decode(source_id: str, content: bytes, encoding: str = "utf-8-sig") -> str:
    """Return the text of `content` in NFC; raise `RefusedFile` for HTML, an empty file or another encoding."""
    _require_text(source_id, content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        byte, line = content[error.start], content.count(b"\n", 0, error.start) + 1
        windows = WINDOWS_1252.get(0xDC00 + byte)
        got = f"byte 0x{byte:02X} in line {line:,}"
        got += f", which is {windows!r} in Windows-1252; save the file as UTF-8" if windows else ""
        raise RefusedFile(source_id, f"text in {ENCODINGS.get(encoding, encoding)}", got) from error
    _require_no_zero(source_id, content)
    return unicodedata.normalize("NFC", text)


def decode_mixed(source_id: str, content: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the result of `utf8_of_mixed` as text."""
    content, notes = utf8_of_mixed(source_id, content)
    return content.decode(), notes


def utf8_of_mixed(source_id: str, content: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return (UTF-8 in NFC, notes): UTF-8 in which every byte that is not UTF-8 is read as Windows-1252.

    Some versions of Excel write Windows-1252 instead of UTF-8, and a cell pasted from such a file leaves its bytes in a
    UTF-8 file. Adjacent letters of Windows-1252 are almost never valid UTF-8, so a file that is entirely in
    Windows-1252 is read correctly too. Raises `RefusedFile` as `decode` does, and for a byte of neither encoding.
    """
    _require_text(source_id, content)
    content = content.removeprefix(codecs.BOM_UTF8)
    if content.isascii():
        _require_no_zero(source_id, content)
        return content, ()
    strays = 0
    is_mixed = is_changed = False
    written: list[bytes] = []
    for start, part in _parts(content):
        if part.isascii():
            written.append(part)
            continue
        try:
            text = part.decode()
            is_mixed |= not part.isascii()
        except UnicodeDecodeError:
            text = part.decode("utf-8", "surrogateescape")
            strays += len(STRAY_BYTE.findall(text))
            is_mixed |= not STRAY_BYTE.sub("", text).isascii()
            text = text.translate(WINDOWS_1252)
        if undefined := STRAY_BYTE.search(text) if strays else None:
            line = content.count(b"\n", 0, start) + text.count("\n", 0, undefined.start()) + 1
            got = f"byte 0x{ord(undefined[0]) - 0xDC00:02X} in line {line:,}, which is neither"
            raise RefusedFile(source_id, "text in UTF-8 or Windows-1252", got)
        written.append(unicodedata.normalize("NFC", text).encode())
        is_changed |= written[-1] != part
    _require_no_zero(source_id, content)
    notes: tuple[str, ...] = ()
    if strays and is_mixed:
        bytes_are = "1 byte, which is" if strays == 1 else f"{strays:,} bytes, which are"
        notes = (f"The file is in UTF-8 except for {bytes_are} read as Windows-1252; save it as UTF-8.",)
    elif strays:
        notes = ("The file is in Windows-1252 and is read as such; save it as UTF-8.",)
    return b"".join(written) if is_changed else content, notes


def _parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (start, part) of a text, split before ASCII bytes, which never compose with a preceding character."""
    start = 0
    while start < len(content):
        found = ASCII.search(content, start + PART_BYTES)
        end = found.start() if found else len(content)
        yield start, content[start:end]
        start = end


def _require_text(source_id: str, content: bytes) -> None:
    """Raise `RefusedFile` for a blank file, HTML, and UTF-16 and UTF-32 with or without a byte-order mark."""
    if not NOT_BLANK.search(content):
        raise RefusedFile(source_id, "text", "an empty file")
    kind = kind_of(content)
    if kind == "html":
        raise RefusedFile(source_id, "data", NAME_OF_KIND[kind])
    if kind in WIDE:
        raise RefusedFile(source_id, "UTF-8 text", f"{NAME_OF_KIND[kind]}; save the file as UTF-8")


def _require_no_zero(source_id: str, content: bytes) -> None:
    if b"\x00" in content:
        line = content.count(b"\n", 0, content.index(b"\x00")) + 1
        raise RefusedFile(source_id, "text", f"a null byte in line {line:,}")


def read_csv(source_id: str, content: bytes) -> Grid:
    """Return the records of a UTF-8 CSV file as text; blank records are left out but counted in the numbering.

    Raises `RefusedFile` for a file that is not CSV text: HTML, empty, or with an unclosed quote.
    """
    return records(source_id, decode(source_id, content))


def records(source_id: str, text: str, delimiter: str = ",") -> Grid:
    """Return the records of CSV text as `read_csv` does; raise `RefusedFile` for an unclosed quote."""
    numbered = list(_records(source_id, io.StringIO(text, newline=""), delimiter))
    return Grid(source_id, [row for _, row in numbered], numbers=[number for number, _ in numbered])


def csv_records(source_id: str, content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield (number, cells) of the records of UTF-8 CSV that are not blank; raise `RefusedFile` as `records` does."""
    return _records(source_id, io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""))


def _records(source_id: str, lines: Iterable[str], delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    last = 0
    try:
        for number, row in enumerate(csv.reader(lines, strict=True, delimiter=delimiter), start=1):
            if any(map(str.strip, row)):
                last = number
                yield number, row
    except csv.Error as error:
        raise RefusedFile(source_id, "CSV as in RFC 4180", f"{error} after record {last}") from error
    if not last:
        raise RefusedFile(source_id, "CSV with headings", "only blank records")


def read_workbook(source_id: str, content: bytes) -> dict[str, Grid]:
    """Return the visible sheets of an XLSX, ODS or XLS workbook as text, by sheet name.

    Rows are numbered as in the sheet; blank rows and columns are left out. Hidden sheets are not read, and the `notes`
    of every sheet say so; hidden rows and columns are read, but refused if they are part of a table
    (`Grid.require_shown`). `assets.ingest.workbook` describes the text of cells.

    Raises `RefusedFile` if the bytes are not a workbook, or reading it fails or exceeds the limits.
    """
    if not is_workbook(content):
        raise RefusedFile(source_id, "a workbook (XLSX, ODS or XLS)", NAME_OF_KIND[kind_of(content)])
    book = workbook.read(source_id, content)
    notes = tuple(f"sheet {name!r} is hidden and was not read" for name in book.hidden_sheets)
    if not book.sheets:
        raise RefusedFile(source_id, "a workbook with a visible sheet", "; ".join(notes) or "no sheet")
    return {
        sheet.name: Grid(
            source_id,
            sheet.rows,
            where=f"sheet {sheet.name!r}",
            numbers=sheet.numbers,
            notes=notes,
            hidden_rows=sheet.hidden_rows,
            hidden_columns={position: sheet.columns[position] for position in sheet.hidden_columns},
        )
        for sheet in book.sheets
    }


def is_workbook(content: bytes) -> bool:
    """Return whether the first bytes are those of an XLSX or ODS (a zip archive) or XLS workbook."""
    return content[:2] == b"PK" or content[:4] == b"\xd0\xcf\x11\xe0"


def read_grids(source_id: str, content: bytes) -> list[Grid]:
    """Return the sheets of a workbook, or the table of a CSV file; raise `RefusedFile` for other files."""
    return list(read_workbook(source_id, content).values()) if is_workbook(content) else [read_csv(source_id, content)]


def find_header(grid: Grid, required: Sequence[str], within: int = 30) -> int | None:
    """Return the index of the first row, of the leading ones, that has all required headings, or None.

    Headings are compared after `tidy`.
    """
    wanted = {tidy(name) for name in required}
    for index, row in enumerate(grid.rows[:within]):
        if wanted <= {tidy(cell) for cell in row}:
            return index
    return None


def tidy(heading: str) -> str:
    """Return a heading in lower case, without line breaks and with single spaces."""
    return " ".join(heading.replace("\u00a0", " ").split()).lower()


def frame(grid: Grid, header_index: int, columns: Mapping[str, str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows, refused) below a header: text columns renamed by `columns` plus `source_row`.

    `columns` maps published headings (compared after `tidy`) to the names of the contract; other columns are left out,
    since the landed file has them. Rows with more or fewer fields than the header are returned in `refused` as
    quarantine rows. Raises `UnknownHeadings` if a heading is missing or occurs twice, `RefusedFile` if a row or
    column that would be read is hidden.
    """
    headings = [tidy(cell) for cell in grid.rows[header_index]]
    wanted = {tidy(heading): name for heading, name in columns.items()}
    missing = [heading for heading in columns if tidy(heading) not in headings]
    twice = [heading for heading in wanted if headings.count(heading) > 1]
    if missing or twice:
        problem = f"no column {missing[0]!r}" if missing else f"column {twice[0]!r} twice"
        raise UnknownHeadings(grid.source_id, f"the columns {', '.join(columns)}", f"{problem} in {grid.where}")
    if SOURCE_ROW in wanted.values():
        raise RefusedFile(grid.source_id, "columns of the publisher", f"one called {SOURCE_ROW!r} in {grid.where}")
    positions = {name: headings.index(heading) for heading, name in wanted.items()}
    grid.require_shown(header_index, positions.values())
    kept: list[list[str]] = []
    numbers: list[int] = []
    refused: list[tuple[int, str, dict[str, object]]] = []
    for index in range(header_index + 1, len(grid.rows)):
        row, number = grid.rows[index], grid.row_number(index)
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(headings):
            refused.append((number, f"has {len(row)} fields where the header has {len(headings)}", {"fields": row}))
            continue
        kept.append(row)
        numbers.append(number)
    table = {SOURCE_ROW: pl.Series(numbers, dtype=pl.Int64)} | {
        name: pl.Series([row[position] for row in kept], dtype=pl.String) for name, position in positions.items()
    }
    return pl.DataFrame(table), quarantine(refused)


def column_named(name: str | None) -> pl.Expr:
    """Return a column by its published name, or null; `pl.col` would read `*` and `^...$` as patterns."""
    return pl.lit(None, pl.String) if name is None else cs.by_name(name).as_expr()


def values_of(rows: pl.DataFrame, name: str) -> pl.Series:
    """Return the values of a column by its published name."""
    return rows.select(column_named(name)).to_series()


def as_json(names: Iterable[str]) -> pl.Expr:
    """Return columns as one JSON text, in the given order; {} without columns."""
    columns = [column_named(name).str.strip_chars().alias(name) for name in names]
    return pl.struct(columns).struct.json_encode() if columns else pl.lit("{}")
