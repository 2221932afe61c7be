"""Small synthetic workbooks of each kind, and ways to change what is inside one."""

import io
import zipfile
from collections.abc import Callable, Mapping

import xlsxwriter
import xlwt

from assets.ingest import workbook
from assets.ingest.workbook_reader.sheets import ReadLimits

SPREADSHEET = "application/vnd.oasis.opendocument.spreadsheet"
OASIS = "urn:oasis:names:tc:opendocument:xmlns"
NAMESPACES = (
    " ".join(f'xmlns:{name}="{OASIS}:{name}:1.0"' for name in ("office", "table", "text", "style", "manifest"))
    + ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


HIDDEN_SHEET = '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'


def xlsx(*fill: Callable[..., object], **options: object) -> bytes:
    """Return an XLSX workbook with a sheet for each function, which is called with (workbook, sheet)."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, **options}) as book:
        for function in fill:
            function(book, book.add_worksheet())
    return buffer.getvalue()


def xls(*fill: Callable[..., object], is_1904: bool = False) -> bytes:
    """Return an XLS workbook with a sheet for each function, which is called with the sheet."""
    book = xlwt.Workbook()
    book.dates_1904 = is_1904
    for number, function in enumerate(fill, start=1):
        function(book.add_sheet(f"Sheet{number}"))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def ods(*tables: str, styles: str = "", mimetype: str = SPREADSHEET, manifest: str = "") -> bytes:
    """Return an ODS workbook whose sheets are given as `table:table` elements."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {NAMESPACES} office:version="1.3">'
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>"
        f"{''.join(tables)}</office:spreadsheet></office:body></office:document-content>"
    )
    parts = {
        "mimetype": mimetype,
        "META-INF/manifest.xml": f"<manifest:manifest {NAMESPACES}>{manifest}</manifest:manifest>",
        "content.xml": content,
    }
    return archive({name: text.encode() for name, text in parts.items()})


def ods_table(*rows: str, name: str = "Sheet1", attributes: str = "") -> str:
    """Return a `table:table` element."""
    return f'<table:table table:name="{name}" {attributes}>{"".join(rows)}</table:table>'


def ods_row(*cells: str, attributes: str = "") -> str:
    """Return a `table:table-row` element; a cell is its text or an element."""
    elements = (cell if cell.startswith("<") else ods_cell(cell) for cell in cells)
    return f"<table:table-row {attributes}>{''.join(elements)}</table:table-row>"


def ods_cell(text: str = "", attributes: str = 'office:value-type="string"') -> str:
    """Return a `table:table-cell` element."""
    return f"<table:table-cell {attributes}>{f'<text:p>{text}</text:p>' if text else ''}</table:table-cell>"


def column(*cells: tuple[object, str | None]) -> bytes:
    """Return an XLSX workbook with one column of cells given as (value, number format)."""

    def fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        for row, (value, code) in enumerate(cells):
            sheet.write(row, 0, value, book.add_format({"num_format": code} if code else {}))

    return xlsx(fill)


def rows_of(content: bytes, limits: ReadLimits | None = None) -> dict[int, list[str]]:
    """Return the rows of the first sheet by their numbers."""
    sheet = workbook.read("test", content, limits).sheets[0]
    return dict(zip(sheet.numbers, sheet.rows, strict=True))


def archive(parts: Mapping[str, bytes]) -> bytes:
    """Return a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    """Return the parts of a zip archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def changed(content: bytes, part: str, old: str, new: str) -> bytes:
    """Return a workbook with a text in one of its parts replaced."""
    parts = parts_of(content)
    assert old.encode() in parts[part]
    return archive(parts | {part: parts[part].replace(old.encode(), new.encode())})
