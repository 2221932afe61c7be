"""Reads XLSX workbooks (Office Open XML, ECMA-376 part 1, transitional and strict); macros are ignored."""

import posixpath
import re
from dataclasses import dataclass, field

from assets.ingest.workbook_reader.archive import Archive
from assets.ingest.workbook_reader.cells import NOT_COMPUTED, Kind, kind_of, text_of
from assets.ingest.workbook_reader.sheets import Report, SheetRows, UnreadableWorkbook

NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
# Built-in formats, which have a number but no code in the file (ECMA-376 part 1, 18.8.30).
BUILT_IN = (
    dict.fromkeys((9, 10), Kind.PERCENTAGE)
    | dict.fromkeys((*range(14, 18), 22, *range(27, 37), *range(50, 59)), Kind.DATE)
    | dict.fromkeys((*range(18, 22), 45, 47), Kind.TIME)
    | {46: Kind.DURATION}
)
TRUE = ("1", "true", "on")
ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
REFERENCE = re.compile(r"([A-Z]{1,3})[1-9]\d*", re.ASCII)


@dataclass
class WorkbookPart:
    """The workbook part: sheets as (name, is hidden, path), the date system and whether results are stale."""

    sheets: list[tuple[str, bool, str]] = field(default_factory=list)
    is_1904: bool = False
    is_stale: bool = False


def read(archive: Archive, report: Report) -> None:
    """Write the sheets of an XLSX workbook."""
    path = _workbook_path(archive)
    targets = _relations(archive, path)
    part = _workbook(archive, path, targets)
    parts = {kind: target for kind, target in targets.values()}
    strings = _strings(archive, parts["sharedStrings"]) if parts.get("sharedStrings", "") in archive else []
    kinds = _kinds(archive, parts["styles"]) if parts.get("styles", "") in archive else []
    for name, is_hidden, target in part.sheets:
        if is_hidden:
            report.hide(name)
        else:
            sheet = report.open(name)
            _read_sheet(archive, target, sheet, strings, kinds, part)
            report.close(sheet)


def _workbook_path(archive: Archive) -> str:
    """Return the path of the workbook part; raise `UnreadableWorkbook` for documents that are not XLSX."""
    targets = [target for kind, target in _relations(archive, "").values() if kind == "officeDocument"]
    path = targets[0] if targets else "xl/workbook.xml"
    if path.endswith(".bin"):
        raise UnreadableWorkbook("an XLSB workbook; save it as XLSX")
    if path not in archive or not path.lower().startswith("xl/"):
        raise UnreadableWorkbook(f"an Office document whose main part is {path!r}")
    return path


def _relations(archive: Archive, path: str) -> dict[str, tuple[str, str]]:
    """Return the related parts of a part as (last word of the type, path), by identifier."""
    folder, name = posixpath.split(path)
    found: dict[str, tuple[str, str]] = {}

    def start(element: str, attributes: dict[str, str]) -> None:
        if element.endswith(" Relationship") and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/" + folder, attributes["Target"].replace("\\", "/")))
            found[attributes["Id"]] = (attributes["Type"].rpartition("/")[2], target.lstrip("/"))

    archive.parse(posixpath.join(folder, "_rels", f"{name}.rels"), start)
    return found


def _workbook(archive: Archive, path: str, targets: dict[str, tuple[str, str]]) -> WorkbookPart:
    """Return the workbook part, without chart sheets and macro sheets."""
    part = WorkbookPart()

    def start(element: str, attributes: dict[str, str]) -> None:
        name = _local(element)
        if name == "workbookPr":
            part.is_1904 = attributes.get("date1904") in TRUE
        elif name == "calcPr":
            part.is_stale = attributes.get("fullCalcOnLoad") in TRUE
        elif name == "sheet":
            identifier = next(value for key, value in attributes.items() if key.endswith("/relationships id"))
            kind, target = targets[identifier]
            if kind == "worksheet":
                part.sheets.append((attributes["name"], attributes.get("state", "visible") != "visible", target))

    archive.parse(path, start)
    return part


def _strings(archive: Archive, path: str) -> list[str]:
    """Return the shared strings, with their runs joined and without phonetic guides."""
    strings: list[str] = []
    pieces: list[str] = []
    inside = ""

    def start(element: str, _: dict[str, str]) -> None:
        nonlocal inside
        name = _local(element)
        if name == "si":
            pieces.clear()
        elif name in ("t", "rPh") and inside != "rPh":
            inside = name

    def end(element: str) -> None:
        nonlocal inside
        name = _local(element)
        if name == "si":
            strings.append(_unescape("".join(pieces)))
        elif name == inside:
            inside = ""

    def text(data: str) -> None:
        if inside == "t":
            pieces.append(data)

    archive.parse(path, start, end, text)
    return strings


def _kinds(archive: Archive, path: str) -> list[Kind]:
    """Return the kind of number format of each cell style."""
    codes: dict[str, str] = {}
    kinds: list[Kind] = []
    is_inside = False

    def start(element: str, attributes: dict[str, str]) -> None:
        nonlocal is_inside
        name = _local(element)
        if name == "numFmt":
            codes[attributes["numFmtId"]] = attributes["formatCode"]
        elif name == "cellXfs":
            is_inside = True
        elif name == "xf" and is_inside:
            identifier = attributes.get("numFmtId", "0")
            code = codes.get(identifier)
            kinds.append(BUILT_IN.get(int(identifier), Kind.NUMBER) if code is None else kind_of(code))

    def end(element: str) -> None:
        nonlocal is_inside
        if _local(element) == "cellXfs":
            is_inside = False

    archive.parse(path, start, end)
    return kinds


def _read_sheet(
    archive: Archive, path: str, sheet: SheetRows, strings: list[str], kinds: list[Kind], part: WorkbookPart
) -> None:
    """Add to `sheet` the rows of a worksheet part.

    The text is `NOT_COMPUTED` for a formula without a stored result, and for one with the result 0 in a workbook that
    is calculated when opened, because some programs store 0 for results that they have not calculated.
    """
    elements = {f"{uri} {name}": name for uri in NAMESPACES for name in ("row", "c", "v", "f", "t", "rPh", "col")}
    columns: dict[str, int] = {}
    value: list[str] = []
    cells: dict[int, str] = {}
    row = column = 0
    is_row_hidden = has_formula = is_phonetic = is_taken = False
    kind = ""
    style: str | None = None

    def start(element: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, is_row_hidden, has_formula, is_phonetic, is_taken, kind, style, cells
        name = elements.get(element)
        if name == "c":
            reference = attributes.get("r")
            if reference is None:
                column += 1
            else:
                letters = reference.rstrip("0123456789")
                column = columns.get(letters) or columns.setdefault(letters, _column(reference))
            kind = attributes.get("t", "n")
            style = attributes.get("s")
            has_formula = False
            value.clear()
        elif name == "v":
            is_taken = True
        elif name == "t":
            is_taken = not is_phonetic
        elif name == "f":
            has_formula = True
        elif name == "row":
            row = int(attributes["r"]) if "r" in attributes else row + 1
            column = 0
            cells = {}
            is_row_hidden = attributes.get("hidden") in TRUE or _is_zero(attributes.get("ht"))
        elif name == "rPh":
            is_phonetic = True
        elif name == "col" and (attributes.get("hidden") in TRUE or _is_zero(attributes.get("width"))):
            sheet.hidden_ranges.append((int(attributes["min"]), int(attributes["max"])))

    def end(element: str) -> None:
        nonlocal is_taken, is_phonetic
        name = elements.get(element)
        if name == "c":
            stored = "".join(value)
            if has_formula and (not stored or (part.is_stale and stored == "0")) and kind != "str":
                text = NOT_COMPUTED
            elif not stored:
                return
            elif kind == "s":
                text = strings[int(stored)]
            elif kind == "n":
                of_style = kinds[int(style)] if style and kinds else Kind.NUMBER
                text = text_of(stored, of_style, is_1904=part.is_1904)
            elif kind == "b":
                text = "true" if stored in TRUE else "false"
            elif kind in ("str", "inlineStr"):
                text = _unescape(stored)
            else:
                text = stored
            if text:
                cells[column] = text
        elif name in ("v", "t"):
            is_taken = False
        elif name == "row":
            sheet.add(row, cells, is_hidden=is_row_hidden)
        elif name == "rPh":
            is_phonetic = False

    def text(data: str) -> None:
        if is_taken:
            value.append(data)

    archive.parse(path, start, end, text)


def _local(element: str) -> str:
    """Return the name of an element of the main namespace; empty for other namespaces."""
    uri, _, name = element.rpartition(" ")
    return name if uri in NAMESPACES else ""


def _column(reference: str) -> int:
    match = REFERENCE.fullmatch(reference)
    if match is None:
        raise UnreadableWorkbook("a damaged workbook: a cell without a valid reference")
    number = 0
    for letter in match[1]:
        number = number * 26 + ord(letter) - 64
    return number


def _is_zero(size: str | None) -> bool:
    return size is not None and float(size) == 0


def _unescape(text: str) -> str:
    """Return text with each `_xHHHH_` replaced by its character, if XML text allows that character."""
    return ESCAPE.sub(_character, text) if "_x" in text else text


def _character(match: "re.Match[str]") -> str:
    code = int(match[1], 16)
    is_text = code in (0x9, 0xA, 0xD) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE
    return chr(code) if is_text else match[0]
