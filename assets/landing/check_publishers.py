"""Checks whether the publishers answer as the catalogue expects, without landing anything.

Each protocol asks for as little as tells (`warehouse.publishers.probe`): the start of a file, one page of an API, the
description of a data set. The start of a CSV file, and a small workbook, are read by the parser of their source, to
compare the columns.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from traceback import extract_tb
from typing import TYPE_CHECKING

from assets.landing.parallel import in_parallel
from assets.landing.pull import ClientFactory, pullable, pulled_source
from assets.subjects import parsers
from warehouse.catalogue import Source
from warehouse.errors import PublisherCause, PublisherFailed, RefusedFile, UnknownHeadings
from warehouse.publishers.addresses import bare
from warehouse.publishers.file_kind import kind_of, named
from warehouse.storage.landing import PublisherCheck
from warehouse.storage.workspace import Warehouse

if TYPE_CHECKING:
    from warehouse.publishers import Sample
    from warehouse.publishers.client import Client

# Of one source, so that a check ends in minutes; a pull of large files may take longer.
MOST_SECONDS, READ_SECONDS = 120, 30
EXPECTED: dict[PublisherCause, Callable[[Source], str]] = {
    "certificate": lambda source: "a certificate that this machine trusts",
    "unreachable": lambda source: f"a connection to {', '.join(source.hosts)}",
    "timeout": lambda source: f"an answer within {READ_SECONDS} s, and all within {MOST_SECONDS} s",
    "redirect": lambda source: f"an answer from {', '.join(source.hosts)}, over {' or '.join(source.schemes)}",
    "not_found": lambda source: "data at this address",
    "denied": lambda source: "access without a login",
    "rate_limited": lambda source: f"an answer to {source.max_requests_per_minute or 'unlimited'} requests per minute",
    "server_error": lambda source: "a whole answer",
    "rejected": lambda source: "a request that the publisher takes",
    "wrong_kind": lambda source: named(source.formats),
    "changed_shape": lambda source: "fields and data sets as the catalogue names them",
}
SHAPE = (
    "Compare the file with its parser and the catalogue; the publisher has changed it. Until then the last file stays."
)
FAULT = "Report this line: the answer is of a form that the protocol does not foresee."


def check_publishers(
    warehouse: Warehouse, source_ids: Sequence[str] | None = None, *, client: ClientFactory | None = None
) -> Iterator[PublisherCheck]:
    """Check sources in parallel (by default all that are pulled), record the results and yield each as it ends.

    Nothing is landed. Errors of publishers are results. Raises `UnknownName` for a source that is not in the catalogue
    and `CommunityPowerError` for one that is not pulled, before any request.
    """
    wanted = [pulled_source(name) for name in dict.fromkeys(source_ids or pullable())]
    for found in in_parallel(wanted, lambda source: _check(source, client or _client)):
        warehouse.landing.record_check(found)
        yield found


def _check(source: Source, client: ClientFactory) -> PublisherCheck:
    from warehouse.publishers import probe

    with client(source) as opened:

        def ended(status: str, expected: str, came: str, to_do: str = "", address: str = "") -> PublisherCheck:
            now, asked = datetime.now(UTC), opened.requests_made
            at = bare(address or source.address)
            return PublisherCheck(source.id, at, status, expected, came, to_do, now, asked)

        expected = f"{named(source.formats)} of {source.title}"
        try:
            samples = probe(opened, source)
            found = [f"{sample.found}{_headings(source, sample)}" for sample in samples]
        except PublisherFailed as failure:
            address = failure.what if "://" in failure.what else ""
            came = failure.reason if address else f"{failure.what}: {failure.reason}"
            return ended(failure.cause, EXPECTED[failure.cause](source), came, failure.advice, address)
        except RefusedFile as refusal:
            return ended("changed_shape", refusal.expected, refusal.got, SHAPE)
        except Exception as error:
            # An unforeseen answer of one source must not end the check of the others.
            *_, place = extract_tb(error.__traceback__)
            came = f"one that cannot be read ({type(error).__name__} in {place.name})"
            return ended("changed_shape", f"an answer of the protocol {source.protocol}", came, FAULT)
        if not samples:
            return ended("not_asked", expected, "nothing was asked: no request is configured in the options")
        return ended("ok", expected, "; ".join(dict.fromkeys(found)))


def _headings(source: Source, sample: "Sample") -> str:
    """Return what the parser of a source says of the headings of a sample; raise `RefusedFile` for others.

    Of the start of a file, only its headings can be refused.
    """
    if not sample.content:
        return ""
    parse = parsers()[source.id].parse
    if sample.is_whole:
        parse(sample.content)
    elif kind_of(sample.content) != "text":
        return ", of which the columns were not looked at: it is large, or its size is not stated"
    else:
        try:
            parse(_whole_records(sample.content))
        except UnknownHeadings:
            raise
        except RefusedFile:
            pass
    return " with the expected columns"


def _whole_records(content: bytes) -> bytes:
    """Return the whole records at the start of a CSV file."""
    end = content.rfind(b"\n") + 1
    while end and content.count(b'"', 0, end) % 2:
        end = content.rfind(b"\n", 0, end - 1) + 1
    return content[:end] or content


def _client(source: Source) -> "Client":
    from warehouse.publishers.client import Client
    from warehouse.publishers.limits import Limits

    return Client(source.id, replace(Limits.of(source), deadline_s=MOST_SECONDS, read_s=READ_SECONDS))
