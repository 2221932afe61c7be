"""Rows, hidden rows and columns of sheets, and the limits of a workbook."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

FORMATS = "a workbook (XLSX, ODS or XLS)"
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384


class Ending(IntEnum):
    """The exit codes of the program for known causes of failure."""

    MEMORY = 10
    OUTPUT = 11
    NO_ROOM = 12


class UnreadableWorkbook(Exception):
    """A workbook that cannot be read: expected and got, as in `warehouse.errors.RefusedFile`."""

    def __init__(self, got: str, expected: str = FORMATS) -> None:
        super().__init__(expected, got)
        self.expected, self.got = expected, got


@dataclass(frozen=True)
class ReadLimits:
    """The limits of reading one workbook.

    Processor time and elapsed time are in seconds; memory, the unpacked size of a zip archive and the output are in
    MiB. `cells` is the limit of used rows times used columns, summed over all sheets.
    """

    cpu_seconds: int = 30
    elapsed_seconds: int = 40
    memory_mib: int = 640
    unpacked_mib: int = 1000
    output_mib: int = 256
    cells: int = 1_500_000


@dataclass
class SheetRows:
    """The rows of one sheet, by row number; columns are numbered from 1.

    Text is in Unicode NFC, and blank rows are left out.
    """

    name: str
    most_cells: int
    rows: list[tuple[int, tuple[int, ...], list[str]]] = field(default_factory=list)
    columns: set[int] = field(default_factory=set)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_ranges: list[tuple[int, int]] = field(default_factory=list)
    _shapes: dict[tuple[int, ...], tuple[int, ...]] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict)
    _filled: int = 0

    def add(self, number: int, cells: dict[int, str], *, is_hidden: bool = False, times: int = 1) -> None:
        """Append a row `times` times, from row `number`; raise `UnreadableWorkbook` if the number does not increase."""
        if not any(map(str.strip, cells.values())):
            return
        if (self.rows and number <= self.rows[-1][0]) or number + times - 1 > MOST_ROWS or max(cells) > MOST_COLUMNS:
            raise UnreadableWorkbook(f"a damaged workbook: the rows of sheet {self.name!r} are not in order")
        self._filled += len(cells) * times
        if self._filled > self.most_cells:
            self._refuse()
        columns = tuple(cells)
        if columns not in self._shapes:
            self._shapes[columns] = columns
            self.columns.update(columns)
        texts = [self._texts.get(text) or self._normal(text) for text in cells.values()]
        for row in range(number, number + times):
            self.rows.append((row, self._shapes[columns], texts))
            if is_hidden:
                self.hidden_rows.append(row)

    def area(self) -> int:
        """Return used rows times used columns; raise `UnreadableWorkbook` if they exceed the limit."""
        area = len(self.rows) * len(self.columns)
        if area > self.most_cells:
            self._refuse()
        return area

    def lines(self) -> Iterator[object]:
        """Yield the output lines of the sheet: its heading, then its rows, all as wide as the used columns.

        Empty columns are left out, so that a single cell far to the right adds only one column.
        """
        used = sorted(self.columns)
        hidden = [column for column in used if any(first <= column <= last for first, last in self.hidden_ranges)]
        yield {"sheet": self.name, "columns": used, "hidden_rows": self.hidden_rows, "hidden_columns": hidden}
        every = tuple(used)
        positions = {column: position for position, column in enumerate(used)}
        for number, columns, texts in self.rows:
            if columns != every:
                row = [""] * len(used)
                for column, text in zip(columns, texts, strict=True):
                    row[positions[column]] = text
                texts = row
            yield [number, texts]

    def _normal(self, text: str) -> str:
        if len(self._texts) > 100_000:
            self._texts.clear()
        return self._texts.setdefault(text, unicodedata.normalize("NFC", text))

    def _refuse(self) -> None:
        raise UnreadableWorkbook(
            f"more at sheet {self.name!r}",
            f"a workbook whose used rows times used columns are at most {self.most_cells:,}",
        )


class Report:
    """Writes the sheets of a workbook one after the other, within the limit of cells for all of them."""

    def __init__(self, limits: ReadLimits, write: Callable[[object], None]) -> None:
        self._left = limits.cells
        self._write = write

    def open(self, name: str) -> SheetRows:
        """Return a new, empty sheet."""
        return SheetRows(name, self._left)

    def close(self, sheet: SheetRows) -> None:
        """Write a complete sheet; raise `UnreadableWorkbook` if it exceeds the limit."""
        self._left -= sheet.area()
        for line in sheet.lines():
            self._write(line)

    def hide(self, name: str) -> None:
        """Write the name of a hidden sheet, whose cells are not read."""
        self._write({"hidden_sheet": name})
