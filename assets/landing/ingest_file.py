"""Ingestion of a pulled or uploaded file: validation, comparison with the last file and trial build before landing."""

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
from assets.ingest.rule_text import in_words
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

# A file with half of the awards of another is a new version or another form of that file.
SAME_FILE_SHARE = 0.5
# A few awards of a campaign are dated before or after it.
WITHIN_PERIOD_SHARE = 0.9
# A refused file is read by the parsers of all other sources, to suggest the right one: the beginning of a text file, or
# a whole workbook or JSON file up to this size.
TRIED_TEXT_BYTES, MOST_TRIED_BYTES = 1_000_000, 20_000_000


@dataclass(frozen=True)
class LandResult:
    """Result of landing a file.

    `rows` gives the numbers (kept, quarantined) for each staging table; `replaced` the names of the files that it
    replaces; `overlaps` the awards that are also in other files; `notes` the notes of its parser; `accepted` the doubts
    that the user accepted; `trial` the result of the trial build.
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
        """Numbers of areas that were kept and expected, or None if the catalogue expects no number."""
        expected = sources()[self.file.source_id].expected_rows
        return (sum(kept for kept, _ in self.rows.values()), expected) if expected else None

    @property
    def is_unused(self) -> bool:
        """Whether a build uses no row of it in any table that should have its rows."""
        return bool(self.trial.used) and not any(self.trial.used.values())

    def remarks(self) -> list[str]:
        """Return notes on the file for the user, beside its numbers of rows."""
        told = [*self.notes, *(f"accepted: {doubt}" for doubt in self.accepted)]
        told += [sentence for item in self.overlaps for sentence in item.sentences()]
        if self.is_unused:
            told.append(
                f"no row of it is used in {' or '.join(self.trial.used)}: its rows are in another file too, or "
                "their labels or areas are not in the catalogue or in the landed look-ups"
            )
        told += [
            f"cpower build stops at a rule that is also broken without this file: {item.to_text()}"
            for item in self.trial.blocked
        ]
        return told

    def outcome(self) -> str:
        """Return a sentence that says what `cpower build` does with the file."""
        if self.trial.blocked:
            return "cpower build publishes no edition until the broken rules are fixed."
        if self.is_unused:
            return "cpower build publishes an edition that lists the file and has no figures from it."
        return "cpower build publishes an edition with it."

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON-ready values."""
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
    """Return the parser of a source; raise `CommunityPowerError` if its files are not landed."""
    if parser := parsers().get(source.id):
        return parser
    raise CommunityPowerError(
        f"Files of {source.id} are not landed: it ships with the project as {source.file or source.package}. "
        f"Sources whose files are landed: {', '.join(landable())}."
    )


def landable() -> list[str]:
    """Return the ids of the sources whose files can be landed."""
    return [source for source in sources() if source in parsers()]


def judge(source: Source, content: bytes, kept: Read | None = None) -> Read:
    """Return the validated rows of a file, by staging table; `kept` rows of an earlier parse are reused.

    Raises `RefusedFile` for content that cannot be of that source: another kind of file, another table, no row that
    keeps the contract, a number of rows that differs from that of a whole file, or awards of another period.
    """
    require_kind(source, content)
    try:
        read = kept or _landable_parser(source).parse(content)
    except RefusedFile as error:
        raise refused_by_parser(source, content, error) from error
    if not any(intake.kept.height for intake in read.values()):
        reasons = [in_words(name, rule) for name in read for rule in read[name].quarantined["rule"].head(1)]
        got = f"none ({reasons[0] if reasons else 'the file has no rows'})"
        raise RefusedFile(source.id, f"{expected_file(source)}, with rows that keep the contract", got)
    for intake in read.values():
        if source.expected_rows and intake.rows_in != source.expected_rows:
            raise RefusedFile(source.id, f"{source.expected_rows:,} rows, as the whole file has", f"{intake.rows_in:,}")
    if source.is_bounded:
        first, last = (date.fromisoformat(day) for day in source.period.split("/"))
        dates = read[AWARD].kept["award_date"]
        within = dates.is_between(first, last).sum()
        if within < WITHIN_PERIOD_SHARE * dates.len():
            raise RefusedFile(
                source.id, f"awards of {first} to {last}", f"{within:,} of {dates.len():,} in that period"
            )
    return read


def matching_sources(content: bytes) -> list[str]:
    """Return the ids of the sources that the content could be of: those whose contracts most of its rows keep."""
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
    """Validate and land a file of a source, and return its rows and the result of a trial build.

    A file with an HTTP `status` was pulled; one without is a manual upload, for which the user may have given the
    `address` that it was downloaded from.

    Raises `UnknownName` for a source that is not in the catalogue; `RefusedFile` for a file that `judge` refuses or
    that would stop a build (`assets.landing.trial_build`); and, unless the user chose to `accept` it, `AnomalousFile`
    for a file that differs much from the last one or has many quarantined rows (`assets.ingest.file_drift`). A refused
    file is stored in a separate folder that no build reads.
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
            raise RefusedFile(source_id, "a file that breaks no rule of a build", f"broken rules: {got}")
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
    """Return the result of `judge`; the refusal of an upload names the sources that it could be of."""
    try:
        return judge(source, content, kept)
    except RefusedFile as refusal:
        if is_pulled:
            raise
        others = [name for name in matching_sources(content) if name != source.id]
        advice = " ".join(filter(None, (refusal.advice, looks_like(others))))
        raise RefusedFile(source.id, refusal.expected, refusal.got, advice) from refusal
    except CommunityPowerError:
        raise
    except Exception as error:
        # An error in a parser; the refused file is stored, so that the error can be found.
        got = f"{NAME_OF_KIND[kind_of(content)]} that its parser cannot read ({type(error).__name__})"
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
    """The awards of a landed file that are also in another, and their share of the file's awards, from 0 to 1."""

    file: LandedFile
    awards: pl.DataFrame
    share: float


def _shared(landing: Landing, coming: LandedFile, read: Read) -> list[_Shared]:
    """Return the awards that other landed files share with an upload of awards.

    A pulled file is identified by its name, so nothing is searched for. A landed file that can no longer be read is
    left out; the build reports its error.
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
    """Return whether a source has several files of awards."""
    return sources()[source_id].kind == "awards" and sources()[source_id].keep == "all"


def _replaced(
    source: Source, coming: LandedFile, current: Sequence[LandedFile], shared: Sequence[_Shared]
) -> list[LandedFile]:
    """Return the files of a source that a new file replaces.

    A pulled file is identified by its name; an upload of awards may have any name and is identified by its awards.
    """
    if source.keep == "newest":
        return list(current)
    if coming.status is not None or source.kind != "awards":
        return [file for file in current if file.file_name == coming.file_name]
    same = [item.file for item in shared if item.share >= SAME_FILE_SHARE]
    return [file for file in current if file in same]
