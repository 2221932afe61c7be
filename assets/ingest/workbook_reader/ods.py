"""Reads ODS workbooks (OpenDocument 1.3, part 3)."""

import re
from dataclasses import dataclass, field

from assets.ingest.workbook_reader.archive import Archive
from assets.ingest.workbook_reader.cells import NOT_COMPUTED, Kind, text_of
from assets.ingest.workbook_reader.sheets import Report, SheetRows, UnreadableWorkbook

SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
TABLE, TEXT, OFFICE, STYLE = (f"{OASIS}{name}:1.0 " for name in ("table", "text", "office", "style"))
CALCEXT = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 "
CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
# Links to other programs contain tables too; only a table at the top level is a sheet.
TABLES = (f"{TABLE}dde-links", f"{TABLE}table")
GROUPS = (f"{TABLE}table-row-group", f"{TABLE}table-column-group")
PERIOD = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,](\d+))?S", re.ASCII)
HIDDEN = ("collapse", "filter")


@dataclass
class OdsCell:
    """A cell that is being read: its attributes, the complete paragraphs of its text and the open one."""

    attributes: dict[str, str]
    paragraphs: list[str] = field(default_factory=list)
    pieces: list[str] | None = None
    ignored: int = 0


def read(archive: Archive, report: Report) -> None:
    """Write the sheets of an ODS workbook."""
    if b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise UnreadableWorkbook("a workbook that is locked with a password")
    kind = archive.read("mimetype").strip()
    if kind and not kind.startswith(SPREADSHEET):
        raise UnreadableWorkbook(f"an OpenDocument file of the type {kind.decode('ascii', 'replace')[:80]!r}")
    content = _Content(report)
    archive.parse("content.xml", content.start, content.end, content.text)


class _Content:
    """The handlers of `content.xml`, with the current position."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._undisplayed_styles: set[str] = set()
        self._style = ""
        self._depth = 0
        self._sheet: SheetRows | None = None
        self._cell: OdsCell | None = None
        self._hidden_groups: list[bool] = []
        self._row_attributes: dict[str, str] | None = None
        self._cells: dict[int, str] = {}
        self._row = self._column = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._cell is not None:
            self._start_in_cell(self._cell, name, attributes)
        elif name in CELLS and self._row_attributes is not None:
            self._cell = OdsCell(attributes)
        elif name == f"{TABLE}table-row" and self._sheet is not None and self._depth == 1:
            self._row_attributes = attributes
            self._cells = {}
            self._column = 1
        elif name == f"{TABLE}table-column" and self._sheet is not None and self._depth == 1:
            times = _times(attributes, "columns")
            if self._is_hidden(attributes):
                self._sheet.hidden_ranges.append((self._column, self._column + times - 1))
            self._column += times
        elif name in GROUPS:
            self._hidden_groups.append(attributes.get(f"{TABLE}display") == "false")
        elif name in TABLES:
            self._depth += 1
            if name == TABLES[-1] and self._depth == 1:
                self._start_table(attributes)
        elif name == f"{STYLE}style":
            self._style = attributes.get(f"{STYLE}name", "")
        elif name == f"{STYLE}table-properties" and attributes.get(f"{TABLE}display") == "false":
            self._undisplayed_styles.add(self._style)

    def end(self, name: str) -> None:
        if self._cell is not None:
            if self._end_in_cell(self._cell, name):
                self._add_cell(self._cell.attributes, "\n".join(self._cell.paragraphs))
                self._cell = None
        elif name == f"{TABLE}table-row" and self._row_attributes is not None and self._sheet is not None:
            times = _times(self._row_attributes, "rows")
            self._sheet.add(self._row, self._cells, is_hidden=self._is_hidden(self._row_attributes), times=times)
            self._row += times
            self._row_attributes = None
        elif name in GROUPS and self._hidden_groups:
            self._hidden_groups.pop()
        elif name in TABLES:
            self._depth -= 1
            if self._depth == 0 and self._sheet is not None:
                self._report.close(self._sheet)
                self._sheet = None

    def text(self, data: str) -> None:
        if self._cell is not None and self._cell.pieces is not None and not self._cell.ignored:
            self._cell.pieces.append(data)

    def _start_table(self, attributes: dict[str, str]) -> None:
        name = attributes.get(f"{TABLE}name", "")
        self._row = self._column = 1
        if attributes.get(f"{TABLE}style-name") in self._undisplayed_styles:
            self._report.hide(name)
        else:
            self._sheet = self._report.open(name)

    def _is_hidden(self, attributes: dict[str, str]) -> bool:
        return attributes.get(f"{TABLE}visibility") in HIDDEN or any(self._hidden_groups)

    def _add_cell(self, attributes: dict[str, str], printed: str) -> None:
        times = _times(attributes, "columns")
        if text := _text(attributes, printed):
            if self._column + times - 1 > 16_384:
                raise UnreadableWorkbook("a damaged workbook: a row with more than 16,384 cells")
            self._cells.update(dict.fromkeys(range(self._column, self._column + times), text))
        self._column += times

    @staticmethod
    def _start_in_cell(cell: OdsCell, name: str, attributes: dict[str, str]) -> None:
        """Process the start of an element in a cell; the text is in paragraphs, not in comments, drawings or tables."""
        if cell.ignored or (cell.pieces is None and name != f"{TEXT}p"):
            cell.ignored += 1
        elif cell.pieces is None:
            cell.pieces = []
        elif name == f"{TEXT}s":
            cell.pieces.append(" " * min(int(attributes.get(f"{TEXT}c", "1")), 1000))
        elif name == f"{TEXT}tab":
            cell.pieces.append("\t")
        elif name == f"{TEXT}line-break":
            cell.pieces.append("\n")
        elif not name.startswith(TEXT):
            cell.ignored = 1

    @staticmethod
    def _end_in_cell(cell: OdsCell, name: str) -> bool:
        """Process the end of an element in a cell and return whether it is the end of the cell itself."""
        if cell.ignored:
            cell.ignored -= 1
        elif cell.pieces is None:
            return True
        elif name == f"{TEXT}p":
            cell.paragraphs.append("".join(cell.pieces))
            cell.pieces = None
        return False


def _times(attributes: dict[str, str], what: str) -> int:
    return max(1, int(attributes.get(f"{TABLE}number-{what}-repeated", "1")))


def _text(attributes: dict[str, str], printed: str) -> str:
    """Return the text of a cell from its typed value, or else as printed in the file."""
    kind = attributes.get(f"{OFFICE}value-type", "")
    value = attributes.get(f"{OFFICE}value", "")
    if attributes.get(f"{CALCEXT}value-type") == "error":
        return printed or "#ERROR!"
    if kind in ("float", "currency"):
        return text_of(value)
    if kind == "percentage":
        return text_of(value, Kind.PERCENTAGE)
    if kind == "date":
        return attributes.get(f"{OFFICE}date-value", printed).replace("T", " ")
    if kind == "time":
        return _time(attributes.get(f"{OFFICE}time-value", printed))
    if kind == "boolean":
        return attributes.get(f"{OFFICE}boolean-value", printed)
    if f"{TABLE}formula" in attributes and not kind and not printed:
        return NOT_COMPUTED
    return attributes.get(f"{OFFICE}string-value") or printed


def _time(period: str) -> str:
    """Return an ISO 8601 period such as `PT09H30M00S` as `09:30:00`."""
    match = PERIOD.fullmatch(period)
    if match is None:
        return period
    fraction = (match[4] or "").rstrip("0")
    return f"{int(match[1]):02}:{int(match[2]):02}:{int(match[3]):02}" + (f".{fraction}" if fraction else "")
