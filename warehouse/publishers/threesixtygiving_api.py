"""The 360Giving API: the awards made by configured organisations, one document per organisation.

Addresses are links from the service: an organisation's detail links to its awards, and each page to the next. The
detail also has the number and sums of the awards, which show whether anything changed. A correction that changes
neither is found with the next award, or with `is_always_read`.

Pages have no order. The database of the service may start each page at another award, so pages can repeat some awards
and omit as many others while the total is right. Awards are read until all of them are known to be received.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from warehouse.catalogue import Entry, Source, is_share_alike
from warehouse.errors import PublisherFailed
from warehouse.publishers import Fetch, Fetched, Sample
from warehouse.publishers.addresses import as_https
from warehouse.publishers.answer import Answer
from warehouse.publishers.client import Client
from warehouse.publishers.protocol_common import (
    Failure,
    file_name_of,
    gathered,
    is_landed,
    licence_id,
    remembered,
    settings,
    shaped,
    shared_licence,
)
from warehouse.storage.landing import Known

# The service sends browsers an HTML page, and rejects types that it does not have.
HEADERS = {"Accept": "application/json"}
# Sums of floats differ in their last digits with the order of the awards.
PENCE = 2

Sums = dict[str, tuple[int, float]]


class ApiOptions(Entry):
    """Options of the API: organisations, and catalogue id of each licence by the name that the service uses.

    `page_size` is the number of awards requested per page; the service may send fewer. If pages repeat awards, they are
    read again with `reread_page_size` awards per page, until all awards are received or after `readings` times.
    """

    organisations: tuple[str, ...]
    licences: dict[str, str]
    exclude_share_alike: bool = False
    is_always_read: bool = False
    page_size: int = Field(default=1000, ge=1)
    reread_page_size: int = Field(default=5000, ge=1)
    readings: int = Field(default=12, ge=1)


class Described(BaseModel):
    """Part of an answer. Other fields are kept."""

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
    """An organisation as a funder."""

    aggregate: Aggregate


class Linked(Described):
    """Another identifier of an organisation."""

    org_id: str


class Detail(BaseModel):
    """An organisation: the address of its awards, and their number and sums; no `funder` if it made none."""

    grants_made: str
    funder: Role | None = None
    linked_orgs: tuple[Linked, ...] = ()

    @property
    def linked(self) -> list[str]:
        """The organisation's other identifiers, sorted."""
        return sorted(linked.org_id for linked in self.linked_orgs)

    @property
    def sums(self) -> Sums:
        """Number and sum of the awards by currency, as stated by the service."""
        counted = self.funder.aggregate.currencies if self.funder else {}
        return {currency: (found.grants, found.total) for currency, found in counted.items()}


class ApiAward(Described):
    """An award as sent by the service. `data` is the published award, with `grant_id` as its `id`."""

    grant_id: str
    data: dict[str, Any]
    data_license: Any = None


class AwardPage(BaseModel):
    """One page of awards, with the number of all awards and the address of the next page."""

    count: int
    next: str | None
    results: list[ApiAward]


def fetch(client: Client, source: Source, known: Known) -> Fetch:
    """Return one document {"grants": [...]} for each organisation whose awards changed.

    Awards are as published, without the fields of the service, and sorted, so that the same awards make the same bytes.
    An organisation without awards is noted, or refused if it had awards before. An organisation whose awards are
    incomplete is refused and has no checksum in the revision, so that the next run requests it again. Raises
    `PublisherFailed` if no organisation could be read.
    """
    options = settings(source, ApiOptions)
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
                    raise client.failed(start, "no awards, but the last landed file has some")
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


def probe(client: Client, source: Source) -> list[Sample]:
    """Return what the service states of each organisation, and one award of the first; raises `PublisherFailed`."""
    organisations = settings(source, ApiOptions).organisations
    samples = []
    for number, organisation in enumerate(organisations):
        detail, start = _detail(client, source, organisation)
        samples.append(Sample(start, f"{organisation}, with {_told(detail.sums)}"))
        if number == 0:
            next(_pages(client, start, 1, None))
    return samples


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
            "unknown organisation; identifiers are case-sensitive (HTTP 404)",
            "Correct `organisations` in the catalogue.",
            status=failure.status,
            content=failure.content,
            cause=failure.cause,
        ) from failure
    detail = shaped(client, answer, Detail)
    return detail, _link(answer, detail.grants_made)


def _signal(options: ApiOptions, detail: Detail) -> str:
    """Return a checksum of the stated number and sums of an organisation's awards and of the landing options."""
    counted = detail.funder.model_dump(mode="json") if detail.funder else None
    said = json.dumps([options.exclude_share_alike, counted, detail.linked], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _awards(
    client: Client, options: ApiOptions, organisation: str, detail: Detail, start: str
) -> tuple[list[ApiAward], list[str]]:
    """Return (awards, notes) of an organisation; raise `PublisherFailed` if awards are missing.

    One page holds no row of the service's table twice, so equal awards on one page are separate rows. Rows are compared
    by all their fields, since publishers use one `grant_id` for several awards. The awards are complete if single pages
    account for as many rows as the service counts. Equal awards on different pages can be one repeated row or several
    rows; they are several rows if a second reading, with another page size, has each of them as often. Awards that
    were read more than once must also have the stated sums by currency, which change if the service loads new files
    between the readings.
    """
    awards: dict[str, ApiAward] = {}
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
            came = f"received {_told(_sums(listed))} of {organisation} in {reading} readings"
            raise client.failed(start, f"{came}, but the service states {_told(detail.sums)}")
        first = first or read
    raise client.failed(
        start,
        f"pages repeat some awards and omit others: {options.readings} readings have {rows.total():,} different awards "
        f"of {organisation}, but the service counts {counted or 0:,}",
    )


def _pages(client: Client, start: str, size: int, counted: int | None) -> Iterator[AwardPage]:
    """Yield the pages in the order of their links; `counted` is the expected number of awards, if known.

    Raises `PublisherFailed` if a page links to an earlier page, or if there are more or fewer awards than expected.
    """
    came = 0
    visited: set[str] = set()
    following: str | None = start
    while following:
        visited.add(following)
        params = {"limit": size} if following == start else None
        answer = client.get(following, params=params, headers=HEADERS, expect=("json",))
        page = shaped(client, answer, AwardPage)
        counted = page.count if counted is None else counted
        if page.count != counted:
            raise client.failed(start, f"the number of awards changed from {counted:,} to {page.count:,} between pages")
        came += len(page.results)
        yield page
        following = page.next and _link(answer, page.next)
        if following in visited:
            raise client.failed(start, "a page links to an earlier page")
        if following and (not page.results or came > counted):
            raise client.failed(start, f"pages do not end: {came:,} of {counted:,} awards were read")
    if came != counted:
        raise client.failed(start, f"received only {came:,} of {counted or 0:,} awards")


def _link(answer: Answer, link: str) -> str:
    """Return the address of a link, with the scheme https if the answer was encrypted.

    Behind a proxy that ends the encryption, the service links to itself with the scheme http.
    """
    return as_https(link) if answer.final_address.startswith("https:") else link


def _identity(award: ApiAward) -> str:
    """Return a checksum of all fields of an award."""
    return hashlib.sha256(json.dumps(award.model_dump(), sort_keys=True).encode()).hexdigest()


def _sums(awards: Iterable[ApiAward]) -> Sums:
    """Return number and sum of awards by currency; the sum is NaN if an amount is not a number."""
    amounts: dict[str, list[float]] = {}
    for award in awards:
        amount = award.data.get("amountAwarded")
        number = float(amount) if isinstance(amount, int | float) else math.nan
        amounts.setdefault(str(award.data.get("currency")), []).append(number)
    return {currency: (len(found), round(math.fsum(found), PENCE)) for currency, found in amounts.items()}


def _agree(stated: Sums, came: Sums) -> bool:
    """Return whether sums equal the stated ones; always true if the service counts other awards too."""
    if _number(stated) != _number(came):
        return True
    return stated.keys() == came.keys() and all(
        stated[currency][0] == number and math.isclose(stated[currency][1], total, rel_tol=1e-9, abs_tol=0.01)
        for currency, (number, total) in came.items()
    )


def _number(sums: Sums) -> int:
    return sum(number for number, _ in sums.values())


def _notes(organisation: str, detail: Detail, awards: list[ApiAward], readings: int) -> list[str]:
    """Return remarks for the user on how the awards of an organisation were read."""
    if not awards:
        return [f"the service has no awards made by {organisation}"]
    notes: list[str] = []
    if readings > 1:
        notes.append(f"pages repeated awards of {organisation}, so all were read {readings} times")
    if repeats := len(awards) - len(set(map(_identity, awards))):
        notes.append(f"{repeats:,} awards of {organisation} are identical to another one, and are kept")
    came = _sums(awards)
    if detail.funder and (_number(detail.sums) != len(awards) or not _agree(detail.sums, came)):
        linked = f" ({', '.join(detail.linked)})" if detail.linked else ""
        notes.append(
            f"received {_told(came)} of {organisation}, but the service states {_told(detail.sums)}, "
            f"which can include awards under its other identifiers{linked}"
        )
    return notes


def _told(sums: Sums) -> str:
    """Return number and sums of awards as text."""
    totals = ", ".join(f"{currency} {total:,.2f}" for currency, (_, total) in sorted(sums.items()))
    return f"{_number(sums):,} awards ({totals})"


def _file(
    options: ApiOptions, organisation: str, name: str, start: str, awards: Sequence[ApiAward], is_known: bool
) -> tuple[Fetched | None, list[str]]:
    """Return (document, notes) of the awards of an organisation; no document if no award is left."""
    notes: list[str] = []
    stated = [_licence(options, award) for award in awards]
    if options.exclude_share_alike and (left := sum(map(is_share_alike, stated))):
        notes.append(f"{left:,} of {len(awards):,} awards of {organisation} are excluded: share-alike licence")
        pairs = [pair for pair in zip(awards, stated, strict=True) if not is_share_alike(pair[1])]
        awards, stated = [award for award, _ in pairs], [licence for _, licence in pairs]
    if any(map(is_share_alike, stated)) and len(set(stated)) > 1:
        notes.append(f"some of the awards of {organisation} are under a share-alike licence")
    if not awards:
        if is_known:
            notes.append(f"{name}: the last landed file stays in use")
        return None, notes
    lines = sorted(json.dumps(award.data, ensure_ascii=False, sort_keys=True) for award in awards)
    content = ('{"grants": [\n' + ",\n".join(lines) + "\n]}\n").encode()
    headers = {"content-type": "application/json"}
    return Fetched(content, name, start, start, 200, headers, licence=shared_licence(set(stated))), notes


def _licence(options: ApiOptions, award: ApiAward) -> str:
    """Return the catalogue id of the stated licence of an award; empty if it is not accepted."""
    stated = award.data_license
    return licence_id(options.licences, *(stated.values() if isinstance(stated, dict) else [stated]))
