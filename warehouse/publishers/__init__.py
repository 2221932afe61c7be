"""Protocols: how the service of each publisher is read. One module per protocol, chosen by name in the catalogue.

A protocol makes the requests and interprets the answers. Addresses, data set ids and page sizes are in the catalogue
(`sources*.yaml`). The caller decides whether the files are landed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from warehouse.catalogue import Source
from warehouse.storage.landing import Known

if TYPE_CHECKING:
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


Protocol = Callable[["Client", Source, Known], Fetch]


def _protocol(name: str) -> Protocol:
    """Return the protocol of a module of this package. The module is imported when the protocol first runs."""

    def run(client: "Client", source: Source, known: Known) -> Fetch:
        fetch: Protocol = import_module(f"{__name__}.{name}").fetch
        return fetch(client, source, known)

    return run


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
