"""The 360Giving registry: a list of files, each downloaded from its publisher.

Each file is requested with its known ETag and date, so an unchanged file is not sent again. A placeholder, an
incomplete file or a file under another licence is refused by name, and the others continue. Ingestion validates the
content. This protocol checks that a file is complete and of the stated kind.
"""

import io
import json
import zipfile
from collections import Counter
from email.message import Message
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from warehouse.catalogue import Entry, Source, is_share_alike
from warehouse.errors import PublisherFailed
from warehouse.publishers import Fetch, Fetched, Sample
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
# Servers send CSV files and all workbooks as application/vnd.ms-excel, so that type is not used.
SUFFIXES = {*KINDS.values(), "xls"}
# First cell of a placeholder that a council left at the old address of its file.
PLACEHOLDER = "data_redirect_url"
# Files by which the publishers are checked.
PROBED_FILES = 5


class RegistryOptions(Entry):
    """Options of the registry.

    `publishers` are prefixes such as 360G-ABCT, or all. `licences` maps addresses of accepted licences to catalogue ids
    (`licence_id`).
    """

    publishers: tuple[str, ...] | Literal["all"]
    licences: dict[str, str]
    exclude_share_alike: bool = False


class RegistryFile(Entry):
    """A file in the registry: its data set, address and licence."""

    file_name: str
    title: str
    address: str
    licence_address: str


def fetch(client: Client, source: Source, known: Known) -> Fetch:
    """Return the changed files of the configured publishers.

    Makes one request for the registry and one for each file. A file is named after the identifier of its data set, so a
    new file in another format replaces it. Files whose data sets share an identifier are refused. Raises
    `PublisherFailed` if the registry or every file failed.
    """
    options = settings(source, RegistryOptions)
    listed, failures = _listed(source.id, _entries(client, source), options)
    wanted = Counter(file.file_name for file in listed)
    gone = sorted(name for name in known.files if name not in wanted)
    notes = [f"{name} is no longer in the registry or not configured; its last file stays in use" for name in gone]
    files: list[Fetched] = []
    unchanged = 0
    for file in listed:
        try:
            if wanted[file.file_name] > 1:
                raise client.failed(file.address, "several data sets in the registry have its identifier")
            licence = _licence(client, file, options)
            if options.exclude_share_alike and is_share_alike(licence):
                still = "; the last landed file stays in use" if file.file_name in known.files else ""
                notes.append(f"{file.file_name} ({file.title}) is excluded: {licence} is a share-alike licence{still}")
                continue
            fetched = _file(client, file, licence, known)
        except PublisherFailed as failure:
            failures.append((f"{file.file_name} ({file.title})", failure))
            continue
        unchanged += fetched is None
        files += [fetched] if fetched else []
    return gathered(source.id, files, failures, unchanged=unchanged, notes=notes)


def probe(client: Client, source: Source) -> list[Sample]:
    """Return the start of a few files of the configured publishers; raises `PublisherFailed`.

    The registry must have a data set of each publisher, and the files a licence that is accepted.
    """
    options = settings(source, RegistryOptions)
    listed, failures = _listed(source.id, _entries(client, source), options)
    for _, failure in failures:
        raise failure
    samples = []
    for file in listed[:PROBED_FILES]:
        _licence(client, file, options)
        answer = client.start(_address(client, file))
        if problem := problem_with_start(answer.content, kind_of(answer)):
            raise client.failed(answer.address, problem, content=answer.content, cause="wrong_kind")
        samples.append(Sample(answer.address, f"{NAME_OF_KIND[kind_by_content(answer.content)]} of {file.title}"))
    return samples


def _entries(client: Client, source: Source) -> list[dict[str, Any]]:
    """Return the data sets of the registry."""
    registry = client.get(source.address, headers={"Accept": "application/json"}, expect=("json",))
    entries = as_json(client, registry)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries) or not entries:
        raise client.failed(registry.address, "the answer has no list of data sets", content=registry.content)
    return entries


def kind_of(answer: Answer) -> str | None:
    """Return the stated kind of a file, from its Content-Type, its file name or its address.

    The name decides where the type is unknown or general, such as octet-stream.
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
    """Return why content is not a complete award file of a kind; empty if it is."""
    if problem := problem_with_start(content, kind):
        return problem
    came = kind_by_content(content)
    if came in WORKBOOKS - {"xls"}:
        return "" if zipfile.is_zipfile(io.BytesIO(content)) else f"the {kind} file is cut short"
    if kind == "json":
        try:
            json.loads(content.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            return f"the JSON is cut short or invalid: {error}"
    return ""


def problem_with_start(content: bytes, kind: str | None) -> str:
    """Return why content is not the start of an award file of a kind; empty if it is."""
    if kind is None:
        return "the file is neither JSON, CSV, XLSX, ODS nor XLS"
    came = kind_by_content(content)
    if came not in kinds_of([kind]):
        return f"expected {kind}, got {NAME_OF_KIND[came]}"
    first = content.removeprefix(b"\xef\xbb\xbf")[:2000].decode("utf-8", "replace").strip().partition("\n")[0]
    if first.lower().startswith(PLACEHOLDER):
        return f"the file is a placeholder that points to {first.partition(',')[2].strip() or 'nowhere'}"
    return ""


def _listed(
    source_id: str, entries: list[dict[str, Any]], options: RegistryOptions
) -> tuple[list[RegistryFile], list[Failure]]:
    """Return (files of the configured publishers, data sets and publishers without a file)."""
    wanted = None if options.publishers == ALL else {prefix.lower() for prefix in options.publishers}
    met: set[str] = set()
    listed: list[RegistryFile] = []
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
            failure = PublisherFailed(source_id, title, "the registry has no identifier or no address for it")
            failures.append((prefix, failure))
            continue
        for number, address in enumerate(filter(None, addresses), start=1):
            listed.append(
                RegistryFile(
                    file_name=file_name_of(identifier, "" if number == 1 else f"+{number}"),
                    title=f"{(entry.get('publisher') or {}).get('name') or prefix}: {title}",
                    address=address,
                    licence_address=str(entry.get("license") or ""),
                )
            )
    for prefix in sorted((wanted or met) - met):
        reason = "the registry has no data set of this publisher"
        failures.append((prefix, PublisherFailed(source_id, prefix, reason, "Correct `publishers` in the catalogue.")))
    return list(dict.fromkeys(listed)), failures


def _licence(client: Client, file: RegistryFile, options: RegistryOptions) -> str:
    """Return the catalogue id of a file's licence; raise `PublisherFailed` if it is not accepted."""
    licence = licence_id(options.licences, file.licence_address)
    if not licence:
        raise client.failed(
            file.address,
            f"its licence is not accepted: {file.licence_address or 'none is stated'}",
            "Add the licence to the catalogue if it is open.",
        )
    return licence


def _address(client: Client, file: RegistryFile) -> str:
    return file.address if "http" in client.limits.allowed_schemes else as_https(file.address)


def _file(client: Client, file: RegistryFile, licence: str, known: Known) -> Fetched | None:
    """Return a file, or None if it is the last landed one; raise `PublisherFailed` for a file that is not usable."""
    before = known.files.get(file.file_name)
    answer = client.get(
        _address(client, file),
        etag=before.etag if before else None,
        last_modified=before.last_modified if before else None,
    )
    if answer.is_unchanged:
        return None
    kind = kind_of(answer)
    if problem := problem_with(answer.content, kind):
        raise client.failed(answer.address, problem, content=answer.content)
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
