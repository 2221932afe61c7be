"""Ingestion of a file, pulled or uploaded: it is recognised, read, compared and tried before it is landed."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import polars as pl

from assets.ingest.file_drift import QUARANTINED_SHARE, doubts, profile
from assets.ingest.parsed_files import keep, kept_file, parsed_file
from assets.ingest.parser import Parser, Read
from assets.landing.award_overlap import Overlap, overlap, shared_awards
from assets.landing.manual_upload import require_size
from assets.landing.refusal import expected_file, is_of_kind, looks_like, refused_by_parser, require_kind
from assets.landing.trial_build import Trial, try_file
from assets.sources.threesixtygiving.awards import AWARD
from assets.subjects import parsers
from warehouse.catalogue import Source, pick, sources
from warehouse.errors import AnomalousFile, CommunityPowerError, RefusedFile
from warehouse.publishers.file_kind import NAME_OF_KIND, kind_of
from warehouse.storage.landing import EARLIEST, LandedFile, Landing, plain_name

# A file that holds half of what another holds is that file again, in another form or issued anew.
SAME_FILE_SHARE = 0.5
# Publishers date a few awards of a campaign before or after it.
WITHIN_PERIOD_SHARE = 0.9
# A refused file is read by the parsers of all other sources, to say which it could be of: the beginning of a text, and
# a workbook or JSON as a whole if it is not too large.
TRIED_TEXT_BYTES, MOST_TRIED_BYTES = 1_000_000, 20_000_000


@dataclass(frozen=True)
class LandResult:
    """A file that was kept.

    `rows` gives (kept, quarantined) for each staging table that reads it; `replaced` are the names of the files in
    whose place it is; `overlaps` the awards that are in other files too; `notes` what its parser has to say of it;
    `accepted` the doubts in spite of which a user landed it; `trial` what a build makes of it.
    """

    file: LandedFile
    is_new: bool
    rows: dict[str, tuple[int, int]]
    replaced: tuple[str, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    notes: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    trial: Trial = field(default_factory=Trial)

    @property
    def areas(self) -> tuple[int, int] | None:
        """How many areas were kept and how many the whole file has, where the catalogue says so."""
        expected = sources()[self.file.source_id].expected_rows
        return (sum(kept for kept, _ in self.rows.values()), expected) if expected else None

    @property
    def is_unused(self) -> bool:
        """Whether a build takes no row of it into a table that it should be in."""
        return bool(self.trial.used) and not any(self.trial.used.values())

    def remarks(self) -> list[str]:
        """Return what a user should know of the file beside its numbers of rows."""
        told = [*self.notes, *(f"accepted: {doubt}" for doubt in self.accepted)]
        told += [sentence for item in self.overlaps for sentence in item.sentences()]
        if self.is_unused:
            told.append(
                f"no row of it is used in {' or '.join(self.trial.used)}: all of them count by another file, or their "
                "labels or areas are not known to the catalogue or to the look-ups that are landed"
            )
        told += [
            f"cpower build stops at a rule that is broken without this file too: {item.to_text()}"
            for item in self.trial.blocked
        ]
        return told

    def outcome(self) -> str:
        """Return what cpower build does with it."""
        if self.trial.blocked:
            return "cpower build publishes no edition until that is fixed."
        if self.is_unused:
            return "cpower build publishes an edition that names the file and has no figure of it."
        return "cpower build publishes an edition with it."

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "source_id": self.file.source_id,
            "sha256": self.file.sha256,
            "address": self.file.address or None,
            "is_new": self.is_new,
            "tables": {
                table: {"kept": kept, "quarantined": quarantined} for table, (kept, quarantined) in self.rows.items()
            },
            "areas": dict(zip(("kept", "expected"), self.areas, strict=True)) if self.areas else None,
            "replaced": list(self.replaced),
            "overlaps": [item.to_dict() for item in self.overlaps],
            "notes": list(self.notes),
            "accepted": list(self.accepted),
            "used": dict(self.trial.used),
            "blocked": [item.to_text() for item in self.trial.blocked],
        }


def _landable_parser(source: Source) -> Parser:
    """Return the parser of a source; raise `CommunityPowerError` for one whose files are not landed."""
    if parser := parsers().get(source.id):
        return parser
    raise CommunityPowerError(
        f"{source.id} is not landed: it ships with the project as {source.file or source.package}. "
        f"Landed are: {', '.join(landable())}."
    )


def landable() -> list[str]:
    """Return the sources whose files can be landed."""
    return [source for source in sources() if source in parsers()]


def judge(source: Source, content: bytes, kept: Read | None = None) -> Read:
    """Return what a file of a source yields, by staging table; it is not parsed where that is `kept` from before.

    Raises `RefusedFile` for content that cannot be of that source: another kind of file, another table, not one row
    that keeps the contract, another number of rows than a whole file has, or awards of another time.
    """
    require_kind(source, content)
    try:
        read = kept or _landable_parser(source).parse(content)
    except RefusedFile as error:
        raise refused_by_parser(source, content, error) from error
    if not any(intake.kept.height for intake in read.values()):
        reasons = [rule for intake in read.values() for rule in intake.quarantined["rule"].head(1)]
        got = f"none ({reasons[0] if reasons else 'no row at all'})"
        raise RefusedFile(source.id, f"{expected_file(source)}, with rows that keep the contract", got)
    for intake in read.values():
        if source.expected_rows and intake.rows_in != source.expected_rows:
            raise RefusedFile(source.id, f"{source.expected_rows:,} rows, as the whole file has", f"{intake.rows_in:,}")
    if source.is_bounded:
        first, last = (date.fromisoformat(day) for day in source.period.split("/"))
        dates = read[AWARD].kept["award_date"]
        within = dates.is_between(first, last).sum()
        if within < WITHIN_PERIOD_SHARE * dates.len():
            raise RefusedFile(source.id, f"awards of {first} to {last}", f"{within:,} of {dates.len():,} in that time")
    return read


def fitting(content: bytes) -> list[str]:
    """Return the sources of which the content could be a file: most of its rows keep the contract of their tables."""
    if kind_of(content) == "text" and len(content) > TRIED_TEXT_BYTES:
        content = content[: content.rfind(b"\n", 0, TRIED_TEXT_BYTES) + 1]
    if len(content) > MOST_TRIED_BYTES:
        return []
    found: dict[int, bool] = {}
    of_kind = {name: parser for name, parser in parsers().items() if is_of_kind(sources()[name], content)}
    for parser in of_kind.values():
        if id(parser) not in found:
            found[id(parser)] = _is_read(parser, content)
    return [name for name, parser in of_kind.items() if found[id(parser)]]


def land(
    landing: Landing,
    source_id: str,
    content: bytes,
    *,
    file_name: str,
    address: str = "",
    final_address: str = "",
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    licence: str = "",
    revision: str | None = None,
    accept: bool = False,
) -> LandResult:
    """Keep a file of a source if it can be one, and return what it holds and what a build makes of it.

    A file with a `status`, that of the publisher's answer, was pulled; one without was uploaded by a user, who may have
    given the `address` that it is from.

    Raises `UnknownName` for a source that is not catalogued; `RefusedFile` for what `judge` refuses and for a file with
    which a build would stop (`assets.landing.trial_build`); and, unless a user said `accept`, `AnomalousFile` for a
    file that is unlike the last one or of which much is quarantined (`assets.ingest.file_drift`). What is refused is
    kept apart, and no build reads it.
    """
    source = pick("source", sources, source_id)
    parser = _landable_parser(source)
    require_size(source_id, len(content))
    digest = sha256(content).hexdigest()
    coming = LandedFile(
        source_id=source_id,
        sha256=digest,
        path=landing.path(source_id, digest),
        file_name=plain_name(file_name),
        address=address,
        final_address=final_address,
        status=status,
        licence=licence or source.licence,
        size=len(content),
        landed_at=datetime.now(UTC),
        landed_by="",
    )
    current = landing.current(source_id)
    try:
        known = kept_file(parser, coming)
        kept = {table: found.intake() for table, found in known.tables.items()} if known else None
        read = _read(source, content, kept, is_pulled=status is not None)
        rows = {table: (intake.kept.height, intake.quarantined.height) for table, intake in read.items()}
        notes = tuple(dict.fromkeys(note for intake in read.values() for note in intake.notes))
        for landed in current:
            if landed.sha256 == coming.sha256:
                return LandResult(landed, False, rows, notes=notes, accepted=landed.accepted)
        shared = _shared(landing, coming, read)
        replaced = _replaced(source, coming, current, shared)
        counted = profile(read)
        last = max(
            replaced, key=lambda old: (old.file_name == coming.file_name, old.landed_at or EARLIEST), default=None
        )
        found = doubts(counted, last.profile if last else {})
        if found and not accept:
            raise AnomalousFile(source_id, found)
        beside = [(item.file, item.awards) for item in shared if item.file not in replaced]
        trial = try_file(parsers(), landing, coming, read, replaced, beside)
        if trial.broken:
            got = "; ".join(item.to_text() for item in trial.broken)
            raise RefusedFile(source_id, "a file with which every rule of a build is kept", f"broken rules: {got}")
    except RefusedFile as refusal:
        landing.refuse(source, content, file_name=file_name, reason=str(refusal), address=address)
        raise
    if not known:
        keep(parser, coming, read)
    file, is_new = landing.keep(
        source,
        content,
        file_name=file_name,
        digest=digest,
        address=address,
        final_address=final_address,
        status=status,
        headers=headers,
        licence=licence,
        revision=revision,
        profile=counted,
        accepted=found,
        supersedes=replaced if source.keep == "all" else [],
    )
    return LandResult(
        file,
        is_new,
        rows,
        replaced=tuple(old.file_name for old in replaced),
        overlaps=tuple(overlap(file, read[AWARD].kept, other, awards, trial.repeats) for other, awards in beside),
        notes=notes,
        accepted=tuple(found),
        trial=trial,
    )


def _read(source: Source, content: bytes, kept: Read | None, *, is_pulled: bool) -> Read:
    """Return what `judge` does; the refusal of an upload says which source it could be of."""
    try:
        return judge(source, content, kept)
    except RefusedFile as refusal:
        if is_pulled:
            raise
        others = [name for name in fitting(content) if name != source.id]
        advice = " ".join(filter(None, (refusal.advice, looks_like(others))))
        raise RefusedFile(source.id, refusal.expected, refusal.got, advice) from refusal
    except CommunityPowerError:
        raise
    except Exception as error:
        # A fault of a parser; the file may have it or not, and its bytes are kept for finding out.
        got = f"{NAME_OF_KIND[kind_of(content)]} that its parser does not understand ({type(error).__name__})"
        raise RefusedFile(source.id, expected_file(source), got) from error


def _is_read(parser: Parser, content: bytes) -> bool:
    try:
        read = parser.parse(content)
    except Exception:
        return False
    kept = sum(intake.kept.height for intake in read.values())
    quarantined = sum(intake.quarantined.height for intake in read.values())
    return bool(kept) and quarantined < QUARANTINED_SHARE * (kept + quarantined)


@dataclass(frozen=True)
class _Shared:
    """The awards of a landed file that another holds too, and which share of its awards they are."""

    file: LandedFile
    awards: pl.DataFrame
    share: float


def _shared(landing: Landing, coming: LandedFile, read: Read) -> list[_Shared]:
    """Return what other files of awards share with an upload of awards.

    A pulled file is known by its name, and nothing is looked for. A landed file that cannot be read any more shares
    nothing; the build says what is wrong with it.
    """
    if not (AWARD in read and _is_one_of_many(coming.source_id)) or coming.status is not None:
        return []
    files = {}
    for other in filter(_is_one_of_many, landable()):
        for file in landing.current(other):
            with contextlib.suppress(RefusedFile):
                files[file] = parsed_file(_landable_parser(sources()[other]), file).tables[AWARD].kept
    found = shared_awards(read[AWARD].kept, list(files.values()))
    return [_Shared(file, *found[path]) for file, path in files.items() if path in found]


def _is_one_of_many(source_id: str) -> bool:
    """Return whether a source has files of awards from several publishers."""
    return sources()[source_id].kind == "awards" and sources()[source_id].keep == "all"


def _replaced(
    source: Source, coming: LandedFile, current: Sequence[LandedFile], shared: Sequence[_Shared]
) -> list[LandedFile]:
    """Return the files of a source in whose place another is.

    A protocol names a file by its data set; a user's file of awards may have any name, and is known by what it holds.
    """
    if source.keep == "newest":
        return list(current)
    if coming.status is not None or source.kind != "awards":
        return [file for file in current if file.file_name == coming.file_name]
    same = [item.file for item in shared if item.share >= SAME_FILE_SHARE]
    return [file for file in current if file in same]
