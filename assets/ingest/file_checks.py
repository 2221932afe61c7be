"""Runs the checks of the build on the rows of one file, before they are staged.

The core tables that the checks read are built from these rows and the reference records that ship with the project. So
each rule is written once, in `sql/checks`, and ingestion refuses every file that a build would refuse.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from assets.ingest.rule_text import in_words
from assets.ingest.rules import rules
from assets.ingest.set_aside import set_aside
from assets.ingest.validation import SOURCE_ROW, Intake
from warehouse.catalogue import ROOT, Source, sources, tables
from warehouse.errors import ContractBroken, RefusedFile
from warehouse.lineage import SQL_ROOT, first_comment, queries, reads
from warehouse.storage.atomic_files import temporary_folder
from warehouse.storage.landing import reference_files
from warehouse.storage.table_store import POLARS_TYPES, Tables, TablesInMemory, empty, tables_in_memory

INDEX = ("core.fct_small_area", "core.fct_deprivation_profile")
# The core tables whose checks the rows of a staging table must keep.
CHECKED = {
    "staging.iod2025__small_area": INDEX,
    "staging.nimdm2017__small_area": INDEX,
    "staging.simd2020__small_area": INDEX,
    "staging.wimd2025__small_area": INDEX,
    "staging.nomis__population": ("core.fct_population",),
    "staging.ons__locality": ("core.dim_locality",),
    "staging.ons__code_change": ("core.bridge_locality_code",),
}
REFERENCE = {
    "staging.reference__locality": "reference_localities",
    "staging.reference__locality_alias": "reference_locality_aliases",
    "staging.reference__locality_succession": "reference_locality_successions",
    "staging.reference__population": "reference_population",
    "staging.reference__deprivation_profile": "reference_deprivation_profile",
}
# Placeholder for the checksum of the file, which a parser does not have.
FILE = "f" * 64


@dataclass(frozen=True)
class BrokenCheck:
    """A failed check: its statement, the first row that it returns, and the numbers of the file's rows behind it."""

    name: str
    statement: str
    first: str
    source_rows: frozenset[int]


def checked(source_id: str, table: str, intake: Intake) -> Intake:
    """Return the rows of a file for a staging table that break no check of the core tables built from them.

    Rows that a check returns are quarantined, with the check's name as the rule. Raises `RefusedFile` if the other rows
    break a check that returns no single row, such as one on a whole index or a sum.
    """
    while broken := _broken(source_id, table, intake):
        kept = {
            check.name: ~pl.col(SOURCE_ROW).is_in(sorted(check.source_rows)) for check in broken if check.source_rows
        }
        if not kept:
            check = broken[0]
            expected = f"rows that keep the check {check.name} ({check.statement})"
            raise RefusedFile(source_id, expected, f"{check.first}{why(table, intake)}")
        intake = set_aside(intake, kept)
    return intake


@cache
def files_of_checks(table: str) -> tuple[Path, ...]:
    """Return the files on which the result of the checks of a staging table depends.

    These are queries, macros, contracts and reference records.
    """
    needed = _needed(table)
    made = [_path(name) for name in needed if not name.startswith("staging.")]
    contracts = [ROOT / "fields.yaml", *(ROOT / "tables" / f"{name}.yaml" for name in needed)]
    records = [file.path for name in needed if name in REFERENCE for file in reference_files(_source(name))]
    return (*_checks(table), *made, *sorted((SQL_ROOT / "macros").glob("*.sql")), *contracts, *records)


def why(table: str, intake: Intake) -> str:
    """Return the first quarantined row and its rule, as the end of a sentence; empty if there is none."""
    if intake.quarantined.is_empty():
        return ""
    row = intake.quarantined.row(0, named=True)
    more = f", and {intake.quarantined.height - 1:,} more" if intake.quarantined.height > 1 else ""
    return f"; row {row[SOURCE_ROW]} is quarantined ({in_words(table, row['rule'])}){more}"


def keeping_checks(source_id: str, table: str, parse: Callable[[bytes], Intake]) -> Callable[[bytes], Intake]:
    """Return a parser that runs `parse` for a staging table and then `checked`."""

    @wraps(parse)
    def parse_checked(content: bytes) -> Intake:
        return checked(source_id, table, parse(content))

    return parse_checked


def _broken(source_id: str, table: str, intake: Intake) -> list[BrokenCheck]:
    """Return the checks that fail on the rows of a file.

    Raises `RefusedFile` if a core table cannot be built from the rows.
    """
    rows = intake.kept.with_columns(pl.lit(source_id).alias("source_id"), pl.lit(FILE).alias("file_sha256"))
    found = []
    foundation = _foundation(table)
    with tables_in_memory(rows.estimated_size()) as store:
        for name in _beside(table):
            store.link(name, foundation.path(name))
        store.add(tables()[table], rows)
        try:
            for name in _needed(table):
                if name not in store:
                    store.build(tables()[name], _query(name))
        except ContractBroken as error:
            raise RefusedFile(source_id, "rows from which the build can make its tables", str(error)) from error
        for path in _checks(table):
            query = path.read_text("utf-8")
            given = store.query(query)
            if given.height:
                first = ", ".join(f"{column} {value}" for column, value in given.row(0, named=True).items())
                source_rows = _source_rows(store, given, f"core.{path.parent.name}", table)
                found.append(BrokenCheck(path.stem, first_comment(query), first, source_rows))
    return found


def _source_rows(store: TablesInMemory, given: pl.DataFrame, built: str, staged: str) -> frozenset[int]:
    """Return the numbers of the file's rows that cause the rows of a failed check.

    They are found by the key of the built table or of the staged one. If none of the file's rows matches, as for a
    recorded estimate that contradicts one of the file, they are all rows of the file for the locality.
    """
    read = store.read(staged)
    for rows, keys in ((store.read(built), tables()[built].key), (read, given.columns)):
        if set(keys) <= set(rows.columns) & set(given.columns):
            found = rows.filter(pl.col("file_sha256") == FILE).join(given, list(keys), "semi", nulls_equal=True)
            if numbers := frozenset(found[SOURCE_ROW].drop_nulls()):
                return numbers
    if "locality_code" not in given.columns or "area_code" not in read.columns:
        return frozenset()
    codes = store.read("core.bridge_locality_code").join(given, "locality_code", "semi")
    return frozenset(read.join(codes, "area_code", "semi")[SOURCE_ROW])


@cache
def _foundation(table: str) -> Tables:
    """Return the tables that the checks need, other than the staging table and those built from it."""
    store = Tables(Path(_scratch().name) / table)
    for name in _beside(table):
        if name in REFERENCE:
            store.replace(tables()[name], _reference(name))
        elif name.startswith("staging."):
            store.replace(tables()[name], empty(tables()[name]))
        else:
            store.build(tables()[name], _query(name))
    return store


def _beside(table: str) -> list[str]:
    """Return the tables that the checks need and that do not read a staging table, in the order of `_needed`."""
    return [name for name in _needed(table) if table not in _needed_by([name])]


@cache
def _scratch() -> TemporaryDirectory[str]:
    return temporary_folder("cpower-checks-")


def _reference(name: str) -> pl.DataFrame:
    """Return the staged rows of a file of reference records."""
    source = _source(name)
    (file,) = reference_files(source)
    text = pl.read_csv(file.content, infer_schema=False)
    return text.with_columns(
        pl.col(column.name).str.to_date()
        if column.type == "DATE"
        else pl.col(column.name).cast(POLARS_TYPES[column.type])
        for column in tables()[name].columns
        if column.name in text.columns
    ).with_columns(
        pl.lit(source.id).alias("source_id"),
        pl.lit(file.sha256).alias("file_sha256"),
        pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias(SOURCE_ROW),
    )


def _source(name: str) -> Source:
    return sources()[REFERENCE[name]]


@cache
def _checks(table: str) -> tuple[Path, ...]:
    return tuple(path for name in CHECKED[table] for (checked, _), path in rules().items() if checked == name)


@cache
def _needed(table: str) -> tuple[str, ...]:
    """Return the tables that the checks on a staging table need, each after those that it reads."""
    read = [name for path in _checks(table) for name in reads(path.read_text("utf-8"))]
    return _needed_by([*CHECKED[table], *read])


def _needed_by(names: Iterable[str]) -> tuple[str, ...]:
    """Return tables and all that they are built from, each after those that it reads."""

    def walk(name: str) -> Iterator[str]:
        for read in reads(_query(name)) if not name.startswith("staging.") else ():
            yield from walk(read)
        yield name

    return tuple(dict.fromkeys(found for name in names for found in walk(name)))


@cache
def _query(name: str) -> str:
    return _path(name).read_text("utf-8")


def _path(name: str) -> Path:
    return queries()[name]
