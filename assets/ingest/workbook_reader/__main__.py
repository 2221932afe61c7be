"""Read one workbook from standard input; the package describes the output and the limits."""

import errno
import json
import os
import resource
import sys
from contextlib import suppress
from typing import NoReturn

from assets.ingest.workbook_reader.archive import Archive
from assets.ingest.workbook_reader.sheets import Ending, ReadLimits, Report, UnreadableWorkbook


def main() -> None:
    """Read the workbook and write its sheets, or the reason why it is refused."""
    limits = ReadLimits(**json.loads(sys.argv[1]))
    _restrict(limits)
    try:
        content = sys.stdin.buffer.read()
        try:
            report_workbook(content, limits, Report(limits, _write))
        except UnreadableWorkbook as refusal:
            _write({"refused": [refusal.expected, refusal.got]})
    except MemoryError:
        os._exit(Ending.MEMORY)
    try:
        sys.stdout.buffer.flush()
    except OSError as error:
        _give_up(error)


def _restrict(limits: ReadLimits) -> None:
    """Set the limits of this process that the operating system supports; disable core files."""
    for kind, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1),
        (resource.RLIMIT_FSIZE, limits.output_mib << 20, limits.output_mib << 20),
        (resource.RLIMIT_AS, limits.memory_mib << 20, limits.memory_mib << 20),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (soft, hard))


def report_workbook(content: bytes, limits: ReadLimits, report: Report) -> None:
    """Write the sheets of a workbook; raise `UnreadableWorkbook` for any error but a lack of memory."""
    try:
        if content[:2] != b"PK":
            from assets.ingest.workbook_reader import xls

            xls.read(content, report)
            return
        archive = Archive(content, limits.unpacked_mib)
        if "_rels/.rels" in archive:
            from assets.ingest.workbook_reader import xlsx

            xlsx.read(archive, report)
        elif "content.xml" in archive:
            from assets.ingest.workbook_reader import ods

            ods.read(archive, report)
        else:
            raise UnreadableWorkbook("a zip archive without a workbook in it")
    except (UnreadableWorkbook, MemoryError):
        raise
    except Exception as error:
        raise UnreadableWorkbook("a damaged workbook") from error


def _write(line: object) -> None:
    try:
        sys.stdout.buffer.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
    except OSError as error:
        _give_up(error)


def _give_up(error: OSError) -> NoReturn:
    """End at once, because no further output can be written."""
    os._exit(Ending.OUTPUT if error.errno == errno.EFBIG else Ending.NO_ROOM)


if __name__ == "__main__":
    main()
