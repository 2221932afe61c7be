"""GrantNav: the awards in configured localities, from its JSON download.

The download is streamed, one award per line. One that is cut short has status 200 and no closing brackets.
GrantNav asks crawlers not to use its search, and may answer with an HTML page. So only configured localities are
requested, and a manual download can be landed instead.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from warehouse.catalogue import Entry, Source, is_share_alike
from warehouse.errors import PublisherFailed
from warehouse.publishers import Fetch, Fetched, Sample
from warehouse.publishers.answer import Answer
from warehouse.publishers.client import Client
from warehouse.publishers.file_kind import kind_of
from warehouse.publishers.protocol_common import (
    Failure,
    file_name_of,
    gathered,
    licence_id,
    remembered,
    settings,
    shared_licence,
)
from warehouse.storage.landing import Known

CLOSING = b"]}"
# Fields that GrantNav adds to an award. Some change every night.
ADDED = ("additional_data", "dataset")


class GrantNavOptions(Entry):
    """Options of a GrantNav source: names of localities, request path, and licence id by licence address.

    `path` may hold {locality}; otherwise the name is sent as the parameter `parameter`.
    """

    localities: tuple[str, ...]
    path: str
    parameter: str
    licences: dict[str, str]
    exclude_share_alike: bool = False


def fetch(client: Client, source: Source, known: Known) -> Fetch:
    """Return one file for each locality whose awards changed since the last run.

    Fields added by GrantNav and the order of awards vary and are ignored. A locality without awards is noted, or
    refused if it had awards before. Raises `PublisherFailed` if every locality failed.
    """
    options = settings(source, GrantNavOptions)
    if not options.localities:
        note = "no locality is configured: land a download with cpower land, or name localities in the options"
        return Fetch(files=(), is_unchanged=True, revision=known.revision, notes=(note,))
    before = remembered(known)
    signals: dict[str, str] = {}
    files: list[Fetched] = []
    failures: list[Failure] = []
    notes: list[str] = []
    unchanged = 0
    for locality in options.localities:
        name = file_name_of(locality, ".json")
        try:
            answer = _answer(client.get, source, options, locality)
            awards = _awards(client, answer)
            signal = _signal(awards)
            if not awards and name in known.files:
                raise client.failed(
                    answer.address, "no awards, but the last landed file has some", content=answer.content
                )
            if not awards:
                notes.append(f"GrantNav has no awards for {locality}")
                unchanged += 1
            elif name in known.files and before.get(locality) == signal:
                unchanged += 1
            elif file := _fetched(answer, awards, options, name, notes):
                files.append(file)
            else:
                unchanged += 1
            signals[locality] = signal
        except PublisherFailed as failure:
            failures.append((locality, failure))
            if locality in before:
                signals[locality] = before[locality]
    revision = json.dumps(signals, sort_keys=True)
    return gathered(source.id, files, failures, unchanged=unchanged, revision=revision, notes=notes)


def probe(client: Client, source: Source) -> list[Sample]:
    """Return the start of the awards of the first locality, or nothing if none is configured.

    Raises `PublisherFailed`.
    """
    options = settings(source, GrantNavOptions)
    samples = []
    for locality in options.localities[:1]:
        answer = _answer(client.start, source, options, locality)
        _require_json(client, answer)
        if b'"grants"' not in answer.content:
            raise _without_awards(client, answer)
        samples.append(Sample(answer.address, "a JSON document with a list of awards"))
    return samples


def _answer(request: Callable[..., Answer], source: Source, options: GrantNavOptions, locality: str) -> Answer:
    address = f"{source.address.rstrip('/')}/{options.path}".replace("{locality}", quote(locality))
    is_in_path = "{locality}" in options.path
    return request(
        address,
        params=None if is_in_path else {options.parameter: locality},
        headers={"Accept": "application/json"},
    )


def _awards(client: Client, answer: Answer) -> list[dict[str, Any]]:
    """Return the awards of a download; raise `PublisherFailed` for an HTML page or an incomplete download."""
    _require_json(client, answer)
    if not answer.content.rstrip().endswith(CLOSING):
        raise client.failed(
            answer.address, f"the download is cut short after {len(answer.content):,} bytes", content=answer.content
        )
    try:
        document = json.loads(answer.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise client.failed(answer.address, f"invalid JSON: {error}", content=answer.content) from error
    awards = document.get("grants") if isinstance(document, dict) else None
    if not isinstance(awards, list) or not all(isinstance(award, dict) for award in awards):
        raise _without_awards(client, answer)
    return awards


def _require_json(client: Client, answer: Answer) -> None:
    if kind_of(answer.content) == "html":
        raise client.failed(
            answer.address,
            "expected JSON, got an HTML page",
            "Download the file in a browser and land it with cpower land.",
            content=answer.content,
            cause="wrong_kind",
        )


def _without_awards(client: Client, answer: Answer) -> PublisherFailed:
    return client.failed(answer.address, "the answer has no list of awards", content=answer.content)


def _fetched(
    answer: Answer, awards: list[dict[str, Any]], options: GrantNavOptions, name: str, notes: list[str]
) -> Fetched | None:
    """Return the file to land, without share-alike awards if they are excluded; None if no award is left."""
    stated = [_licence(options, award) for award in awards]
    content = answer.content
    if count := sum(map(is_share_alike, stated)):
        what = "are excluded" if options.exclude_share_alike else "are among them"
        notes.append(f"{name}: {count:,} of {len(awards):,} awards under a share-alike licence {what}")
        if options.exclude_share_alike:
            kept = [award for award, licence in zip(awards, stated, strict=True) if not is_share_alike(licence)]
            if not kept:
                return None
            lines = ",\n".join(json.dumps(award, ensure_ascii=False) for award in kept)
            content = ('{"grants": [\n' + lines + "\n]}\n").encode()
            stated = [licence for licence in stated if not is_share_alike(licence)]
    return Fetched(
        content,
        name,
        answer.address,
        answer.final_address,
        answer.status,
        answer.headers,
        licence=shared_licence(set(stated)),
    )


def _licence(options: GrantNavOptions, award: dict[str, Any]) -> str:
    return licence_id(options.licences, (award.get("dataset") or {}).get("license"))


def _signal(awards: list[dict[str, Any]]) -> str:
    """Return a checksum of the published fields of awards, independent of their order."""
    own = [{key: value for key, value in award.items() if key not in ADDED} for award in awards]
    lines = sorted(json.dumps(award, sort_keys=True) for award in own)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
