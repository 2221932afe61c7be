"""The 360Giving registry: a catalogue of publishers' own files, each fetched from where its publisher keeps it.

Files are asked for one by one with what is known of each, so an unchanged one is not sent again. A placeholder, a
cut transfer or a file under another licence is refused by name while the others go on. What a file holds is judged
by the door; here it only has to be whole, and of the kind that it says it is.
"""

import io
import json
import zipfile
from collections import Counter
from email.message import Message
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from warehouse.catalogue import Entry, Source
from warehouse.errors import PublisherFailed
from warehouse.publishers import Fetch, Fetched
from warehouse.publishers.addresses import as_https
from warehouse.publishers.answer import Answer
from warehouse.publishers.client import Client
from warehouse.publishers.file_kind import NAME_OF_KIND, WORKBOOKS, kinds_of
from warehouse.publishers.file_kind import kind_of as kind_by_content
from warehouse.publishers.protocol_common import (
    Failure,
    as_json,
    file_name_of,
    gathered,
    is_landed,
    is_share_alike,
    licence_id,
    settings,
)
from warehouse.storage.landing import Known

ALL = "all"
KINDS = {
    "application/json": "json",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "text/csv": "csv",
    "application/csv": "csv",
}
# Servers call CSV files and all workbooks application/vnd.ms-excel, so that type says nothing.
SUFFIXES = {*KINDS.values(), "xls"}
# What a council left at the old address of its file when it moved.
PLACEHOLDER = "data_redirect_url"


class Settings(Entry):
    """The options of the registry.

    `publishers` are prefixes such as 360G-ABCT, or all; `licences` gives our id for each address of an accepted
    licence (`licence_id`).
    """

    publishers: tuple[str, ...] | Literal["all"]
    licences: dict[str, str]
    exclude_share_alike: bool = False


class Listed(Entry):
    """A file that the registry lists: of which data set, from where, and under which licence."""

    file_name: str
    title: str
    address: str
    licence_address: str


def fetch(client: Client, source: Source, known: Known) -> Fetch:
    """Return the files that changed of the configured publishers in the registry.

    One request for the registry and one for each file. A file is named by its data set's identifier, whatever its
    format, so that a re-issue in another format takes its place; files whose data sets share an identifier are refused.
    Raises `PublisherFailed` where the registry, or every file, failed.
    """
    options = settings(source, Settings)
    registry = client.get(source.address, headers={"Accept": "application/json"}, expect=("json",))
    entries = as_json(client, registry)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries) or not entries:
        raise client.failed(registry.address, "there is no list of data sets", content=registry.content)
    listed, failures = _listed(source.id, entries, options)
    wanted = Counter(file.file_name for file in listed)
    gone = sorted(name for name in known.files if name not in wanted)
    notes = [f"{name} is not in the registry any more, or not asked for; its last file is still read" for name in gone]
    files: list[Fetched] = []
    unchanged = 0
    for file in listed:
        try:
            if wanted[file.file_name] > 1:
                raise client.failed(file.address, "the registry gives its identifier to several data sets")
            licence = _licence(client, file, options)
            if options.exclude_share_alike and is_share_alike(licence):
                still = "; the file that was landed before is still read" if file.file_name in known.files else ""
                notes.append(f"{file.file_name} ({file.title}) is left out: {licence} is a share-alike licence{still}")
                continue
            fetched = _file(client, file, licence, known)
        except PublisherFailed as failure:
            failures.append((f"{file.file_name} ({file.title})", failure))
            continue
        unchanged += fetched is None
        files += [fetched] if fetched else []
    return gathered(source.id, files, failures, unchanged=unchanged, notes=notes)


def kind_of(answer: Answer) -> str | None:
    """Return the kind of file an answer is: by its type, by the name that it is sent under, or by its address.

    A type that says nothing, such as octet-stream, and one that is not known leave the word to the name.
    """
    kind = KINDS.get(answer.headers.get("content-type", "").partition(";")[0].strip().lower())
    if kind:
        return kind
    header = Message()
    header["content-disposition"] = answer.headers.get("content-disposition", "")
    for name in (header.get_filename(), unquote(urlsplit(answer.address).path), urlsplit(answer.address).query):
        suffix = PurePosixPath(name or "").suffix.removeprefix(".").lower()
        if suffix in SUFFIXES:
            return suffix
    return None


def problem_with(content: bytes, kind: str | None) -> str:
    """Return why bytes cannot be the whole of an award file of a kind, or nothing."""
    if kind is None:
        return "a file that is neither JSON, CSV, XLSX, ODS nor XLS"
    came = kind_by_content(content)
    if came not in kinds_of([kind]):
        return f"{NAME_OF_KIND[came]} in place of {kind}"
    if came in WORKBOOKS - {"xls"}:
        return "" if zipfile.is_zipfile(io.BytesIO(content)) else f"a cut {kind} file"
    if kind == "json":
        try:
            json.loads(content.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            return f"JSON that breaks off or is broken: {error}"
        return ""
    first = content.removeprefix(b"\xef\xbb\xbf")[:2000].decode("utf-8", "replace").strip().partition("\n")[0]
    if first.lower().startswith(PLACEHOLDER):
        return f"a placeholder that points to {first.partition(',')[2].strip() or 'nowhere'}"
    return ""


def _listed(source_id: str, entries: list[dict[str, Any]], options: Settings) -> tuple[list[Listed], list[Failure]]:
    """Return (files of the wanted publishers, data sets and publishers of which there is none)."""
    wanted = None if options.publishers == ALL else {prefix.lower() for prefix in options.publishers}
    met: set[str] = set()
    listed: list[Listed] = []
    failures: list[Failure] = []
    for entry in entries:
        prefix = str((entry.get("publisher") or {}).get("prefix") or "").lower()
        if wanted is not None and prefix not in wanted:
            continue
        met.add(prefix)
        identifier = str(entry.get("identifier") or "")
        title = str(entry.get("title") or identifier)
        addresses = [str(item.get("downloadURL") or "") for item in entry.get("distribution") or []]
        if not identifier or not any(addresses):
            failure = PublisherFailed(source_id, title, "the registry gives no identifier or no address for it")
            failures.append((prefix, failure))
            continue
        for number, address in enumerate(filter(None, addresses), start=1):
            listed.append(
                Listed(
                    file_name=file_name_of(identifier, "" if number == 1 else f"+{number}"),
                    title=f"{(entry.get('publisher') or {}).get('name') or prefix}: {title}",
                    address=address,
                    licence_address=str(entry.get("license") or ""),
                )
            )
    for prefix in sorted((wanted or met) - met):
        reason = "the registry lists no data set of this publisher"
        failures.append((prefix, PublisherFailed(source_id, prefix, reason, "Correct `publishers` in the catalogue.")))
    return list(dict.fromkeys(listed)), failures


def _licence(client: Client, file: Listed, options: Settings) -> str:
    """Return our id of a file's licence; raise `PublisherFailed` for one that is not among those accepted."""
    licence = licence_id(options.licences, file.licence_address)
    if not licence:
        raise client.failed(
            file.address,
            f"its licence is not among those accepted: {file.licence_address or 'none is stated'}",
            "Add the licence to the catalogue if it is open.",
        )
    return licence


def _file(client: Client, file: Listed, licence: str, known: Known) -> Fetched | None:
    """Return a file, or None where it is the one that was landed last; raise `PublisherFailed` for what is no file."""
    before = known.files.get(file.file_name)
    address = file.address if "http" in client.limits.allowed_schemes else as_https(file.address)
    answer = client.get(
        address,
        etag=before.etag if before else None,
        last_modified=before.last_modified if before else None,
    )
    if answer.is_unchanged:
        return None
    kind = kind_of(answer)
    if problem := problem_with(answer.content, kind):
        raise client.failed(answer.address, f"{problem} came", content=answer.content)
    fetched = Fetched(
        answer.content,
        file.file_name,
        answer.address,
        answer.final_address,
        answer.status,
        answer.headers,
        licence=licence,
    )
    return None if is_landed(known, fetched) else fetched
