"""Trial build of a file before it is landed: makes the tables that it changes, in memory, and runs their checks.

The trial uses the parsers, queries and contracts of the build, the files that ship with the project and the landed
files, so a file that would stop a build is found before it is landed. The rules of metrics, marts and editions are not
run.

Awards are tried separately: no rule on them depends on the locality of a place or compares awards of two files. So a
file of awards is tried without the other files, and other files without the awards. Only sums of money can break a rule
on awards, so only the largest awards of a large file are tried: 100,000 awards would take as long as parsing them.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import polars as pl

from assets.factories.staging import intake_row, with_source
from assets.ingest.parsed_files import Counts, parsed_file
from assets.ingest.parser import Parser, Read
from assets.ingest.rules import rules
from assets.landing.shipped_tables import is_shipped, read_by_core, records, shipped_tables
from assets.sources.threesixtygiving.awards import AWARD
from warehouse.catalogue import sources, tables
from warehouse.errors import BadRecord, CommunityPowerError, ContractBroken, HomeUnavailable
from warehouse.lineage import first_comment, queries, reads
from warehouse.storage.landing import LandedFile, Landing
from warehouse.storage.table_store import TablesInMemory, empty, literal, tables_in_memory

FACTS = "core.fct_award"
# The column of `core.fct_award` that marks awards that are counted from another row.
REPEAT = "is_repeat"
MOST_AWARDS = 5_000
LANDED_FILE, BUILD, INTAKE = "meta.landed_file", "meta.build", "meta.intake"
# No rule depends on the locality of a postcode, and no rule on awards depends on the case studies.
OF_NO_RULE = frozenset({"staging.onspd__postcode"})
OF_NO_RULE_ON_AWARDS = frozenset({"staging.reference__practice"})
PROVENANCE = ["source_id", "file_sha256", "source_row"]
SHOWN_ROWS, SHOWN_LETTERS = 3, 200
NOT_SHOWN = {"award_key", "source_id", "file_sha256"}
AWARD_ROW = {"source_id": pl.String, "file_sha256": pl.String, "source_row": pl.Int64}
# The id of an honesty rule, before its sentence.
RULE_ID = re.compile(r"^[A-Z]+\d+: ")


@dataclass(frozen=True)
class BrokenRule:
    """A broken rule or contract: its sentence, the number of rows that break it, and the first of them as text."""

    table: str
    rule: str
    statement: str
    rows_n: int
    rows: tuple[str, ...]

    def to_text(self) -> str:
        """Return the rule and the rows that break it, as text."""
        said = RULE_ID.sub("", self.statement).rstrip(".")
        rows = f"{self.rows_n:,} row{'' if self.rows_n == 1 else 's'} of {self.table}"
        first = f", the first {len(self.rows)}" if len(self.rows) < self.rows_n else ""
        return f"{self.rule} ({said}): {rows}{first}: {'; '.join(self.rows)}"


@dataclass(frozen=True)
class Trial:
    """Result of the trial build of a file.

    `used` is the number of rows of each core table that come from the file, without awards that are counted from
    another row; it is empty if only a part of the file was tried. `broken` are the rules that the file breaks,
    `blocked` those that are also broken without it. `repeats` are the tried awards that are counted from another row:
    source_id, file_sha256, source_row.
    """

    used: Mapping[str, int] = field(default_factory=dict)
    broken: tuple[BrokenRule, ...] = ()
    blocked: tuple[BrokenRule, ...] = ()
    repeats: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=AWARD_ROW))


@dataclass(frozen=True)
class _Staged:
    """The staged rows of a file, by table, and the counts of the whole file."""

    file: LandedFile
    rows: Mapping[str, pl.DataFrame]
    counts: Mapping[str, Counts] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        return all(rows.height == self.counts[table].rows_kept for table, rows in self.rows.items())


@dataclass(frozen=True)
class _Scope:
    """The scope of a trial: the staging tables of a file, the core tables that read them, and the rules on both.

    `left_empty` are large or slow tables on whose rows no rule depends.
    """

    staged: frozenset[str]
    made: frozenset[str]
    rules: Mapping[tuple[str, str], str]
    left_empty: frozenset[str]


def try_file(
    parsers: Mapping[str, Parser],
    landing: Landing,
    file: LandedFile,
    read: Read,
    replaced: Sequence[LandedFile] = (),
    beside: Sequence[tuple[LandedFile, pl.DataFrame]] = (),
) -> Trial:
    """Return the trial build of a file that is not landed yet, without the files that it replaces.

    `parsers` are those of all landed sources, `read` the parsed rows of the file. `beside` are awards of other files
    that are also in this one.
    """
    is_of_awards = AWARD in read
    scope = _scope(parsers, file.source_id)
    # Read once: a parallel pull may land files of other sources, whose broken rules are not those of this file.
    current = () if is_of_awards else _current(parsers, landing, scope)
    rows = _largest(read, beside) if is_of_awards else {name: part.kept for name, part in read.items()}
    new = _Staged(file, rows, {name: Counts.of(part) for name, part in read.items()})
    unread: list[BrokenRule] = []
    if is_of_awards:
        others = [_Staged(other, {AWARD: awards}) for other, awards in beside]
    else:
        others, unread = _others(parsers, current, [*replaced, file])
    with _store(scope, [*others, new]) as store:
        broken = [*unread, *store.broken()]
        trial = Trial(store.used(new), repeats=store.repeats())
    if not broken:
        return trial
    if not is_of_awards:
        others, unread = _others(parsers, current, [file])
    with _store(scope, others) as store:
        without = {(item.table, item.rule) for item in [*unread, *store.broken()]}
    return replace(
        trial,
        broken=tuple(item for item in broken if (item.table, item.rule) not in without),
        blocked=tuple(item for item in broken if (item.table, item.rule) in without),
    )


def _scope(parsers: Mapping[str, Parser], source_id: str) -> _Scope:
    """Return the scope of the trial of a file of a source."""
    staged = parsers[source_id].tables
    of_awards = _downstream([AWARD])
    made = _downstream(staged) if AWARD in staged else _downstream(staged) - of_awards
    changed, left_out = {*staged, *made, INTAKE}, of_awards - made
    chosen = {}
    for (table, rule), path in rules().items():
        query = path.read_text("utf-8")
        read = {table, *reads(query)}
        if read & changed and not read & left_out and all(map(_is_made_here, read)):
            chosen[table, rule] = query
    needed = _upstream({*made, *(name for query in chosen.values() for name in reads(query))})
    landed = {name for parser in parsers.values() for name in parser.tables}
    left_empty = OF_NO_RULE | OF_NO_RULE_ON_AWARDS if AWARD in staged else OF_NO_RULE
    return _Scope(frozenset({*staged, *needed & landed}), frozenset(made), chosen, left_empty)


def _is_made_here(table: str) -> bool:
    return table.split(".")[0] in ("staging", "core") or table in (LANDED_FILE, BUILD, INTAKE)


def _downstream(changed: Iterable[str]) -> set[str]:
    """Return the core tables that read some tables, directly or indirectly."""
    found = set(changed)
    while new := {name for name, read in read_by_core().items() if found.intersection(read)} - found:
        found |= new
    return found.intersection(read_by_core())


def _upstream(wanted: Iterable[str]) -> set[str]:
    """Return some tables and all tables that they read, directly or indirectly."""
    found = set(wanted)
    while new := {name for table in found for name in read_by_core().get(table, ())} - found:
        found |= new
    return found


def _largest(read: Read, beside: Sequence[tuple[LandedFile, pl.DataFrame]]) -> dict[str, pl.DataFrame]:
    """Return the awards to try, with their places: the largest, and those that are also in other files."""
    awards = read[AWARD].kept
    if awards.height > MOST_AWARDS:
        shared = pl.concat([pl.Series([], dtype=pl.String), *(rows["award_identity"] for _, rows in beside)]).unique()
        largest = awards["amount"].abs().rank("ordinal", descending=True) <= MOST_AWARDS
        awards = awards.filter(largest | pl.col("award_identity").is_in(shared.implode()))
    others = {name: part.kept for name, part in read.items() if name != AWARD}
    tried = pl.col("source_row").is_in(awards["source_row"].implode())
    return {AWARD: awards, **{name: rows.filter(tried) for name, rows in others.items()}}


def _current(parsers: Mapping[str, Parser], landing: Landing, scope: _Scope) -> list[LandedFile]:
    """Return the current files for the staging tables of the scope, without files of awards."""
    return [
        file
        for source_id, parser in parsers.items()
        if AWARD not in parser.tables and scope.staged.intersection(parser.tables)
        for file in landing.current(source_id)
    ]


def _others(
    parsers: Mapping[str, Parser], current: Iterable[LandedFile], left_out: Sequence[LandedFile]
) -> tuple[list[_Staged], list[BrokenRule]]:
    """Return the staged rows of the current files, without those left out, and the files that cannot be read."""
    without = {(file.source_id, file.sha256) for file in left_out}
    found, unread = [], []
    for file in current:
        if (file.source_id, file.sha256) in without:
            continue
        parser = parsers[file.source_id]
        try:
            read = parsed_file(parser, file).tables
        except HomeUnavailable:
            raise
        except CommunityPowerError as error:
            unread.append(BrokenRule(parser.tables[0], file.sha256, "every landed file can be read", 1, (str(error),)))
        else:
            rows = {name: pl.read_parquet(part.kept) for name, part in read.items()}
            found.append(_Staged(file, rows, {name: part.counts for name, part in read.items()}))
    return found, unread


@contextlib.contextmanager
def _store(scope: _Scope, files: Sequence[_Staged]) -> Iterator["_Store"]:
    try:
        with tables_in_memory(sum(frame.estimated_size() for file in files for frame in file.rows.values())) as tables:
            yield _Store(tables, scope, files)
    except OSError as error:
        reason = error.strerror or error
        raise HomeUnavailable(
            f"The trial build of the file failed: {reason}. Set TMPDIR to a folder with free space."
        ) from error


class _Store:
    """The tables of one trial."""

    def __init__(self, store: TablesInMemory, scope: _Scope, files: Sequence[_Staged]) -> None:
        self.tables, self.scope = store, scope
        self.shipped = shipped_tables()
        frames: dict[str, list[pl.DataFrame]] = {table: [] for table in scope.staged}
        for staged in files:
            for name in scope.staged & staged.rows.keys():
                frames[name].append(with_source(staged.rows[name], staged.file))
        frames[INTAKE] = [
            intake_row(name, staged.file, counts) for staged in files for name, counts in staged.counts.items()
        ]
        frames[LANDED_FILE] = [_landed([*(staged.file for staged in files), *records()])]
        today = {"run_id": "trial", "as_of": datetime.now(UTC).date(), "input_hash": "trial", "code_version": "trial"}
        frames[BUILD] = [pl.DataFrame([today])]
        self.frames = frames

    def make(self, name: str) -> None:
        """Make a table, after the tables that it reads."""
        if name in self.tables:
            return
        if name in self.frames:
            frame = pl.concat([empty(tables()[name]), *self.frames[name]], how="diagonal_relaxed")
            self.tables.add(tables()[name], frame)
        elif name in self.scope.left_empty:
            self.tables.add(tables()[name], empty(tables()[name]))
        elif is_shipped(name) and not self.scope.left_empty & _upstream([name]):
            self.tables.link(name, self.shipped.path(name))
        else:
            for read in read_by_core()[name]:
                self.make(read)
            self.tables.build(tables()[name], queries()[name].read_text("utf-8"))

    def broken(self) -> list[BrokenRule]:
        """Make all tables and return the broken rules, or the first broken contract or invalid record."""
        try:
            for name in sorted(self.scope.staged | self.scope.made):
                self.make(name)
            return [
                item for (table, rule), query in self.scope.rules.items() for item in self._judged(table, rule, query)
            ]
        except ContractBroken as error:
            table = str(error).partition(":")[0]
            return [BrokenRule(table, "contract", "every table keeps its contract", 1, (str(error),))]
        except BadRecord as error:
            return [BrokenRule("the reference records", "record", "every record keeps its contract", 1, (str(error),))]

    def _judged(self, table: str, rule: str, query: str) -> list[BrokenRule]:
        for name in reads(query):
            self.make(name)
        rows = self.tables.query(query)
        if rows.is_empty():
            return []
        shown = tuple(map(_shown, rows.head(SHOWN_ROWS).iter_rows(named=True)))
        return [BrokenRule(table, rule, first_comment(query), rows.height, shown)]

    def used(self, new: _Staged) -> dict[str, int]:
        """Return the number of rows of a file in each core table of an edition that names the file of its rows."""
        found: dict[str, int] = {}
        if sources()[new.file.source_id].kind == "geography" or not new.is_whole:
            # The rows of a look-up are used for rows of other files.
            return found
        for name in sorted(self.scope.made):
            columns = {column.name for column in tables()[name].columns}
            if tables()[name].is_in_edition and columns.issuperset(PROVENANCE) and name in self.tables:
                counts = f" and not {REPEAT}" if REPEAT in columns else ""
                ours = f"source_id = {literal(new.file.source_id)} and file_sha256 = {literal(new.file.sha256)}"
                found[name] = self.tables.query(f"select count(*) as n from {name} where {ours}{counts}").item()
        return found

    def repeats(self) -> pl.DataFrame:
        """Return the awards that are counted from another row."""
        if FACTS not in self.scope.made or FACTS not in self.tables:
            return pl.DataFrame(schema=AWARD_ROW)
        return self.tables.query(f"select {', '.join(AWARD_ROW)} from {FACTS} where {REPEAT}")


def _landed(files: Iterable[LandedFile]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "source_id": file.source_id,
                "file_sha256": file.sha256,
                "file_name": file.file_name,
                "address": file.address or None,
                "final_address": file.final_address or None,
                "licence_id": file.licence,
                "file_bytes": file.size,
                "landed_at": file.landed_at.replace(tzinfo=None) if file.landed_at else None,
                "is_current": True,
            }
            for file in files
        ],
        schema_overrides={"landed_at": pl.Datetime("us")},
        infer_schema_length=None,
    )


def _shown(row: Mapping[str, Any]) -> str:
    said = ", ".join(f"{name} {value}" for name, value in row.items() if value is not None and name not in NOT_SHOWN)
    return said[:SHOWN_LETTERS]
