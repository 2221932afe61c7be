"""The 360Giving API: the awards that configured organisations made, one document an organisation.

The service names its own addresses, and they are followed rather than built: an organisation's detail links to its
awards, and each page to the next. The detail also counts the awards and their sums, which tells whether anything
changed; a correction that leaves number and sums as they were is met with the next award, or with `is_always_read`.
"""

import hashlib
import json
from typing import Any

from warehouse.catalogue import Entry, Source
from warehouse.errors import PublisherFailed
from warehouse.publishers import Fetch, Fetched, Known
from warehouse.publishers.http import Client
from warehouse.publishers.parts import (
    Failure,
    as_json,
    gathered,
    is_share_alike,
    licence_id,
    remembered,
    settings,
    shared_licence,
)

# The service answers with a page for browsers unless told otherwise.
HEADERS = {"Accept": "application/json"}


class Settings(Entry):
    """The options of the API: which organisations, and our id for each licence as the service names it.

    `page_size` is the number of awards asked for a page; the service may give fewer.
    """

    organisations: tuple[str, ...]
    licences: dict[str, str]
    exclude_share_alike: bool = False
    is_always_read: bool = False
    page_size: int = 100


def fetch(client: Client, source: Source, known: Known) -> Fetch:
    """Return one document {"grants": [...]} for each organisation whose awards changed.

    Awards are as published, without what the service adds, and in an order of their own, so that the same awards
    make the same bytes. Raises `PublisherFailed` where no organisation could be read.
    """
    options = settings(source, Settings)
    before = remembered(known)
    signals: dict[str, str] = {}
    files: list[Fetched] = []
    failures: list[Failure] = []
    notes: list[str] = []
    unchanged = 0
    for organisation in options.organisations:
        name = f"{organisation}.json"
        try:
            detail = as_json(client, client.get(f"{source.address}{organisation}/", headers=HEADERS, expect=("json",)))
            signal = hashlib.sha256(json.dumps(detail, sort_keys=True).encode()).hexdigest()
            if name in known.files and before.get(organisation) == signal and not options.is_always_read:
                unchanged += 1
            else:
                file, said = _awards(client, source, options, organisation, detail)
                notes += said
                if name in known.files and known.files[name].sha256 == hashlib.sha256(file.content).hexdigest():
                    unchanged += 1
                else:
                    files.append(file)
            signals[organisation] = signal
        except PublisherFailed as failure:
            failures.append((organisation, failure))
            if organisation in before:
                signals[organisation] = before[organisation]
    revision = json.dumps(signals, sort_keys=True)
    return gathered(source.id, files, failures, unchanged=unchanged, revision=revision, notes=notes)


def _awards(
    client: Client, source: Source, options: Settings, organisation: str, detail: object
) -> tuple[Fetched, list[str]]:
    """Return (document, notes) of an organisation; raise `PublisherFailed` where pages do not add up."""
    start = detail.get("grants_made") if isinstance(detail, dict) else None
    if not isinstance(start, str):
        raise client.failed(f"{source.address}{organisation}/", "there is no link to the awards of the organisation")
    results = _pages(client, options, start)
    notes: list[str] = []
    stated = [_licence(options, result) for result in results]
    if options.exclude_share_alike and (left := sum(map(is_share_alike, stated))):
        notes.append(f"{left:,} of {len(results):,} awards of {organisation} are left out: share-alike licence")
        pairs = [pair for pair in zip(results, stated, strict=True) if not is_share_alike(pair[1])]
        results, stated = [result for result, _ in pairs], [licence for _, licence in pairs]
    if any(map(is_share_alike, stated)) and len(set(stated)) > 1:
        notes.append(f"some of the awards of {organisation} are under a share-alike licence")
    lines = sorted(json.dumps(result["data"], ensure_ascii=False, sort_keys=True) for result in results)
    if twice := len(lines) - len(set(lines)):
        notes.append(f"{twice:,} awards of {organisation} came twice, word for word")
    content = ('{"grants": [\n' + ",\n".join(lines) + "\n]}\n").encode()
    headers = {"content-type": "application/json"}
    name = f"{organisation}.json"
    return Fetched(content, name, start, start, 200, headers, licence=shared_licence(set(stated))), notes


def _pages(client: Client, options: Settings, start: str) -> list[dict[str, Any]]:
    """Return the results of all pages from the first on.

    Ends where no next page is named. Raises `PublisherFailed` where a page names one that was read, where more comes
    than was counted, or where the end comes before it.
    """
    results: list[dict[str, Any]] = []
    visited: set[str] = set()
    counted: int | None = None
    following: str | None = start
    while following:
        visited.add(following)
        params = {"limit": options.page_size} if following == start else None
        page = as_json(client, client.get(following, params=params, headers=HEADERS, expect=("json",)))
        if not isinstance(page, dict) or not isinstance(page.get("results"), list):
            raise client.failed(start, "there is a page without results")
        counted = int(page.get("count") or 0) if counted is None else counted
        if page.get("count") != counted:
            raise client.failed(
                start, f"it counted {counted:,} awards at first and {page.get('count')} while they were read"
            )
        results += [result for result in page["results"] if isinstance(result.get("data"), dict)]
        following = page.get("next")
        if following in visited:
            raise client.failed(start, "it names a next page that was read before")
        if following and (not page["results"] or len(results) > counted):
            raise client.failed(start, f"it names pages without end: {len(results):,} of {counted:,} awards were read")
    if len(results) != counted:
        raise client.failed(start, f"only {len(results):,} of {counted or 0:,} awards came")
    return results


def _licence(options: Settings, result: dict[str, Any]) -> str:
    """Return our id of the licence that the service states for an award, or nothing where it states none we know."""
    stated = result.get("data_license")
    return licence_id(options.licences, *(stated.values() if isinstance(stated, dict) else [stated]))
