"""The job `parse`, two of whose processes wait until both parse a file, and one of which is killed while it writes.

`WORKERS` is the folder in which each process leaves its id, `KILLED` the checksum of the file to be killed at.
"""

import multiprocessing
import os
import signal
from pathlib import Path

import polars as pl

from assets.ingest import parsed_files
from assets.ingest.parser import Parser, Read
from orchestration.parse_job import parse
from tests.support.servers import until
from warehouse.storage.landing import LandedFile

__all__ = ["parse"]
parse_alone, write = parsed_files.parse, parsed_files._write


def parse_together(parser: Parser, file: LandedFile) -> Read:
    """Parse a file once another process has begun to parse one."""
    folder = Path(os.environ["WORKERS"])
    (folder / str(os.getpid())).touch()
    until(lambda: len(list(folder.iterdir())) > 1, 300)
    return parse_alone(parser, file)


def write_until_killed(frame: pl.DataFrame, path: Path) -> None:
    """Write a file of parsed rows; if it is of the file to be killed at, end the process as a power cut does."""
    write(frame, path)
    if os.environ["KILLED"] in str(path):
        os.kill(os.getpid(), signal.SIGKILL)


# The process of the run loads the job, too.
if multiprocessing.parent_process():
    parsed_files.parse, parsed_files._write = parse_together, write_until_killed
