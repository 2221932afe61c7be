"""statistics.gov.scot: whole data cubes as CSV, one file per cube.

The service sends a cube whole or, if it is too large, not at all.
"""

from collections.abc import Callable
from functools import partial

from warehouse.catalogue import Entry, Source
from warehouse.errors import PublisherFailed
from warehouse.publishers import Fetch, Fetched, Sample
from warehouse.publishers.answer import Answer
from warehouse.publishers.client import Client
from warehouse.publishers.protocol_common import Failure, gathered, settings
from warehouse.storage.landing import Known, KnownFile

# Answers of the service (HTTP 400) for a cube that it cannot send.
REASONS = {
    b"Response too large": "the cube is too large for the service to send whole (Response too large)",
    b"Request Timeout": "the service took too long to assemble the cube (Request Timeout)",
}


class CubeOptions(Entry):
    """`cubes` are the last parts of the cubes' addresses within the service, `prefix` is the part before them."""

    prefix: str
    cubes: tuple[str, ...]


def fetch(client: Client, source: Source, known: Known) -> Fetch:
    """Return each cube of a source that has changed; cubes that failed are refused, with the reason.

    Raises `PublisherFailed` if every cube failed.
    """
    options = settings(source, CubeOptions)
    files: list[Fetched] = []
    failures: list[Failure] = []
    unchanged = 0
    for cube in options.cubes:
        name = f"{cube}.csv"
        try:
            file = _cube(client, source, options.prefix + cube, name, known.files.get(name))
        except PublisherFailed as failure:
            failures.append((cube, failure))
            continue
        if file:
            files.append(file)
        else:
            unchanged += 1
    return gathered(source.id, files, failures, unchanged=unchanged)


def probe(client: Client, source: Source) -> list[Sample]:
    """Return the start of each cube of a source; raises `PublisherFailed`."""
    options = settings(source, CubeOptions)
    ask = partial(client.start, source.address, expect=source.formats)
    uris = [options.prefix + cube for cube in options.cubes]
    return [Sample.start_of(_sent(client, source, partial(ask, params={"uri": uri}))) for uri in uris]


def _cube(client: Client, source: Source, uri: str, name: str, known: KnownFile | None) -> Fetched | None:
    """Return one cube, or None if it has not changed."""
    ask = partial(
        client.get,
        source.address,
        params={"uri": uri},
        etag=known.etag if known else None,
        last_modified=known.last_modified if known else None,
        expect=source.formats,
    )
    answer = _sent(client, source, ask)
    if answer.is_unchanged:
        return None
    return Fetched(answer.content, name, answer.address, answer.final_address, answer.status, answer.headers)


def _sent(client: Client, source: Source, ask: Callable[[], Answer]) -> Answer:
    """Return the answer to the request of a cube; raise `PublisherFailed`, with the reason if the cube is not sent."""
    try:
        answer = ask()
        status, content = answer.status, answer.content
    except PublisherFailed as failure:
        if failure.content.strip() not in REASONS:
            raise
        status, content = failure.status or 0, failure.content
    if reason := REASONS.get(content.strip()):
        advice = f"Remove the cube from the options of {source.id}, or land a part of it by hand."
        raise client.failed(source.address, reason, advice, status=status, content=content, cause="rejected")
    return answer
