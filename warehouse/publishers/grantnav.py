"""GrantNav: the awards of configured localities, as its JSON download gives them.

The download is streamed with one award a line, and a cut one ends with status 200 and without its closing brackets.
GrantNav asks crawlers to leave its search alone and may answer with a page for browsers, so only the localities that
a person names are asked for, and a download that a person made can be landed instead.
"""

import hashlib
import json
from typing import Any
from urllib.parse import quote

from warehouse.catalogue import Entry, Source
from warehouse.errors import PublisherFailed
from warehouse.publishers import Fetch, Fetched
from warehouse.publishers.answer import Answer
from warehouse.publishers.client import Client
from warehouse.publishers.file_kind import kind_of
from warehouse.publishers.protocol_common import (
    Failure,
    file_name_of,
    gathered,
    is_share_alike,
    licence_id,
    remembered,
    settings,
    shared_licence,
)
from warehouse.storage.landing import Known

CLOSING = b"]}"
# What GrantNav adds to an award, some of it anew every night.
ADDED = ("additional_data", "dataset")


class Settings(Entry):
    """The options of GrantNav: the localities by name, where to ask for one, and our id for each licence address.

    `path` may hold {locality}; else the name is asked for in `parameter`.
    """

    localities: tuple[str, ...]
    path: str
    parameter: str
    licences: dict[str, str]
    exclude_share_alike: bool = False


def fetch(client: Client, source: Source, known: Known) -> Fetch:
    """Return one file for each locality whose awards changed since the last run.

    What GrantNav adds, and the order of its lines, differ from night to night and are no change. A locality without
    an award is noted, or refused where it had some before. Raises `PublisherFailed` where every locality failed.
    """
    options = settings(source, Settings)
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
            answer = _answer(client, source, options, locality)
            awards = _awards(client, answer)
            signal = _signal(awards)
            if not awards and name in known.files:
                raise client.failed(
                    answer.address, "it gives no award where the last file held some", content=answer.content
                )
            if not awards:
                notes.append(f"GrantNav knows no award for {locality}")
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


def _answer(client: Client, source: Source, options: Settings, locality: str) -> Answer:
    address = f"{source.address.rstrip('/')}/{options.path}".replace("{locality}", quote(locality))
    is_in_path = "{locality}" in options.path
    return client.get(
        address,
        params=None if is_in_path else {options.parameter: locality},
        headers={"Accept": "application/json"},
    )


def _awards(client: Client, answer: Answer) -> list[dict[str, Any]]:
    """Return the awards of a download; raise `PublisherFailed` for a page for browsers or a cut transfer."""
    if kind_of(answer.content) == "html":
        raise client.failed(
            answer.address,
            "a page for browsers came where JSON was asked for",
            "Download the file in a browser and land it with cpower land.",
            content=answer.content,
        )
    if not answer.content.rstrip().endswith(CLOSING):
        raise client.failed(
            answer.address, f"the transfer was cut after {len(answer.content):,} bytes", content=answer.content
        )
    try:
        document = json.loads(answer.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise client.failed(answer.address, f"its JSON is broken: {error}", content=answer.content) from error
    awards = document.get("grants") if isinstance(document, dict) else None
    if not isinstance(awards, list) or not all(isinstance(award, dict) for award in awards):
        raise client.failed(answer.address, "there is no list of awards", content=answer.content)
    return awards


def _fetched(
    answer: Answer, awards: list[dict[str, Any]], options: Settings, name: str, notes: list[str]
) -> Fetched | None:
    """Return the file to land: as it was sent or, where share-alike awards are excluded, what is left, if anything."""
    stated = [_licence(options, award) for award in awards]
    content = answer.content
    if count := sum(map(is_share_alike, stated)):
        what = "are left out" if options.exclude_share_alike else "are among them"
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


def _licence(options: Settings, award: dict[str, Any]) -> str:
    return licence_id(options.licences, (award.get("dataset") or {}).get("license"))


def _signal(awards: list[dict[str, Any]]) -> str:
    """Return a checksum of what publishers say in these awards, in whatever order they came."""
    own = [{key: value for key, value in award.items() if key not in ADDED} for award in awards]
    lines = sorted(json.dumps(award, sort_keys=True) for award in own)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
