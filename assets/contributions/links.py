"""Asks the addresses of practice records whether they still lead to a page, and keeps the results of a day in a file.

A result changes no record: it is a finding for an editor. Every host is asked for one address at a time, with a pause,
by the client that also pulls the sources.
"""

import csv
import io
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, astuple, dataclass, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from queue import SimpleQueue
from urllib.parse import urlsplit

from assets.contributions.checking import records_of
from warehouse.errors import HomeUnavailable, PublisherFailed
from warehouse.publishers.addresses import as_https, recordable
from warehouse.publishers.client import Client
from warehouse.publishers.limits import Limits
from warehouse.storage.atomic_files import replacing
from warehouse.storage.home import Home
from warehouse.storage.landing import REFERENCE

HOSTS_AT_ONCE = 8
SECONDS_PER_ADDRESS = 90
GONE = frozenset({404, 410})
LIMITS = Limits(
    connect_s=10,
    read_s=20,
    max_requests_per_minute=15,
    allowed_hosts=frozenset({"*"}),
    allowed_schemes=frozenset({"http", "https"}),
)
LOCK = ".checking-links"


@dataclass(frozen=True)
class Link:
    """What one address answered.

    `practices` are the ids of its records, joined by semicolons. `result` is `reached`; `redirected`, to
    `final_address`; `gone` (HTTP 404 or 410); or `failed`, with the reason in `error`. `status` is the last HTTP
    status, empty without a response. `checked_at` is in UTC.
    """

    address: str
    practices: str
    result: str
    status: str
    final_address: str
    checked_at: str
    error: str


COLUMNS = tuple(field.name for field in fields(Link))


@dataclass(frozen=True)
class LinkCheck:
    """Results of a day: all links in its file, how many were asked in this run, and how many are still to be asked."""

    path: Path
    links: tuple[Link, ...]
    asked_n: int
    left_n: int

    @property
    def counts(self) -> dict[str, int]:
        """The number of links by result."""
        return dict(sorted(Counter(link.result for link in self.links).items()))

    def to_dict(self) -> dict[str, object]:
        """Return the results as JSON-ready values."""
        return {
            "path": str(self.path),
            "asked": self.asked_n,
            "left": self.left_n,
            "by_result": self.counts,
            "links": [asdict(link) for link in self.links],
        }


def addresses_of_records(reference: Path = REFERENCE) -> dict[str, list[str]]:
    """Return the ids of the records by address: of the scan, and of the follow-up of the practices of the report."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((reference / "practices" / "scan").glob("*.yaml")):
        for record in records_of(path):
            if record.source_url:
                found[record.source_url].append(record.id)
    with (reference / "practice_status.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["source_url"]:
                found[row["source_url"]].append(row["practice_id"] or row["locality_code"])
    return {address: list(dict.fromkeys(ids)) for address, ids in found.items()}


def check_links(
    home: Home,
    addresses: Mapping[str, Sequence[str]],
    *,
    limit: int | None = None,
    day: date | None = None,
    client: Callable[[Limits], Client] | None = None,
    on_result: Callable[[Link], None] = lambda _: None,
) -> LinkCheck:
    """Ask addresses that were not asked today, write the results and return those of the day.

    `addresses` are the ids of the records by address; at most `limit` are asked. The results are in
    `links/YYYY-MM-DD.csv` of the home, one row per address, written as soon as an address was asked, so that a run that
    is stopped goes on where it ended. `on_result` is called with each new result. Raises `HomeUnavailable` if the file
    cannot be written, or another run is checking links.
    """
    path = home.links / f"{(day or datetime.now(UTC).date()).isoformat()}.csv"
    with home.lock("check links", LOCK):
        known = {link.address: link for link in _read(path)}
        waiting = [address for address in sorted(addresses) if _recorded(address) not in known]
        asked = waiting[:limit]
        _write(path, known.values())
        with path.open("a", encoding="utf-8", newline="") as file:
            for link in _asked(asked, addresses, client or _client):
                known[link.address] = link
                try:
                    file.write(_line(astuple(link)))
                    file.flush()
                except OSError as error:
                    raise HomeUnavailable(
                        f"Cannot write {path}: {error.strerror}. Earlier results are kept."
                    ) from error
                on_result(link)
    return LinkCheck(path, tuple(known.values()), len(asked), len(waiting) - len(asked))


def _client(limits: Limits) -> Client:
    return Client("links", limits)


def _asked(
    asked: Sequence[str], addresses: Mapping[str, Sequence[str]], client: Callable[[Limits], Client]
) -> Iterator[Link]:
    """Yield the results of addresses as they come, from several hosts at once."""
    by_host: dict[str, list[str]] = defaultdict(list)
    for address in asked:
        by_host[_host(address)].append(address)
    stop = threading.Event()
    results: SimpleQueue[Link | Exception] = SimpleQueue()

    def ask(listed: list[str]) -> None:
        try:
            with client(replace(LIMITS, deadline_s=SECONDS_PER_ADDRESS * len(listed))) as asking:
                for address in listed:
                    if stop.is_set():
                        return
                    results.put(_link(asking, address, addresses[address]))
        except Exception as error:
            # An unexpected fault of one host is raised where the results are read.
            results.put(error)

    with ThreadPoolExecutor(HOSTS_AT_ONCE) as pool:
        try:
            for listed in by_host.values():
                pool.submit(ask, listed)
            for _ in asked:
                result = results.get()
                if isinstance(result, Exception):
                    raise result
                yield result
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


def _link(asking: Client, address: str, practices: Sequence[str]) -> Link:
    """Return the result of one address."""
    final, status, error = "", "", ""
    try:
        answer = asking.reach(address)
        final, status = answer.final_address, str(answer.status)
        result = "reached" if _same(final, _recorded(address)) else "redirected"
    except PublisherFailed as failure:
        status, error = str(failure.status or ""), failure.reason
        result = "gone" if failure.status in GONE else "failed"
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Link(_recorded(address), ";".join(practices), result, status, final, now, error)


def _recorded(address: str) -> str:
    """Return an address as it is written: without secrets, or as it is if it cannot be read."""
    try:
        return recordable(address)
    except ValueError:
        return address


def _same(one: str, other: str) -> bool:
    """Return whether two addresses differ in nothing but encryption and a last slash."""
    return as_https(one).rstrip("/") == as_https(other).rstrip("/")


def _host(address: str) -> str:
    """Return the host of an address, empty if it cannot be read; the client explains what is wrong with it."""
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""


def _read(path: Path) -> list[Link]:
    """Return the results in a file; a line that a stopped run left incomplete is left out."""
    if not path.exists():
        return []
    whole = path.read_bytes().rpartition(b"\n")[0].decode("utf-8")
    rows = csv.DictReader(io.StringIO(whole, newline=""))
    return [Link(**row) for row in rows if set(row) == set(COLUMNS) and None not in row.values()]


def _write(path: Path, links: Iterable[Link]) -> None:
    with replacing(path) as temporary:
        temporary.write_text("".join(map(_line, [COLUMNS, *map(astuple, links)])), "utf-8", newline="")


def _line(cells: Sequence[str]) -> str:
    """Return a row of CSV."""
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue()
