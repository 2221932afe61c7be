"""The door of the landing: whatever arrives, pulled or brought by a person, is judged here before it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from assets import awards, cohesion, deprivation, geography, population
from assets.intake import Intake
from assets.profile import doubts, profile
from assets.staging import Parser
from warehouse.catalogue import Source, pick, sources
from warehouse.errors import CommunityPowerError, DoubtfulFile, RefusedFile
from warehouse.landing import LandedFile, Landing

SUBJECTS = (deprivation, population, cohesion, awards, geography)
# The largest file of the sources, the award dump of GrantNav, is some hundreds of megabytes.
MAX_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Arrival:
    """A file that was kept: `rows` gives (kept, quarantined) for each staging table that reads it."""

    file: LandedFile
    is_new: bool
    rows: dict[str, tuple[int, int]]


def parsers_of(source_id: str) -> dict[str, Parser]:
    """Return the parsers that read the files of a source, by staging table."""
    declared: list[Mapping[str, Mapping[str, Parser]]] = [subject.PARSERS for subject in SUBJECTS]
    return {
        table: parsers[source_id] for tables in declared for table, parsers in tables.items() if source_id in parsers
    }


def landable() -> list[str]:
    """Return the sources whose files can be landed."""
    return [source for source in sources() if parsers_of(source)]


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
    """Keep a file of a source if it can be one, and return what it holds.

    Raises `UnknownName` for a source that is not catalogued; `RefusedFile` for bytes that cannot be that source:
    HTML, emptiness, another workbook, or not one row that keeps the contract; and, unless a person said `accept`,
    `DoubtfulFile` for a file that holds far less or more than the last one, or nothing but one value
    (`assets.profile`). What is refused is kept apart, and no build reads it.
    """
    source = pick("source", sources, source_id)
    parsers = parsers_of(source_id)
    if not parsers:
        raise CommunityPowerError(
            f"{source_id} is not landed: it ships with the project as {source.file or source.package}. "
            f"Landed are: {', '.join(landable())}."
        )
    if len(content) > MAX_BYTES:
        raise RefusedFile(source_id, f"at most {MAX_BYTES:,} bytes", f"{len(content):,}")
    try:
        read = _read(source, parsers, content)
        counted = profile(read)
        last = landing.before(source, file_name)
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
    )
    return Arrival(
        file, is_new, {table: (intake.kept.height, intake.quarantined.height) for table, intake in read.items()}
    )


def _read(source: Source, parsers: Mapping[str, Parser], content: bytes) -> dict[str, Intake]:
    """Return what the parsers of a source read; raise `RefusedFile` where that is nothing."""
    try:
        read = {table: parse(content) for table, parse in parsers.items()}
    except RefusedFile as error:
        raise RefusedFile(source.id, error.expected, error.got) from error
    if not any(intake.kept.height for intake in read.values()):
        reasons = [rule for intake in read.values() for rule in intake.quarantined["rule"].head(1)]
        raise RefusedFile(
            source.id, "rows that keep the contract", f"none ({reasons[0] if reasons else 'no row at all'})"
        )
    return read
