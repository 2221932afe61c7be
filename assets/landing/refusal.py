"""Says what kind of file a source takes, and refuses other kinds before a parser reads them."""

from collections.abc import Sequence

from warehouse.catalogue import Source
from warehouse.errors import RefusedFile
from warehouse.publishers.file_kind import NAME_OF_KIND, PACKED, kind_of, kinds_of, named

UNPACK = "If it holds the file that is wanted, unpack it and land that file."


def expected_file(source: Source) -> str:
    """Return which file a source takes: its formats, its title and the page from which it is downloaded."""
    return f"the {named(source.formats)} file of {source.title} (download: {source.landing_page})"


def is_of_kind(source: Source, content: bytes) -> bool:
    """Return whether the content is of a kind that the source takes."""
    return kind_of(content) in kinds_of(source.formats)


def require_kind(source: Source, content: bytes) -> None:
    """Raise `RefusedFile` for content of a kind that the source does not take, naming both kinds."""
    if not is_of_kind(source, content):
        kind = kind_of(content)
        raise RefusedFile(source.id, expected_file(source), NAME_OF_KIND[kind], UNPACK if kind in PACKED else "")


def refused_by_parser(source: Source, content: bytes, refusal: RefusedFile) -> RefusedFile:
    """Return the refusal of a parser with the file that the source takes and the kind that came."""
    return RefusedFile(
        source.id,
        f"{expected_file(source)}: {refusal.expected}",
        f"{NAME_OF_KIND[kind_of(content)]}: {refusal.got}",
        refusal.advice,
    )


def looks_like(source_ids: Sequence[str]) -> str:
    """Return which sources a refused file could be of, and how to land it."""
    if not source_ids:
        return ""
    *others, last = source_ids
    if others:
        return f"It looks like a file of {', '.join(others)} or {last}: land it with the one that it is of."
    return f"It looks like a file of {last}: cpower land {last} FILE."
