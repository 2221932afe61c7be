"""What a parser is: how the files of a source are read, and the version by which a change of it is noticed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from assets.ingest.checked import CHECKED, files_of_checks
from assets.ingest.code_version import code_of
from assets.ingest.validation import Intake
from warehouse.catalogue import ROOT

Read = Mapping[str, Intake]


@dataclass(frozen=True)
class Parser:
    """How a file of a source is read: in one pass, which gives the rows of each of `tables`.

    `code` is the function whose module reads, `data` the files of the project that it looks things up in.
    """

    tables: tuple[str, ...]
    parse: Callable[[bytes], Read]
    code: Callable[..., object]
    data: tuple[Path, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the project that decide, beside its code, what the parser returns."""
        return (*self.data, *(path for table in self.tables if table in CHECKED for path in files_of_checks(table)))

    @cached_property
    def version(self) -> str:
        """The version of the parser: what it reads in a file is the same for as long as its version is."""
        return code_of(self.code, *self.files)


def one_table(table: str, parse: Callable[[bytes], Intake], *data: Path) -> Parser:
    """Return the parser of files that give the rows of one staging table."""
    return Parser((table,), lambda content: {table: parse(content)}, parse, data)


def several_tables(tables: Sequence[str], parse: Callable[[bytes], Read], *data: Path) -> Parser:
    """Return the parser of files that give the rows of several staging tables."""
    return Parser(tuple(tables), parse, parse, data)


def catalogued(*patterns: str) -> list[Path]:
    """Return the files of the catalogue whose names have one of some patterns, for a parser that looks things up."""
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
