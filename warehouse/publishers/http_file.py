"""A file at an address, asked for only if it has changed.

Landing pages are never read for links: a page that was laid out anew would give another file than the one meant.
Where the file is gone the message names the page, and a person chooses.
"""

import re
import unicodedata
from collections.abc import Mapping
from email.message import Message
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from warehouse.catalogue import Entry, Source
from warehouse.errors import PublisherFailed
from warehouse.publishers import Fetch, Fetched
from warehouse.publishers.client import Client
from warehouse.publishers.protocol_common import settings
from warehouse.publishers.request_errors import MOVED
from warehouse.storage.landing import Known

NAME_LENGTH = 150
# Answers after which the file may be somewhere else: it has gone, or another kind of file stands in its place.
IS_ELSEWHERE = MOVED | {200}


class Options(Entry):
    """`alternatives` are older addresses of the file, newest first; `file_name` is for addresses that name it badly."""

    alternatives: tuple[str, ...] = ()
    file_name: str = ""


def fetch(client: Client, source: Source, known: Known) -> Fetch:
    """Return the file of a source; its revision is the address that gave it.

    The alternatives are asked where the address has no such file any more, but never one that is older than what
    is on record: an old edition must not become the current one. Raises `PublisherFailed` with the landing page.
    """
    options = settings(source, Options)
    failures: list[PublisherFailed] = []
    for address in _candidates(source, options, known):
        # Of another address than the last one the conditions say nothing: the file there may bear an older date.
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
        notes = (f"{source.address} gave no file, so the older {address} was asked",) if failures else ()
        if answer.is_unchanged:
            return Fetch((), True, address, notes)
        name = options.file_name or file_name(source, answer.headers, answer.final_address)
        file = Fetched(answer.content, name, answer.address, answer.final_address, answer.status, answer.headers)
        return Fetch((file,), False, address, notes)
    # The newest address is the one to be mended, so its failure is the one to be told.
    raise _explained(source, failures[0])


def _candidates(source: Source, options: Options, known: Known) -> list[str]:
    """Return the addresses that may be asked: none that is older than the one that is on record."""
    addresses = [source.address, *options.alternatives]
    if known.revision in addresses:
        return addresses[: addresses.index(known.revision) + 1]
    return addresses[:1] if known.files else addresses


def _explained(source: Source, failure: PublisherFailed) -> PublisherFailed:
    """Return a failure that tells where a person finds the file, where that would help."""
    if failure.status not in IS_ELSEWHERE:
        return failure
    advice = (
        f"Look for the file on {source.landing_page} and put its address into the catalogue, "
        f"or take it in by hand: cpower land {source.id} FILE."
    )
    return PublisherFailed(
        source.id, failure.what, failure.reason, advice, status=failure.status, content=failure.content
    )


def file_name(source: Source, headers: Mapping[str, str], address: str) -> str:
    """Return the name of a file from the Content-Disposition of the answer, else from the address.

    Folders and control characters are left out. A name without an ending is the id of the source and its format.
    """
    message = Message()
    message["Content-Disposition"] = headers.get("content-disposition", "")
    for given in (message.get_filename(), unquote(urlsplit(address).path)):
        name = unicodedata.normalize("NFC", PurePosixPath((given or "").replace("\\", "/")).name)
        name = re.sub(r"[\x00-\x1f\x7f]", "", name).strip()[-NAME_LENGTH:].lstrip(".")
        if PurePosixPath(name).suffix:
            return name
    return f"{source.id}.{source.formats[0]}"
