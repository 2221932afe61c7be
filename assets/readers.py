"""Reading published files as text, from bytes, with explicit columns: nothing is guessed.

Every reader returns rows of strings with their 1-based row number in the file; types are the contract's
work. A file that cannot be what it was said to be raises `RefusedFile`.
"""

import csv
import io
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from assets.intake import SOURCE_ROW, quarantine
from warehouse.errors import RefusedFile

# A published workbook of small areas unpacks to some 60 MB; beyond this it is a bomb, not a publication.
MAX_UNPACKED_BYTES = 1_000_000_000
csv.field_size_limit(10_000_000)


@dataclass(frozen=True)
class Grid:
    """Rows of text as printed: `rows[i]` stands in row `first_row + i` of the file."""

    source_id: str
    rows: list[list[str]]
    first_row: int = 1
    where: str = "file"
    numbers: list[int] = field(default_factory=list)

    def rows_below(self, header_index: int) -> int:
        """Return how many rows below a header hold anything."""
        return sum(any(cell.strip() for cell in row) for row in self.rows[header_index + 1 :])

    def row_number(self, index: int) -> int:
        """Return the 1-based row (for CSV: record) number in the file of the row at `index`."""
        return self.numbers[index] if self.numbers else self.first_row + index


def decode(source_id: str, content: bytes, encoding: str = "utf-8-sig") -> str:
    """Return the text of `content` in NFC; raise `RefusedFile` for HTML, emptiness or other encodings."""
    if not content.strip():
        raise RefusedFile(source_id, "text", "an empty file")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise RefusedFile(source_id, f"{encoding} text", f"a byte that is not, at offset {error.start}") from error
    if "\x00" in text:
        raise RefusedFile(source_id, "text", f"a NUL character at offset {text.index(chr(0))}")
    if text.lstrip()[:200].lower().startswith(("<!doctype html", "<html")):
        raise RefusedFile(source_id, "data", "an HTML page")
    return unicodedata.normalize("NFC", text)


def read_csv(source_id: str, content: bytes, encoding: str = "utf-8-sig") -> Grid:
    """Return the records of a CSV file as text; wholly blank records are left out, their numbers kept.

    Raises `RefusedFile` where the file is not CSV text (HTML, empty, a quote that never closes).
    """
    text = decode(source_id, content, encoding)
    rows: list[list[str]] = []
    numbers: list[int] = []
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1):
            if any(cell.strip() for cell in row):
                rows.append(row)
                numbers.append(number)
    except csv.Error as error:
        raise RefusedFile(
            source_id, "CSV after RFC 4180", f"{error} after record {numbers[-1] if numbers else 0}"
        ) from error
    if not rows:
        raise RefusedFile(source_id, "CSV with headings", "nothing but blank records")
    return Grid(source_id, rows, numbers=numbers)


def read_workbook(source_id: str, content: bytes) -> dict[str, Grid]:
    """Return the sheets of an XLSX, ODS or XLS workbook as text, by sheet name.

    Rows are numbered from the first row of a sheet that holds anything, since the reader leaves out what is
    blank before it.

    Raises `RefusedFile` where the bytes are no workbook or unpack beyond reason.
    """
    import fastexcel  # slow to import, and only workbooks need it

    if content[:2] == b"PK":
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                unpacked = sum(entry.file_size for entry in archive.infolist())
        except zipfile.BadZipFile as error:
            raise RefusedFile(source_id, "a workbook (XLSX, ODS or XLS)", "a damaged zip archive") from error
        if unpacked > MAX_UNPACKED_BYTES:
            raise RefusedFile(source_id, "a workbook of reasonable size", f"one that unpacks to {unpacked:,} bytes")
    try:
        reader = fastexcel.read_excel(content)
        sheets = {
            name: reader.load_sheet(name, header_row=None, dtypes="string", skip_whitespace_tail_rows=False)
            .to_polars()
            .fill_null("")
            .rows()
            for name in reader.sheet_names
        }
    except fastexcel.FastExcelError as error:
        got = "an HTML page" if b"<html" in content[:1000].lower() else f"{len(content):,} bytes that are not"
        raise RefusedFile(source_id, "a workbook (XLSX, ODS or XLS)", got) from error
    return {
        name: Grid(
            source_id, [[unicodedata.normalize("NFC", cell) for cell in row] for row in rows], where=f"sheet {name!r}"
        )
        for name, rows in sheets.items()
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
    `refused` as quarantine rows. Raises `RefusedFile` where a heading is missing or stands twice.
    """
    headings = [tidy(cell) for cell in grid.rows[header_index]]
    wanted = {tidy(heading): name for heading, name in columns.items()}
    missing = [heading for heading in columns if tidy(heading) not in headings]
    twice = [heading for heading in wanted if headings.count(heading) > 1]
    if missing or twice:
        problem = f"no column {missing[0]!r}" if missing else f"column {twice[0]!r} twice"
        raise RefusedFile(grid.source_id, f"the columns {', '.join(columns)}", f"{problem} in {grid.where}")
    positions = {name: headings.index(heading) for heading, name in wanted.items()}
    kept: list[dict[str, object]] = []
    refused: list[tuple[int, str, dict[str, object]]] = []
    for index in range(header_index + 1, len(grid.rows)):
        row, number = grid.rows[index], grid.row_number(index)
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(headings):
            refused.append((number, f"has {len(row)} fields where the header has {len(headings)}", {"fields": row}))
            continue
        kept.append({SOURCE_ROW: number} | {name: row[position] for name, position in positions.items()})
    schema = {SOURCE_ROW: pl.Int64} | dict.fromkeys(columns.values(), pl.String)
    return pl.DataFrame(kept, schema=schema, orient="row"), quarantine(refused)
