"""The 360Giving API: the awards that configured organisations made, one document an organisation.

The service names its own addresses, and they are followed rather than built: an organisation's detail links to its
awards, and each page to the next. The detail also counts the awards and their sums, which shows whether anything
changed; a correction that leaves numbers and sums as they were is found with the next award, or with `is_always_read`.

Pages have no order. The service's database may begin every page at another award, so that pages repeat some awards
and miss as many others while their number adds up. Awards are therefore read until it is shown that all of them came.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from warehouse.catalogue import Entry, Source
from warehouse.errors import PublisherFailed
from warehouse.publishers import Fetch, Fetched
from warehouse.publishers.addresses import as_https
from warehouse.publishers.answer import Answer
from warehouse.publishers.client import Client
from warehouse.publishers.protocol_common import (
    Failure,
    file_name_of,
    gathered,
    is_landed,
    is_share_alike,
    licence_id,
    remembered,
    settings,
    shaped,
    shared_licence,
)
from warehouse.storage.landing import Known

# The service answers a browser with a page, and refuses types that it does not have.
HEADERS = {"Accept": "application/json"}
# Sums of floats differ in their last digits with the order of the awards.
PENCE = 2

Sums = dict[str, tuple[int, float]]


class Settings(Entry):
    """The options of the API: which organisations, and our id for each licence as the service names it.

    `page_size` is the number of awards asked for a page; the service may give fewer. Where pages repeat awards they
    are read again, `reread_page_size` awards a page, until all awards came or they were read `readings` times.
    """

    organisations: tuple[str, ...]
    licences: dict[str, str]
    exclude_share_alike: bool = False
    is_always_read: bool = False
    page_size: int = Field(default=1000, ge=1)
    reread_page_size: int = Field(default=5000, ge=1)
    readings: int = Field(default=12, ge=1)


class Described(BaseModel):
    """Part of an answer; fields that are not named here are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)


class CurrencySum(Described):
    """Number and sum of the awards in one currency. The mean depends on the order in which the service counted."""

    grants: int
    total: Annotated[float, AfterValidator(lambda total: round(total, PENCE))]
    avg: float | None = Field(default=None, exclude=True)


class Aggregate(Described):
    """Number of the awards, and their sums by currency."""

    grants: int
    currencies: dict[str, CurrencySum]


class Role(Described):
    """What an organisation is as a funder."""

    aggregate: Aggregate


class Linked(Described):
    """Another identifier of an organisation."""

    org_id: str


class Detail(BaseModel):
    """An organisation: where its awards are, and how the service counts them; no `funder` where it knows none."""

    grants_made: str
    funder: Role | None = None
    linked_orgs: tuple[Linked, ...] = ()

    @property
    def linked(self) -> list[str]:
        """The organisation's other identifiers, in order: the service lists them in any."""
        return sorted(linked.org_id for linked in self.linked_orgs)

    @property
    def sums(self) -> Sums:
        """Number and sum of the awards by currency, as the service counts them."""
        counted = self.funder.aggregate.currencies if self.funder else {}
        return {currency: (found.grants, found.total) for currency, found in counted.items()}


class Award(Described):
    """An award as the service gives it. `data` is what was published and has `grant_id` as its `id`."""

    grant_id: str
    data: dict[str, Any]
    data_license: Any = None


class Page(BaseModel):
    """One page of awards, with the number of all awards and the address of the next page."""

    count: int
    next: str | None
    results: list[Award]


def fetch(client: Client, source: Source, known: Known) -> Fetch:
    """Return one document {"grants": [...]} for each organisation whose awards changed.

    Awards are as published, without what the service adds, and in an order of their own, so that the same awards
    make the same bytes. An organisation that made no awards is noted, or refused where it had some before. One whose
    awards did not all come is refused and has no signal, so that the next run asks for it again. Raises
    `PublisherFailed` where no organisation could be read.
    """
    options = settings(source, Settings)
    organisations = list(dict.fromkeys(options.organisations))
    before = remembered(known)
    signals = {organisation: before[organisation] for organisation in organisations if organisation in before}
    files: list[Fetched] = []
    failures: list[Failure] = []
    notes: list[str] = []
    unchanged = 0
    for organisation in organisations:
        name = file_name_of(organisation, ".json")
        try:
            detail, start = _detail(client, source, organisation)
            signal, last = _signal(options, detail), signals.pop(organisation, None)
            is_known = name in known.files and detail.funder is not None and signal == last
            if is_known and not options.is_always_read:
                unchanged += 1
            else:
                awards, said = _awards(client, options, organisation, detail, start)
                if not awards and name in known.files:
                    raise client.failed(start, "it gives no award where the last file held some")
                file, left_out = _file(options, organisation, name, start, awards, name in known.files)
                notes += said + left_out
                if file is None or is_landed(known, file):
                    unchanged += 1
                else:
                    files.append(file)
            signals[organisation] = signal
        except PublisherFailed as failure:
            failures.append((organisation, failure))
    revision = json.dumps(signals, sort_keys=True)
    return gathered(source.id, files, failures, unchanged=unchanged, revision=revision, notes=notes)


def _detail(client: Client, source: Source, organisation: str) -> tuple[Detail, str]:
    """Return (detail, address of its awards) of an organisation."""
    address = f"{source.address}{quote(organisation, safe='/')}/"
    try:
        answer = client.get(address, headers=HEADERS, expect=("json",))
    except PublisherFailed as failure:
        if failure.status != 404:
            raise
        raise client.failed(
            address,
            "the service knows no such organisation; identifiers are case-sensitive (HTTP 404)",
            "Correct `organisations` in the catalogue.",
            status=failure.status,
            content=failure.content,
        ) from failure
    detail = shaped(client, answer, Detail)
    return detail, _link(answer, detail.grants_made)


def _signal(options: Settings, detail: Detail) -> str:
    """Return a checksum of how the service counts the awards of an organisation, and of how they are landed."""
    counted = detail.funder.model_dump(mode="json") if detail.funder else None
    said = json.dumps([options.exclude_share_alike, counted, detail.linked], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _awards(
    client: Client, options: Settings, organisation: str, detail: Detail, start: str
) -> tuple[list[Award], list[str]]:
    """Return (awards, notes) of an organisation; raise `PublisherFailed` where not all of them came.

    A page is one look at the service's table and holds none of its rows twice, so awards that are equal within one
    page are as many rows. Rows are distinguished by all that the service says of them, since publishers use one
    `grant_id` for several awards. All came where the rows known from single pages are as many as the service counts.
    Awards that are equal on different pages can be one row that was repeated or several rows. They are several where a
    second reading, in pages of another size, brings the same awards as often. What was read more than once must also
    have the sums by currency that the service states: a set of files that is loaded in between changes them.
    """
    awards: dict[str, Award] = {}
    rows: Counter[str] = Counter()
    first: Counter[str] | None = None
    counted: int | None = None
    for reading in range(1, options.readings + 1):
        read: Counter[str] = Counter()
        size = options.page_size if reading == 1 else options.reread_page_size
        for page in _pages(client, start, size, counted):
            counted = page.count
            named = [(_identity(award), award) for award in page.results]
            times = Counter(identity for identity, _ in named)
            awards |= named
            rows |= times
            read += times
        if rows.total() > read.total():
            raise client.failed(start, f"the awards of {organisation} changed while they were read")
        is_whole = rows.total() == read.total()
        if is_whole or read == first:
            listed = [awards[identity] for identity in (rows if is_whole else read).elements()]
            if reading == 1 or _agree(detail.sums, _sums(listed)):
                return listed, _notes(organisation, detail, listed, reading)
        if is_whole:
            came = f"{_told(_sums(listed))} of {organisation} came in {reading} readings"
            raise client.failed(start, f"{came}, and the service counts {_told(detail.sums)}")
        first = first or read
    raise client.failed(
        start,
        f"its pages repeat some awards and miss others: {options.readings} readings brought {rows.total():,} different "
        f"awards of {organisation}, and it counts {counted or 0:,}",
    )


def _pages(client: Client, start: str, size: int, counted: int | None) -> Iterator[Page]:
    """Return the pages from the first on, each as it is read; `counted` is how many awards there must be, if known.

    Ends where no next page is named. Raises `PublisherFailed` where a page names one that was read, where more comes
    than was counted, or where the end comes before it.
    """
    came = 0
    visited: set[str] = set()
    following: str | None = start
    while following:
        visited.add(following)
        params = {"limit": size} if following == start else None
        answer = client.get(following, params=params, headers=HEADERS, expect=("json",))
        page = shaped(client, answer, Page)
        counted = page.count if counted is None else counted
        if page.count != counted:
            raise client.failed(
                start, f"it counted {counted:,} awards at first and {page.count:,} while they were read"
            )
        came += len(page.results)
        yield page
        following = page.next and _link(answer, page.next)
        if following in visited:
            raise client.failed(start, "it names a next page that was read before")
        if following and (not page.results or came > counted):
            raise client.failed(start, f"it names pages without end: {came:,} of {counted:,} awards were read")
    if came != counted:
        raise client.failed(start, f"only {came:,} of {counted or 0:,} awards came")


def _link(answer: Answer, link: str) -> str:
    """Return the address of a link in an answer, encrypted where the answer was.

    Behind a proxy that ends the encryption the service names its own addresses by the scheme http.
    """
    return as_https(link) if answer.final_address.startswith("https:") else link


def _identity(award: Award) -> str:
    """Return a checksum of all that the service says of an award."""
    return hashlib.sha256(json.dumps(award.model_dump(), sort_keys=True).encode()).hexdigest()


def _sums(awards: Iterable[Award]) -> Sums:
    """Return number and sum of awards by currency; the sum is NaN where an amount is not a number."""
    amounts: dict[str, list[float]] = {}
    for award in awards:
        amount = award.data.get("amountAwarded")
        number = float(amount) if isinstance(amount, int | float) else math.nan
        amounts.setdefault(str(award.data.get("currency")), []).append(number)
    return {currency: (len(found), round(math.fsum(found), PENCE)) for currency, found in amounts.items()}


def _agree(stated: Sums, came: Sums) -> bool:
    """Return whether sums are those that the service states, or it counts other awards too, so that it states none."""
    if _number(stated) != _number(came):
        return True
    return stated.keys() == came.keys() and all(
        stated[currency][0] == number and math.isclose(stated[currency][1], total, rel_tol=1e-9, abs_tol=0.01)
        for currency, (number, total) in came.items()
    )


def _number(sums: Sums) -> int:
    return sum(number for number, _ in sums.values())


def _notes(organisation: str, detail: Detail, awards: list[Award], readings: int) -> list[str]:
    """Return what a person should know of how the awards of an organisation came."""
    if not awards:
        return [f"the service knows no award made by {organisation}"]
    notes: list[str] = []
    if readings > 1:
        notes.append(f"pages repeated awards of {organisation}, so all were read {readings} times")
    if repeats := len(awards) - len(set(map(_identity, awards))):
        notes.append(f"{repeats:,} awards of {organisation} repeat another one word for word, and are kept")
    came = _sums(awards)
    if detail.funder and (_number(detail.sums) != len(awards) or not _agree(detail.sums, came)):
        linked = f" ({', '.join(detail.linked)})" if detail.linked else ""
        notes.append(
            f"{_told(came)} of {organisation} came, and the service counts {_told(detail.sums)}, "
            f"which can include awards under its other identifiers{linked}"
        )
    return notes


def _told(sums: Sums) -> str:
    """Return number and sums of awards as text."""
    totals = ", ".join(f"{currency} {total:,.2f}" for currency, (_, total) in sorted(sums.items()))
    return f"{_number(sums):,} awards ({totals})"


def _file(
    options: Settings, organisation: str, name: str, start: str, awards: Sequence[Award], is_known: bool
) -> tuple[Fetched | None, list[str]]:
    """Return (document, notes) of the awards of an organisation; no document where none is left to land."""
    notes: list[str] = []
    stated = [_licence(options, award) for award in awards]
    if options.exclude_share_alike and (left := sum(map(is_share_alike, stated))):
        notes.append(f"{left:,} of {len(awards):,} awards of {organisation} are left out: share-alike licence")
        pairs = [pair for pair in zip(awards, stated, strict=True) if not is_share_alike(pair[1])]
        awards, stated = [award for award, _ in pairs], [licence for _, licence in pairs]
    if any(map(is_share_alike, stated)) and len(set(stated)) > 1:
        notes.append(f"some of the awards of {organisation} are under a share-alike licence")
    if not awards:
        if is_known:
            notes.append(f"{name}: the file that was landed before is still read")
        return None, notes
    lines = sorted(json.dumps(award.data, ensure_ascii=False, sort_keys=True) for award in awards)
    content = ('{"grants": [\n' + ",\n".join(lines) + "\n]}\n").encode()
    headers = {"content-type": "application/json"}
    return Fetched(content, name, start, start, 200, headers, licence=shared_licence(set(stated))), notes


def _licence(options: Settings, award: Award) -> str:
    """Return our id of the licence that the service states for an award, or nothing where it states none we know."""
    stated = award.data_license
    return licence_id(options.licences, *(stated.values() if isinstance(stated, dict) else [stated]))
