"""Parsers: how the files of a source are read, and a version that changes with the parser's code."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from assets.ingest.code_version import code_of, version_of
from assets.ingest.file_checks import CHECKED, files_of_checks
from assets.ingest.validation import Intake
from warehouse.catalogue import ROOT, pick, tables

Read = Mapping[str, Intake]


@dataclass(frozen=True)
class Parser:
    """How a file of a source is read: in one pass, which returns the rows of each of `tables`.

    `code` is the function whose module contains the parser, `data` the files of the project that it uses.
    """

    tables: tuple[str, ...]
    parse: Callable[[bytes], Read]
    code: Callable[..., object]
    data: tuple[Path, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the project, beside its code, that the result of the parser depends on."""
        return (*self.data, *(path for table in self.tables if table in CHECKED for path in files_of_checks(table)))

    @cached_property
    def version(self) -> str:
        """The version of the parser: the same version returns the same rows of a file."""
        contracts = [pick("table", tables, table).contract for table in self.tables]
        return version_of(code_of(self.code, *self.files), *contracts)


def one_table(table: str, parse: Callable[[bytes], Intake], *data: Path) -> Parser:
    """Return the parser of files with the rows of one staging table."""
    return Parser((table,), lambda content: {table: parse(content)}, parse, data)


def several_tables(tables: Sequence[str], parse: Callable[[bytes], Read], *data: Path) -> Parser:
    """Return the parser of files with the rows of several staging tables."""
    return Parser(tuple(tables), parse, parse, data)


def catalogued(*patterns: str) -> list[Path]:
    """Return the files of the catalogue whose names match one of the patterns, for a parser that uses them."""
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
