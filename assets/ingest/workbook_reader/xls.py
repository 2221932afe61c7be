"""Reads XLS workbooks (BIFF in a compound file) with xlrd."""

import os
from pathlib import Path

import xlrd

from assets.ingest.workbook_reader.cells import kind_of, text_of
from assets.ingest.workbook_reader.sheets import Report, SheetRows, UnreadableWorkbook

ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
LOCKED = "a workbook that is locked with a password"


def read(content: bytes, report: Report) -> None:
    """Write the sheets of an XLS workbook.

    An XLS file does not show whether the result of a formula is stored. Raises `UnreadableWorkbook` for a workbook that
    is locked with a password, including XLSX, which is then a compound file too.
    """
    if ENCRYPTED_PACKAGE in content:
        raise UnreadableWorkbook(LOCKED)
    with Path(os.devnull).open("w") as nowhere:
        try:
            book = xlrd.open_workbook(file_contents=content, formatting_info=True, on_demand=True, logfile=nowhere)
        except xlrd.XLRDError as error:
            raise UnreadableWorkbook(LOCKED if "encrypted" in str(error) else "a damaged XLS file") from error
        for index, name in enumerate(book.sheet_names()):
            table = book.sheet_by_index(index)
            if table.visibility:
                report.hide(name)
            else:
                sheet = report.open(name)
                _read_sheet(book, table, sheet)
                report.close(sheet)
            book.unload_sheet(index)


def _read_sheet(book: "xlrd.Book", table: "xlrd.sheet.Sheet", sheet: SheetRows) -> None:
    kinds = [kind_of(book.format_map[style.format_key].format_str) for style in book.xf_list]
    is_1904 = bool(book.datemode)
    sheet.hidden_ranges = [(at + 1, at + 1) for at, info in table.colinfo_map.items() if info.hidden or not info.width]
    for index in range(table.nrows):
        cells: dict[int, str] = {}
        for column, cell in enumerate(table.row(index), start=1):
            if cell.ctype == xlrd.XL_CELL_TEXT:
                text = cell.value
            elif cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
                text = text_of(cell.value, kinds[cell.xf_index], is_1904=is_1904)
            elif cell.ctype == xlrd.XL_CELL_BOOLEAN:
                text = "true" if cell.value else "false"
            elif cell.ctype == xlrd.XL_CELL_ERROR:
                text = xlrd.error_text_from_code.get(cell.value, "#ERROR!")
            else:
                continue
            if text:
                cells[column] = text
        info = table.rowinfo_map.get(index)
        sheet.add(index + 1, cells, is_hidden=info is not None and bool(info.hidden))
