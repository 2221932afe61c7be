"""The sources: what a publisher's file or data set is, how it is pulled, and mirrors that replace its address."""

import os
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from warehouse.catalogue import files
from warehouse.catalogue.files import Entry
from warehouse.catalogue.lists import licences
from warehouse.errors import BadRecord, UnknownName


class TidyFile(Entry):
    """The headings of a tidy file: one row per value, with bounds, of one measure, area and period.

    `where` has further columns with the text that a row must have there, for example the kind of estimate. Files
    without a column of bounds, statuses, names, units or notes leave it out. A file without a column `measure` has one
    measure.
    """

    area_code: str
    period: str
    value: str
    measure: str = ""
    unit: str = ""
    lower: str = ""
    upper: str = ""
    status: str = ""
    area_name: str = ""
    notes: str = ""
    where: dict[str, str] = Field(default={})

    @model_validator(mode="after")
    def _has_both_bounds(self) -> "TidyFile":
        """Return the entry; raise `ValueError` if it has only one bound."""
        if bool(self.lower) != bool(self.upper):
            raise ValueError("give both lower and upper, or neither")
        return self


class Source(Entry):
    """A publisher's file or data set, or a file of reference records (`file`).

    A source with a `protocol` (a module of `warehouse.publishers`) is pulled from `hosts` only, also across redirects,
    with the `options` of the protocol. `private_hosts` are the hosts that may be in a private network. Secrets must not
    be here.

    `by_hand` gives the reason why files need a manual upload. `known_faults` lists earlier errors of the source, and
    properties that a reader would not expect.

    `keep` says whether a landed file replaces the previous one or is kept in addition. `expected_rows` is the number of
    rows of a complete file. `is_bounded` says that its awards are in `period`, an ISO interval of dates.
    `is_by_locality` says that each of its files has all its rows of one locality. A `tidy` file is read by its
    headings, without its own parser.
    """

    id: str
    title: str
    publisher: str
    landing_page: str
    address: str
    licence: str
    attribution: str
    by_hand: str = ""
    known_faults: tuple[str, ...] = ()
    kind: Literal["statistics", "awards", "geography", "reference", "practices"]
    formats: tuple[str, ...] = ()
    cadence: Literal["daily", "weekly", "monthly", "yearly", "irregular"] = "irregular"
    period: str = ""
    keep: Literal["newest", "all"] = "newest"
    expected_rows: int | None = None
    is_bounded: bool = False
    is_by_locality: bool = False
    file: str = ""
    package: str = ""
    tidy: TidyFile | None = None
    protocol: str = ""
    hosts: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ("https",)
    private_hosts: tuple[str, ...] = ()
    options: dict[str, Any] = Field(default={})
    max_requests_per_minute: int | None = None
    deadline_s: float = 600
    max_bytes: int = 1_000_000_000


class Mirror(Entry):
    """A mirror of a source, in the file that `CPOWER_PUBLISHERS` names; missing fields keep their values.

    For mirrors in a local network and for tests. Secrets must not be here.
    """

    id: str
    address: str | None = None
    hosts: tuple[str, ...] | None = None
    schemes: tuple[str, ...] | None = None
    private_hosts: tuple[str, ...] | None = None
    options: dict[str, Any] | None = None
    max_requests_per_minute: int | None = None
    deadline_s: float | None = None


def sources() -> dict[str, Source]:
    """Return the sources by id; each has a known licence.

    If the environment variable `CPOWER_PUBLISHERS` names a YAML file of `{source id: {address, hosts, schemes,
    private_hosts, options, max_requests_per_minute, deadline_s}}`, its fields replace those of the catalogue.
    """
    return _sources(os.environ.get("CPOWER_PUBLISHERS", ""))


@files.cached
def _sources(mirrors: str) -> dict[str, Source]:
    found = files.entries(files.ROOT.glob("sources*.yaml"), Source)
    for source in found.values():
        if source.licence not in licences():
            files.refuse_entry(source, f"no licence {source.licence!r} is in licences.yaml; {files.listed(licences())}")
    if mirrors:
        found |= _mirrored(Path(mirrors), found)
    for source in found.values():
        if source.protocol and not {urlsplit(source.address).hostname, "*"} & set(source.hosts):
            files.refuse(mirrors or files.ROOT, 0, f"{source.id}: hosts must include the host of its address")
    return found


def _mirrored(path: Path, found: dict[str, Source]) -> dict[str, Source]:
    """Return the sources in a file of mirrors, with the replaced fields."""
    try:
        listed = files.read(path) or {}
    except OSError as error:
        raise BadRecord(str(path), 0, f"CPOWER_PUBLISHERS cannot be read: {error.strerror}") from error
    if not isinstance(listed, dict):
        raise BadRecord(str(path), 0, "CPOWER_PUBLISHERS must hold a mapping by source id")
    changed = {}
    for name, item in listed.items():
        if name not in found:
            raise UnknownName("source", str(name), list(found))
        mirror = files.validated(path, Mirror, {**(item or {}), "id": name})
        if mirror and (
            source := files.validated(path, Source, found[name].model_dump() | mirror.model_dump(exclude_none=True))
        ):
            changed[name] = source
    return changed
