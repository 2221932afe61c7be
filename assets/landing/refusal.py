"""Checks the kind of a file and refuses kinds that a source does not take, before a parser reads them."""

from collections.abc import Sequence

from warehouse.catalogue import Source
from warehouse.errors import RefusedFile
from warehouse.publishers.file_kind import NAME_OF_KIND, PACKED, kind_of, kinds_of, named

UNPACK = "If the expected file is in it, unpack it and land that file."


def expected_file(source: Source) -> str:
    """Return a description of the file that a source takes: its formats, title and download page."""
    return f"the {named(source.formats)} file of {source.title} (download: {source.landing_page})"


def is_of_kind(source: Source, content: bytes) -> bool:
    """Return whether the content is of a kind that the source takes."""
    return kind_of(content) in kinds_of(source.formats)


def require_kind(source: Source, content: bytes) -> None:
    """Raise `RefusedFile`, with both kinds, for content of a kind that the source does not take."""
    if not is_of_kind(source, content):
        kind = kind_of(content)
        raise RefusedFile(source.id, expected_file(source), NAME_OF_KIND[kind], UNPACK if kind in PACKED else "")


def refused_by_parser(source: Source, content: bytes, refusal: RefusedFile) -> RefusedFile:
    """Return the refusal of a parser, with the expected file and the kind of the given one."""
    return RefusedFile(
        source.id,
        f"{expected_file(source)}: {refusal.expected}",
        f"{NAME_OF_KIND[kind_of(content)]}: {refusal.got}",
        refusal.advice,
    )


def looks_like(source_ids: Sequence[str]) -> str:
    """Return a sentence that names the sources that a refused file could be of, and how to land it."""
    if not source_ids:
        return ""
    *others, last = source_ids
    if others:
        return f"It looks like a file of {', '.join(others)} or {last}: land it with the matching source."
    return f"It looks like a file of {last}: cpower land {last} FILE."
