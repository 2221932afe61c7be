"""Reading published files as text, from bytes, with explicit columns: nothing is guessed.

Every reader returns rows of strings with their 1-based row number in the file; types are the contract's
work. A file that cannot be what it was said to be raises `RefusedFile`.
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
from warehouse.errors import RefusedFile
from warehouse.publishers.file_kind import NAME_OF_KIND, WIDE, kind_of

# A published workbook of small areas unpacks to some 60 MB; beyond this it is a bomb, not a publication.
MAX_UNPACKED_BYTES = 1_000_000_000
ENCODINGS = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8"}
csv.field_size_limit(10_000_000)
# How much of a text is decoded at a time.
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
    """Rows of text as printed: `rows[i]` is row `first_row + i` of the file, or `numbers[i]` where there are numbers.

    `hidden_rows` are the numbers of rows, and `hidden_columns` the letters of columns by position, that a workbook
    holds and does not show. `notes` say for a person what of the file was not read.
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
        """Return how many rows below a header hold anything."""
        return sum(any(cell.strip() for cell in row) for row in self.rows[header_index + 1 :])

    def row_number(self, index: int) -> int:
        """Return the 1-based row (for CSV: record) number in the file of the row at `index`."""
        return self.numbers[index] if self.numbers else self.first_row + index

    def numbered_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the number in the file and the cells of each row."""
        return ((self.row_number(index), row) for index, row in enumerate(self.rows))

    def require_shown(self, header_index: int, positions: Iterable[int]) -> None:
        """Raise `RefusedFile` where a row below the header, or a column at one of `positions`, is hidden.

        A hidden row may be a draft, or an award that a filter left on leaves out of sight: the file does not say
        which, so it is neither counted nor left out.
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
    """Return the text of `content` in NFC; raise `RefusedFile` for HTML, emptiness or other encodings."""
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
    """Return what `utf8_of_mixed` does, as text."""
    content, notes = utf8_of_mixed(source_id, content)
    return content.decode(), notes


def utf8_of_mixed(source_id: str, content: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return (UTF-8 in NFC, notes): UTF-8 in which every byte that is not UTF-8 is read as Windows-1252.

    Excel writes the Windows code page where UTF-8 is asked for, and a cell pasted from such a file leaves its bytes in
    a file of UTF-8. Letters of Windows-1252 that follow each other almost never form UTF-8, so a file of one code page
    is read by it throughout. Raises `RefusedFile` as `decode` does, and for a byte that neither encoding has.
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
    """Yield where each part of a text begins, and the part: before ASCII, which composes with nothing before it."""
    start = 0
    while start < len(content):
        found = ASCII.search(content, start + PART_BYTES)
        end = found.start() if found else len(content)
        yield start, content[start:end]
        start = end


def _require_text(source_id: str, content: bytes) -> None:
    """Raise `RefusedFile` for nothing at all, HTML, and UTF-16 and UTF-32 with a byte-order mark or without."""
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
        raise RefusedFile(source_id, "text", f"a character in line {line:,} that no text has")


def read_csv(source_id: str, content: bytes) -> Grid:
    """Return the records of a CSV file in UTF-8 as text; wholly blank records are left out, their numbers kept.

    Raises `RefusedFile` where the file is not CSV text (HTML, empty, a quote that never closes).
    """
    return records(source_id, decode(source_id, content))


def records(source_id: str, text: str) -> Grid:
    """Return the records of CSV text, as `read_csv` does; raise `RefusedFile` for a quote that never closes."""
    numbered = list(_records(source_id, io.StringIO(text, newline="")))
    return Grid(source_id, [row for _, row in numbered], numbers=[number for number, _ in numbered])


def csv_records(source_id: str, content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield number and cells of the records of CSV in UTF-8 that are not blank; raise `RefusedFile` as `records`."""
    return _records(source_id, io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""))


def _records(source_id: str, lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    last = 0
    try:
        for number, row in enumerate(csv.reader(lines, strict=True), start=1):
            if any(map(str.strip, row)):
                last = number
                yield number, row
    except csv.Error as error:
        raise RefusedFile(source_id, "CSV after RFC 4180", f"{error} after record {last}") from error
    if not last:
        raise RefusedFile(source_id, "CSV with headings", "nothing but blank records")


def read_workbook(source_id: str, content: bytes) -> dict[str, Grid]:
    """Return the shown sheets of an XLSX, ODS or XLS workbook as text, by sheet name.

    Rows are numbered as in the sheet; blank ones are left out, and so are columns that hold nothing. Hidden sheets
    are not read, and the `notes` of every sheet say so; hidden rows and columns are read, and refused where they are
    part of a table (`Grid.require_shown`). What cells are as text: `assets.ingest.workbook`.

    Raises `RefusedFile` where the bytes are not a workbook, or reading it fails or takes too much.
    """
    if not is_workbook(content):
        raise RefusedFile(source_id, "a workbook (XLSX, ODS or XLS)", NAME_OF_KIND[kind_of(content)])
    book = workbook.read(source_id, content)
    notes = tuple(f"sheet {name!r} is hidden and was not read" for name in book.hidden_sheets)
    if not book.sheets:
        raise RefusedFile(source_id, "a workbook with a sheet that is shown", "; ".join(notes) or "no sheet")
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
    """Return whether the bytes begin as an XLSX or ODS (a zip archive) or XLS workbook does."""
    return content[:2] == b"PK" or content[:4] == b"\xd0\xcf\x11\xe0"


def read_grids(source_id: str, content: bytes) -> list[Grid]:
    """Return the sheets of a workbook, or the one table of a CSV file; raise `RefusedFile` for neither."""
    return list(read_workbook(source_id, content).values()) if is_workbook(content) else [read_csv(source_id, content)]


def find_header(grid: Grid, required: Sequence[str], within: int = 30) -> int | None:
    """Return the index of the first of the leading rows that holds every required heading, or None.

    Headings are compared after `tidy`.
    """
    wanted = {tidy(name) for name in required}
    for index, row in enumerate(grid.rows[:within]):
        if wanted <= {tidy(cell) for cell in row}:
            return index
    return None


def tidy(heading: str) -> str:
    """Return a heading without line breaks, doubled or outer white space, in lower case."""
    return " ".join(heading.replace("\u00a0", " ").split()).lower()


def frame(grid: Grid, header_index: int, columns: Mapping[str, str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows, refused) below a header: text columns renamed by `columns` plus `source_row`.

    `columns` maps the published heading (compared after `tidy`) to our name; columns not named are left
    out, since the landed file keeps them. Rows with more or fewer fields than the header come back in
    `refused` as quarantine rows. Raises `RefusedFile` where a heading is missing or occurs twice, and where a row
    or a column that would be read is hidden.
    """
    headings = [tidy(cell) for cell in grid.rows[header_index]]
    wanted = {tidy(heading): name for heading, name in columns.items()}
    missing = [heading for heading in columns if tidy(heading) not in headings]
    twice = [heading for heading in wanted if headings.count(heading) > 1]
    if missing or twice:
        problem = f"no column {missing[0]!r}" if missing else f"column {twice[0]!r} twice"
        raise RefusedFile(grid.source_id, f"the columns {', '.join(columns)}", f"{problem} in {grid.where}")
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
    """Return a column by the name that the publisher gave it, or null; `pl.col` reads `*` and `^...$` as patterns."""
    return pl.lit(None, pl.String) if name is None else cs.by_name(name).as_expr()


def values_of(rows: pl.DataFrame, name: str) -> pl.Series:
    """Return the values of a column by the name that the publisher gave it."""
    return rows.select(column_named(name)).to_series()


def as_json(names: Iterable[str]) -> pl.Expr:
    """Return columns as one JSON text, in the order given; no column is {}."""
    columns = [column_named(name).str.strip_chars().alias(name) for name in names]
    return pl.struct(columns).struct.json_encode() if columns else pl.lit("{}")
