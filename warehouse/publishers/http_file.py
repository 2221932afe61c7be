"""A file at a fixed address, downloaded only if it has changed.

Landing pages are not searched for links, since a changed page could lead to a wrong file. If the file is gone, the
message names the landing page.
"""

import re
import unicodedata
from collections.abc import Mapping
from email.message import Message
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from warehouse.catalogue import Entry, Source
from warehouse.errors import PublisherFailed
from warehouse.publishers import Fetch, Fetched, Sample
from warehouse.publishers.client import Client
from warehouse.publishers.file_kind import kind_of
from warehouse.publishers.protocol_common import settings
from warehouse.publishers.request_errors import MOVED
from warehouse.storage.landing import Known

NAME_LENGTH = 150
SMALL_BYTES = 5_000_000
# Statuses after which the file may be at another address: it is gone, or replaced by another kind of file.
IS_ELSEWHERE = MOVED | {200}


class FileOptions(Entry):
    """`alternatives` are older addresses of the file, newest first. `file_name` replaces the name in the address."""

    alternatives: tuple[str, ...] = ()
    file_name: str = ""


def fetch(client: Client, source: Source, known: Known) -> Fetch:
    """Return the file of a source. The revision is the address that it came from.

    If the address no longer has the file, the alternatives are requested, except those older than the address of the
    last landed file. Raises `PublisherFailed` with the landing page.
    """
    options = settings(source, FileOptions)
    failures: list[PublisherFailed] = []
    for address in _candidates(source, options, known):
        # ETag and date are valid for the last address only: a file at another address may have an older date.
        is_same = known.revision == address
        try:
            answer = client.get(
                address,
                etag=known.etag if is_same else None,
                last_modified=known.last_modified if is_same else None,
                expect=source.formats,
            )
        except PublisherFailed as failure:
            failures.append(failure)
            if failure.status not in IS_ELSEWHERE:
                break
            continue
        notes = (f"{source.address} has no file; the older {address} was requested",) if failures else ()
        if answer.is_unchanged:
            return Fetch((), True, address, notes)
        name = options.file_name or file_name(source, answer.headers, answer.final_address)
        file = Fetched(answer.content, name, answer.address, answer.final_address, answer.status, answer.headers)
        return Fetch((file,), False, address, notes)
    # The newest address is the one to correct in the catalogue.
    raise _explained(source, failures[0])


def probe(client: Client, source: Source) -> list[Sample]:
    """Return the file at the address of a source, not of its alternatives; raises as `fetch` does.

    The start of a text is enough to see its columns. A workbook is read whole, and only up to `SMALL_BYTES`.
    """
    try:
        answer = client.start(source.address, expect=source.formats)
        if kind_of(answer.content) == "text" or answer.size is None or answer.size > SMALL_BYTES:
            return [Sample.start_of(answer)]
        if len(answer.content) < answer.size:
            answer = client.get(source.address, expect=source.formats)
        return [Sample.all_of(answer)]
    except PublisherFailed as failure:
        raise _explained(source, failure) from failure


def _candidates(source: Source, options: FileOptions, known: Known) -> list[str]:
    """Return the addresses to request, without those older than that of the last landed file."""
    addresses = [source.address, *options.alternatives]
    if known.revision in addresses:
        return addresses[: addresses.index(known.revision) + 1]
    return addresses[:1] if known.files else addresses


def _explained(source: Source, failure: PublisherFailed) -> PublisherFailed:
    """Return a failure with advice on where to find the file, if it may have moved."""
    if failure.status not in IS_ELSEWHERE:
        return failure
    advice = (
        f"Look for the file on {source.landing_page} and correct its address in the catalogue, "
        f"or land it by hand: cpower land {source.id} FILE."
    )
    return PublisherFailed(
        source.id,
        failure.what,
        failure.reason,
        advice,
        status=failure.status,
        content=failure.content,
        cause=failure.cause,
    )


def file_name(source: Source, headers: Mapping[str, str], address: str) -> str:
    """Return the name of a file from its Content-Disposition, or else from the address.

    Folders and control characters are removed. If there is no name with a suffix, the name is the source id and format.
    """
    message = Message()
    message["Content-Disposition"] = headers.get("content-disposition", "")
    for given in (message.get_filename(), unquote(urlsplit(address).path)):
        name = unicodedata.normalize("NFC", PurePosixPath((given or "").replace("\\", "/")).name)
        name = re.sub(r"[\x00-\x1f\x7f]", "", name).strip()[-NAME_LENGTH:].lstrip(".")
        if PurePosixPath(name).suffix:
            return name
    return f"{source.id}.{source.formats[0]}"
