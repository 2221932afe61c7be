"""Workbooks of synthetic rows in the formats in which publishers issue them."""

import io
import zipfile
from xml.sax.saxutils import escape

SPACE = "urn:oasis:names:tc:opendocument:xmlns:"
MIME_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
# What an office suite writes below and beside a table: cells without content, given once with their number.
BLANK_ROWS = (
    '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/>'
    "</table:table-row>"
)


def ods(**sheets):
    """Return an OpenDocument spreadsheet of sheets of rows; an empty text is a cell without content."""

    def cell(value):
        if value == "":
            return "<table:table-cell/>"
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'
        return (
            f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p>'
            "</table:table-cell>"
        )

    def row(cells):
        return f"<table:table-row>{''.join(map(cell, cells))}</table:table-row>"

    names = {name: escape(name, {'"': "&quot;"}) for name in sheets}
    body = "".join(
        f'<table:table table:name="{names[name]}">{"".join(map(row, rows))}{BLANK_ROWS}</table:table>'
        for name, rows in sheets.items()
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{SPACE}office:1.0" '
        f'xmlns:table="{SPACE}table:1.0" xmlns:text="{SPACE}text:1.0" office:version="1.2"><office:body>'
        f"<office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"
    )
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("mimetype", MIME_TYPE)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{SPACE}manifest:1.0"/>')
    return kept.getvalue()
