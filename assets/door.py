"""The door of the landing: whatever arrives, pulled or brought by a person, is judged here before it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from assets import awards, cohesion, deprivation, geography, population
from assets.profile import doubts, profile
from assets.staging import Parser, Read
from warehouse.catalogue import Source, pick, sources
from warehouse.errors import CommunityPowerError, DoubtfulFile, RefusedFile
from warehouse.landing import EARLIEST, LandedFile, Landing, plain_name

SUBJECTS = (deprivation, population, cohesion, awards, geography)
# The largest file of the sources, the award dump of GrantNav, is some hundreds of megabytes.
MAX_BYTES = 1_000_000_000


# A file that holds half of what another holds is that file again, in another form or issued anew.
SAME_FILE_SHARE = 0.5
# Publishers date a few awards of a campaign before or after it.
WITHIN_PERIOD_SHARE = 0.9
AWARDS = "staging.threesixtygiving__award"


@dataclass(frozen=True)
class Arrival:
    """A file that was kept.

    `rows` gives (kept, quarantined) for each staging table that reads it; `replaced` are the names of the files in
    whose place it stands; `shared` says how many of its awards stand in other files too, by name of the file.
    """

    file: LandedFile
    is_new: bool
    rows: dict[str, tuple[int, int]]
    replaced: tuple[str, ...] = ()
    shared: dict[str, int] = field(default_factory=dict)


def parser_of(source_id: str) -> Parser | None:
    """Return the parser that reads the files of a source, or None where it has no files to land."""
    declared: list[Mapping[str, Parser]] = [subject.PARSERS for subject in SUBJECTS]
    return next((parsers[source_id] for parsers in declared if source_id in parsers), None)


def _landable_parser(source: Source) -> Parser:
    """Return the parser of a source; raise `CommunityPowerError` for one whose files are not landed."""
    if parser := parser_of(source.id):
        return parser
    raise CommunityPowerError(
        f"{source.id} is not landed: it ships with the project as {source.file or source.package}. "
        f"Landed are: {', '.join(landable())}."
    )


def landable() -> list[str]:
    """Return the sources whose files can be landed."""
    return [source for source in sources() if parser_of(source)]


def judge(source: Source, content: bytes) -> Read:
    """Return what a file of a source yields, by staging table.

    Raises `RefusedFile` for bytes that cannot be that source: HTML, emptiness, another workbook, not one row that
    keeps the contract, another number of rows than a whole file has, or awards of another time.
    """
    try:
        read = _landable_parser(source).parse(content)
    except RefusedFile as error:
        raise RefusedFile(source.id, error.expected, error.got) from error
    if not any(intake.kept.height for intake in read.values()):
        reasons = [rule for intake in read.values() for rule in intake.quarantined["rule"].head(1)]
        got = f"none ({reasons[0] if reasons else 'no row at all'})"
        raise RefusedFile(source.id, "rows that keep the contract", got)
    for intake in read.values():
        if source.expected_rows and intake.rows_in != source.expected_rows:
            raise RefusedFile(source.id, f"{source.expected_rows:,} rows, as the whole file has", f"{intake.rows_in:,}")
    if source.is_bounded:
        first, last = (date.fromisoformat(day) for day in source.period.split("/"))
        dates = read[AWARDS].kept["award_date"]
        within = dates.is_between(first, last).sum()
        if within < WITHIN_PERIOD_SHARE * dates.len():
            raise RefusedFile(source.id, f"awards of {first} to {last}", f"{within:,} of {dates.len():,} in that time")
    return read


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
) -> Arrival:
    """Keep a file of a source if it can be one, and return what it holds and in whose place it stands.

    Raises `UnknownName` for a source that is not catalogued; `RefusedFile` for what `judge` refuses; and, unless a
    person said `accept`, `DoubtfulFile` for a file that holds far less or more than the last one, or nothing but one
    value (`assets.profile`). What is refused is kept apart, and no build reads it.
    """
    source = pick("source", sources, source_id)
    parser = _landable_parser(source)
    if len(content) > MAX_BYTES:
        raise RefusedFile(source_id, f"at most {MAX_BYTES:,} bytes", f"{len(content):,}")
    before = landing.current(source_id)
    # A protocol names a file by its data set; a person's file of awards may have any name.
    is_named = source.keep == "newest" or source.kind != "awards" or bool(address)
    try:
        read = judge(source, content)
        shared = {} if is_named else {file: _shared(parser, read, file) for file in before}
        name = plain_name(file_name)
        if source.keep == "newest":
            replaced = before
        elif is_named:
            replaced = [other for other in before if other.file_name == name]
        else:
            replaced = [other for other, (_, share) in shared.items() if share >= SAME_FILE_SHARE]
        counted = profile(read)
        last = max(replaced, key=lambda other: (other.file_name == name, other.landed_at or EARLIEST), default=None)
        found = doubts(counted, last.profile if last else {})
        if found and not accept:
            raise DoubtfulFile(source_id, found)
    except RefusedFile as refusal:
        landing.refuse(source, content, file_name=file_name, reason=str(refusal), address=address)
        raise
    file, is_new = landing.keep(
        source,
        content,
        file_name=file_name,
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
    rows = {table: (intake.kept.height, intake.quarantined.height) for table, intake in read.items()}
    if not is_new:
        return Arrival(file, is_new, rows)
    others = {other.file_name: count for other, (count, _) in shared.items() if count and other not in replaced}
    names = tuple(old.file_name for old in replaced) if source.keep == "all" else ()
    return Arrival(file, is_new, rows, names, others)


def _shared(parser: Parser, read: Read, other: LandedFile) -> tuple[int, float]:
    """Return how many awards of another file are among those read, and which share of that file they are."""
    if AWARDS not in read:
        return 0, 0.0
    theirs = parser.parse(other.content)[AWARDS].kept["award_identity"].unique()
    count = len(set(theirs) & set(read[AWARDS].kept["award_identity"]))
    return count, count / max(theirs.len(), 1)
