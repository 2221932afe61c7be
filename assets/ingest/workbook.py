"""Reads XLSX, ODS and XLS workbooks as rows of text, each in a child process with limits.

A published workbook can crash or exhaust the program that reads it. That program is a child process, so a crash or an
exceeded limit refuses the file and affects nothing else. `assets.ingest.workbook_reader` reads the kinds of workbook
and defines the text of cells.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from typing import BinaryIO

from assets.ingest.workbook_reader.sheets import FORMATS, Ending, ReadLimits
from warehouse.errors import RefusedFile

PROGRAM = "assets.ingest.workbook_reader"
# Published workbooks have at least 5 bytes per cell, so a larger file may exceed the default limit of cells.
LARGE = 10_000_000
BYTES_A_CELL = 5


@dataclass(frozen=True)
class WorkbookSheet:
    """The rows of a sheet that are not blank, all as wide as its used columns.

    `rows[i]` is row `numbers[i]` of the sheet, and `columns[j]` is the letters of the column at position `j`.
    `hidden_rows` are row numbers, `hidden_columns` positions; `rows` includes both.
    """

    name: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Workbook:
    """The visible sheets of a workbook, and the names of the hidden ones, which are not read."""

    sheets: list[WorkbookSheet] = field(default_factory=list)
    hidden_sheets: list[str] = field(default_factory=list)


def limits_for(size: int) -> ReadLimits:
    """Return the limits for reading a workbook of `size` bytes.

    The number of cells is limited so that this process, which has the rows in memory until they are parsed, stays below
    1 GiB for a file under 10 MB.
    """
    return ReadLimits(cells=ReadLimits.cells + max(0, size - LARGE) // BYTES_A_CELL)


def read(source_id: str, content: bytes, limits: ReadLimits | None = None) -> Workbook:
    """Return the sheets of an XLSX, ODS or XLS workbook as text.

    Dates are `YYYY-MM-DD HH:MM:SS` in the workbook's own date system, a percentage has its sign (`25%`), an error is
    its text (`#N/A`), and a formula without a stored result is `#NOT COMPUTED!`.

    Raises `RefusedFile` if the bytes are not a workbook, it is damaged or locked with a password, or reading it exceeds
    `limits` (by default those of `limits_for`).
    """
    limits = limits or limits_for(len(content))
    command = [sys.executable, "-P", "-s", "-m", PROGRAM, json.dumps(asdict(limits))]
    environment = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        with tempfile.TemporaryFile() as output:
            ended = subprocess.run(
                command,
                input=content,
                stdout=output,
                stderr=subprocess.DEVNULL,
                env=environment,
                timeout=limits.elapsed_seconds,
                check=False,
            ).returncode
            if ended:
                raise RefusedFile(source_id, *_reason(ended, limits))
            output.seek(0)
            return _collect(source_id, output)
    except subprocess.TimeoutExpired as error:
        raise RefusedFile(
            source_id, f"a workbook that is read within {limits.elapsed_seconds} s", "a workbook that takes longer"
        ) from error
    except OSError as error:
        raise RefusedFile(
            source_id,
            "disk space and permission to read a workbook in a child process",
            error.strerror or type(error).__name__,
        ) from error


def letters(column: int) -> str:
    """Return the letters of a column from its number, starting at 1."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _reason(ended: int, limits: ReadLimits) -> tuple[str, str]:
    """Return (expected, got) for the exit code of the process or the signal that ended it."""
    if ended == Ending.MEMORY:
        return f"a workbook that is read with {limits.memory_mib} MiB of memory", "a workbook that needs more"
    if ended == -signal.SIGXCPU:
        return f"a workbook that is read with {limits.cpu_seconds} s of processor time", "a workbook that takes longer"
    if ended == Ending.OUTPUT:
        return f"a workbook with at most {limits.output_mib} MiB of text", "a workbook with more"
    if ended == Ending.NO_ROOM:
        return "disk space for temporary files", "a full disk"
    what = f"signal {-ended}" if ended < 0 else f"exit code {ended}"
    return FORMATS, f"a file that the workbook reader cannot read: it ended with {what}"


def _collect(source_id: str, output: BinaryIO) -> Workbook:
    """Return the workbook that the program has written, or raise the `RefusedFile` that it reported."""
    book = Workbook()
    for line in output:
        item = json.loads(line)
        if isinstance(item, list):
            sheet = book.sheets[-1]
            sheet.numbers.append(item[0])
            sheet.rows.append(item[1])
        elif "sheet" in item:
            columns, hidden = item["columns"], set(item["hidden_columns"])
            positions = frozenset(position for position, column in enumerate(columns) if column in hidden)
            names = [letters(column) for column in columns]
            rows = frozenset(item["hidden_rows"])
            book.sheets.append(WorkbookSheet(item["sheet"], names, hidden_rows=rows, hidden_columns=positions))
        elif "hidden_sheet" in item:
            book.hidden_sheets.append(item["hidden_sheet"])
        else:
            raise RefusedFile(source_id, *item["refused"])
    return book
