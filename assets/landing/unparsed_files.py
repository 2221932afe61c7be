"""The landed files that the next build would have to parse, and the parsing of one of them."""

from itertools import chain

from assets.build_identity import landed_sources
from assets.ingest.parsed_files import ParsedFile, kept_file, parsed_file
from assets.subjects import parsers
from assets.tables.revisions import compared
from warehouse.errors import RefusedFile
from warehouse.storage.landing import LandedFile, Landing


def unparsed_files(landing: Landing) -> list[LandedFile]:
    """Return the landed files that a build reads and of which no rows of their parser's version are kept.

    They are the current files, and the earlier ones that the list of revisions compares. The largest come first, so
    that the last to be parsed are small.
    """
    found = {
        (file.source_id, file.sha256): file
        for source_id in parsers().keys() & set(landed_sources())
        for file in chain(landing.read_by_builds(source_id), *compared(landing, source_id))
    }
    waiting = [file for file in found.values() if not kept_file(parsers()[file.source_id], file)]
    return sorted(waiting, key=lambda file: (-file.size, file.source_id, file.sha256))


def parse_landed(landing: Landing, file: LandedFile) -> ParsedFile | None:
    """Return the parsed rows of a landed file, as a build reads them; None for an earlier file that is refused now.

    The list of revisions leaves such a file out. Raises what `parsed_file` raises for a current file.
    """
    try:
        return parsed_file(parsers()[file.source_id], file)
    except RefusedFile:
        if file in landing.read_by_builds(file.source_id):
            raise
        return None
