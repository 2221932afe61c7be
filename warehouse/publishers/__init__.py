"""Pulling from the publishers: one module a protocol, chosen by name in the catalogue.

A protocol knows how a publisher is asked and what its answers mean; addresses, data-set ids and page sizes are
the catalogue's (`sources*.yaml`), and whether what came is kept is decided by whoever asked.
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
    """One file to be judged and landed; `licence` is a licence id where the publisher states one for the file."""

    content: bytes
    file_name: str
    address: str
    final_address: str
    status: int
    headers: dict[str, str]
    licence: str = ""


@dataclass(frozen=True)
class Fetch:
    """What one run of a protocol brought.

    `files` is empty where nothing changed (`is_unchanged`) or nothing came. `revision` is the publisher's own sign
    of change, kept for the next run. `notes` are what a person should know. `refused` are (file or data set,
    reason) of parts that failed while others came.
    """

    files: tuple[Fetched, ...]
    is_unchanged: bool
    revision: str | None
    notes: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


Protocol = Callable[["Client", Source, Known], Fetch]


def _protocol(name: str) -> Protocol:
    """Return the protocol of a module of this package, imported when it is first run."""

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
