"""Protocols: how the service of each publisher is read. One module per protocol, chosen by name in the catalogue.

A protocol makes the requests and interprets the answers. Addresses, data set ids and page sizes are in the catalogue
(`sources*.yaml`). The caller decides whether the files are landed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING

from warehouse.catalogue import Source
from warehouse.publishers.file_kind import NAME_OF_KIND, kind_of
from warehouse.storage.landing import Known

if TYPE_CHECKING:
    from warehouse.publishers.answer import Answer
    from warehouse.publishers.client import Client


@dataclass(frozen=True)
class Fetched:
    """One file to be validated and landed; `licence` is a licence id if the publisher states one for the file."""

    content: bytes
    file_name: str
    address: str
    final_address: str
    status: int
    headers: dict[str, str]
    licence: str = ""


@dataclass(frozen=True)
class Fetch:
    """Result of one run of a protocol.

    `files` is empty if nothing changed (`is_unchanged`) or nothing was received. `revision` identifies what was
    received, and is kept for the next run. `notes` are remarks for the user. `refused` are (file or data set, reason)
    of parts that failed while others succeeded.
    """

    files: tuple[Fetched, ...]
    is_unchanged: bool
    revision: str | None
    notes: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Sample:
    """What a publisher sent of one part of a source when it was checked: `found` describes it.

    `content` is the start of a file whose headings are still to be checked, or all of it (`is_whole`); empty if the
    protocol has checked the shape.
    """

    address: str
    found: str
    content: bytes = b""
    is_whole: bool = False

    @classmethod
    def start_of(cls, answer: "Answer") -> "Sample":
        """Return the sample of an answer with the start of a file."""
        return cls(answer.address, NAME_OF_KIND[kind_of(answer.content)], answer.content)

    @classmethod
    def all_of(cls, answer: "Answer") -> "Sample":
        """Return the sample of an answer with a whole file."""
        return replace(cls.start_of(answer), is_whole=True)


Protocol = Callable[["Client", Source, Known], Fetch]
Probe = Callable[["Client", Source], list[Sample]]


def _protocol(name: str) -> Protocol:
    """Return the protocol of a module of this package. The module is imported when the protocol first runs."""

    def run(client: "Client", source: Source, known: Known) -> Fetch:
        fetch: Protocol = import_module(f"{__name__}.{name}").fetch
        return fetch(client, source, known)

    return run


def probe(client: "Client", source: Source) -> list[Sample]:
    """Ask a publisher for as little as tells whether a pull would be answered; return what it sent, by part.

    Nothing is returned if no request is configured. Raises `PublisherFailed` for the first part that is not as
    expected.
    """
    run: Probe = import_module(f"{__name__}.{source.protocol}").probe
    return run(client, source)


PROTOCOLS: dict[str, Protocol] = {
    name: _protocol(name)
    for name in (
        "http_file",
        "statswales",
        "arcgis",
        "nomis",
        "statistics_gov_scot",
        "threesixtygiving_registry",
        "threesixtygiving_api",
        "grantnav",
    )
}
