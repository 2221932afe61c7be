"""The checks of the build on the rows of one file, before they are staged.

The core tables that the checks read are built of these rows and of the reference records that ship with the project.
So a rule has one place, `sql/checks`, and ingestion accepts nothing that the build would refuse of the file alone.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from assets.ingest.setting_aside import set_aside
from assets.intake import SOURCE_ROW, Intake
from warehouse.catalogue import sources, tables
from warehouse.errors import ContractBroken, RefusedFile
from warehouse.landing import reference_files
from warehouse.lineage import SQL_ROOT, first_comment, reads
from warehouse.tables import POLARS_TYPES, Tables, empty

REFERENCE = {
    "staging.reference__locality": "reference_localities",
    "staging.reference__locality_alias": "reference_locality_aliases",
    "staging.reference__locality_succession": "reference_locality_successions",
    "staging.reference__population": "reference_population",
    "staging.reference__deprivation_profile": "reference_deprivation_profile",
}
FILE = "f" * 64


@dataclass(frozen=True)
class Broken:
    """A check that rows of a file break: the rows of the file that it names, and what it says of the first."""

    statement: str
    said: str
    source_rows: frozenset[int]


def checked(source_id: str, table: str, intake: Intake) -> Intake:
    """Return the rows of a file, read for a staging table, that break no check of the core tables built of them.

    Rows that a check names are quarantined; the rule is the check's statement. Raises `RefusedFile` where the rows that
    are left break a check that names no row, as those of whole indices and of sums do.
    """
    while broken := _broken(source_id, table, intake):
        rules = {
            check.statement: ~pl.col(SOURCE_ROW).is_in(list(check.source_rows)) for check in broken if check.source_rows
        }
        if not rules:
            raise RefusedFile(source_id, broken[0].statement, broken[0].said)
        intake = set_aside(intake, rules)
    return intake


def _broken(source_id: str, table: str, intake: Intake) -> list[Broken]:
    found = []
    with TemporaryDirectory() as folder:
        store = Tables(Path(folder) / "tables")
        shutil.copytree(_foundation(table).root, store.root)
        rows = intake.kept.with_columns(pl.lit(source_id).alias("source_id"), pl.lit(FILE).alias("file_sha256"))
        store.replace(tables()[table], rows)
        try:
            _build(store, [name for path in _checks(table) for name in reads(path.read_text("utf-8"))])
        except ContractBroken as error:
            raise RefusedFile(source_id, "rows of which the build can make its tables", str(error)) from error
        for path in _checks(table):
            query = path.read_text("utf-8")
            with store.connect(reads(query)) as database:
                named = pl.DataFrame(database.sql(query))
            if named.height:
                said = ", ".join(f"{column} {value}" for column, value in named.row(0, named=True).items())
                source_rows = _source_rows(store, named, [f"core.{path.parent.name}", table])
                found.append(Broken(first_comment(query), said, source_rows))
    return found


def _source_rows(store: Tables, named: pl.DataFrame, candidates: Iterable[str]) -> frozenset[int]:
    """Return the rows of the file that the rows of a check are of: of a built table by its key, or as they were staged."""
    for name in candidates:
        rows = store.read(name)
        keys = tables()[name].key if name.startswith("core.") else named.columns
        if set(keys) <= set(rows.columns) & set(named.columns):
            of_file = rows.filter(pl.col("file_sha256") == FILE).join(named, list(keys), "semi", nulls_equal=True)
            return frozenset(of_file[SOURCE_ROW].drop_nulls())
    return frozenset()


@cache
def _checks(table: str) -> tuple[Path, ...]:
    """Return the checks of core tables that the rows of a staging table can break."""
    paths = sorted((SQL_ROOT / "checks" / "core").glob("*/*.sql"))
    return tuple(path for path in paths if table in _built_of(reads(path.read_text("utf-8"))))


@cache
def _foundation(table: str) -> Tables:
    """Return a store of the tables beside a staging table that its checks read and that are not built of it."""
    folder = TemporaryDirectory()
    store = Tables(Path(folder.name))
    store.folder = folder
    return store
