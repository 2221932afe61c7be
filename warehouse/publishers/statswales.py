"""StatsWales (the service of 2025): API version 2 or, where that is not served, version 1.

A data set is configured by id or found by search. It is used only if its title holds the configured phrases and one of
its dimensions has rows for the 22 local authorities of Wales. An unchanged data set costs one request, since its
metadata name its published revision. Rows are CSV with a reference beside each label. Labels in English and Welsh are
from the list of filters, in which both languages have the same references.
"""

import csv
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from pydantic import Field

from warehouse.catalogue import Entry, Source
from warehouse.errors import PublisherFailed
from warehouse.publishers import Fetch, Fetched, Sample
from warehouse.publishers.answer import Answer
from warehouse.publishers.client import Client
from warehouse.publishers.protocol_common import as_json, gathered, remembered, settings
from warehouse.publishers.welsh_authorities import welsh_authorities
from warehouse.storage.landing import Known

NOT_FOUND = 404
SERVER_ERRORS = (500, 502, 503, 504)
# Version 1 sends an empty list of filters for a short language name.
LANGUAGES = {"v2": {"en": "en", "cy": "cy"}, "v1": {"en": "en-GB", "cy": "cy-GB"}}
MAX_PAGE_SIZE = 10_000
MOST_SUCCESSORS = 5
NAMED_IN_REASON = 8
BY_HAND = "Set its id in the catalogue, or land a file by hand with cpower land."
ANOTHER = "Set another data set in the catalogue, or land a file by hand with cpower land."
# Heading of the values, and prefix of the heading of their sort order.
VALUES = "Data values"
UNKNOWN, WITHDRAWN = "is not known to the service", "was withdrawn: no revision of it is published"


class DimensionFilter(Entry):
    """Rows to request of one dimension: the first of `columns` that exists, and those of `values` that it has."""

    columns: tuple[str, ...]
    values: tuple[str, ...]


class DataSet(Entry):
    """A data set to fetch by its id or, if that is empty, by search for `keywords`.

    Its English title holds every phrase of `title` and none of `title_without`. `name` is the stem of its file name.
    """

    name: str
    id: str = ""
    keywords: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    title_without: tuple[str, ...] = ()
    is_by_authority: bool = True
    select: tuple[DimensionFilter, ...] = ()

    def fits(self, title: str) -> bool:
        """Return whether a title holds all phrases of `title` and none of `title_without`."""
        text = _plain(title)
        return all(_plain(phrase) in text for phrase in self.title) and not any(
            _plain(phrase) in text for phrase in self.title_without
        )


class StatsWalesOptions(Entry):
    """Options of a StatsWales source."""

    datasets: tuple[DataSet, ...]
    content: Literal["data", "labels"] = "data"
    versions: tuple[Literal["v2", "v1"], ...] = Field(default=("v2", "v1"), min_length=1)
    languages: tuple[Literal["en", "cy"], ...] = ("en", "cy")
    view: Literal["raw", "raw_extended"] = "raw_extended"
    search_mode: Literal["basic", "basic_split", "fts", "fts_simple", "fuzzy"] = "basic_split"
    # Lists have no order, so a second page may repeat or omit data sets. One page should hold them all.
    page_size: int = Field(default=MAX_PAGE_SIZE, ge=1, le=MAX_PAGE_SIZE)


class DataSetGone(PublisherFailed):
    """A data set that is unknown to the service or has no published revision; `fate` says which."""

    def __init__(self, source_id: str, dataset_id: str, fate: str, *, status: int | None, content: bytes) -> None:
        what, reason = f"data set {dataset_id}", f"it {fate}"
        super().__init__(source_id, what, reason, ANOTHER, status=status, content=content, cause="not_found")
        self.fate = fate


@dataclass(frozen=True)
class Taken:
    """The data set used for a configured one: configured id, id used, and revision."""

    configured_id: str
    dataset_id: str
    revision_id: str


@dataclass(frozen=True)
class DatasetOutcome:
    """Outcome of one data set in one run: a file, no change, or a failure."""

    name: str
    file: Fetched | None = None
    taken: Taken | None = None
    failure: PublisherFailed | None = None
    notes: tuple[str, ...] = ()


def fetch(client: Client, source: Source, known: Known) -> Fetch:
    """Return the changed data sets of a StatsWales source, one file each.

    `Fetch.revision` holds the data set id and published revision used for each name. Raises `PublisherFailed` if every
    data set failed.
    """
    wanted = settings(source, StatsWalesOptions)
    before = _before(known)
    unserved: list[list[DatasetOutcome]] = []
    notes: list[str] = []
    for version in wanted.versions:
        run = _DatasetRun(source, wanted, Api(client, source, version, wanted), known)
        outcomes = [run.outcome(dataset, before.get(dataset.name)) for dataset in wanted.datasets]
        failures = [outcome.failure for outcome in outcomes if outcome.failure]
        if not failures or len(failures) < len(outcomes) or not all(map(_is_unserved, failures)):
            break
        unserved.append(outcomes)
        notes.append(f"API {version} serves none of the data sets: {failures[0].reason}")
    else:
        outcomes = unserved[0]
    taken = {outcome.name: outcome.taken or before.get(outcome.name) for outcome in outcomes}
    return gathered(
        source.id,
        [outcome.file for outcome in outcomes if outcome.file],
        [(outcome.name, outcome.failure) for outcome in outcomes if outcome.failure],
        unchanged=sum(not outcome.file and not outcome.failure for outcome in outcomes),
        revision=json.dumps(
            {name: [item.configured_id, item.dataset_id, item.revision_id] for name, item in taken.items() if item},
            sort_keys=True,
        ),
        notes=[*notes, *(note for outcome in outcomes for note in outcome.notes)],
    )


def probe(client: Client, source: Source) -> list[Sample]:
    """Return title and revision of each data set of a source, from its metadata and filters.

    Raises `PublisherFailed` for the first data set that no version of the API has, or has in another shape.
    """
    wanted = settings(source, StatsWalesOptions)
    unserved: list[PublisherFailed] = []
    for version in wanted.versions:
        run = _DatasetRun(source, wanted, Api(client, source, version, wanted), Known())
        try:
            return [run.probed(dataset) for dataset in wanted.datasets]
        except PublisherFailed as failure:
            if not _is_unserved(failure):
                raise
            unserved.append(failure)
    raise unserved[0]


@dataclass
class Api:
    """One version of the API, with the filters of data sets that this run has read."""

    client: Client
    source: Source
    version: str
    options: StatsWalesOptions
    said: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)

    def address(self, path: str) -> str:
        """Return the address of a path in this version."""
        return f"{self.source.address.rstrip('/')}/{self.version}/{path}"

    def metadata(self, dataset_id: str) -> dict[str, Any]:
        """Return the metadata of a data set, in all languages.

        Raises `DataSetGone` if the data set is unknown or has no published revision.
        """
        try:
            answer = self._get(dataset_id)
        except PublisherFailed as failure:
            if not _is_not_found(failure) and not self._fails_as_withdrawn(dataset_id, failure):
                raise
            fate = f"{UNKNOWN} (HTTP {NOT_FOUND})" if _is_not_found(failure) else WITHDRAWN
            status, content = failure.status, failure.content
            raise DataSetGone(self.source.id, dataset_id, fate, status=status, content=content) from failure
        found = as_json(self.client, answer)
        if isinstance(found, dict) and found.get("id") == dataset_id and not found.get("published_revision"):
            raise DataSetGone(self.source.id, dataset_id, WITHDRAWN, status=answer.status, content=answer.content)
        revision = found.get("published_revision") if isinstance(found, dict) else None
        if not isinstance(revision, dict) or not revision.get("id"):
            raise self._unforeseen(answer, "no published revision of the data set")
        return {"id": dataset_id, **found}

    def _fails_as_withdrawn(self, dataset_id: str, failure: PublisherFailed) -> bool:
        """Return whether version 1 failed because a data set has no published revision: its filters are not found."""
        if self.version != "v1" or failure.status != 500:
            return False
        try:
            self.filters(dataset_id)
        except PublisherFailed as reason:
            return _is_not_found(reason)
        return False

    def filters(self, dataset_id: str, language: str = "en") -> list[dict[str, Any]]:
        """Return the dimensions of a data set with their values, requested once per run and language."""
        if (dataset_id, language) not in self.said:
            path = f"{dataset_id}/filters" if self.version == "v2" else f"{dataset_id}/view/filters"
            answer = self._get(path, language=language)
            found = as_json(self.client, answer)
            # Every data set has the measure as a dimension, so the list is never empty.
            if not isinstance(found, list) or not found or not all(isinstance(item, dict) for item in found):
                raise self._unforeseen(answer, "no list of filters")
            self.said[dataset_id, language] = found
        return self.said[dataset_id, language]

    def titles(self, keywords: str) -> Iterator[dict[str, Any]]:
        """Yield each data set found by a search or, in version 1, which has no search, all data sets.

        The service states the length of a list, sends an empty page after the end, and has no order. Raises
        `PublisherFailed` if the pages together have fewer data sets than stated.
        """
        path = "search" if self.version == "v2" else ""
        question = {"keywords": keywords, "mode": self.options.search_mode} if self.version == "v2" else {}
        named: set[str] = set()
        for page in count(1):
            answer = self._get(path, page_number=page, page_size=self.options.page_size, **question)
            found = as_json(self.client, answer)
            if not isinstance(found, dict) or not isinstance(found.get("data"), list):
                raise self._unforeseen(answer, "no page of data sets")
            listed = {str(item["id"]): item for item in found["data"] if isinstance(item, dict) and item.get("id")}
            new = [item for dataset_id, item in listed.items() if dataset_id not in named]
            yield from new
            named |= listed.keys()
            expected = _whole(found.get("count"))
            if len(named) >= expected:
                return
            if not new:
                problem = f"its pages have only {len(named):,} of {expected:,} data sets"
                raise self.client.failed(answer.address, problem, BY_HAND)

    def rows(self, dataset_id: str, revision_id: str, chosen: list[dict[str, list[str]]]) -> tuple[Answer, int]:
        """Return (CSV of a data set in English, number of rows stated by the service, or 0 if it states none).

        Raises `PublisherFailed` if the rows are of a revision other than `revision_id`.
        """
        if self.version == "v1":
            return self._get(f"{dataset_id}/download/csv", "csv", view=self.options.view), 0
        choice = {"use_raw_column_names": True, "use_reference_values": True, "data_value_type": self.options.view}
        # A filter id returns the rows of the revision that it was created for, so each run creates a new one.
        answer = self.client.post_json(self.address(f"{dataset_id}/data"), {"filters": chosen, "options": choice})
        made = as_json(self.client, answer)
        filter_id = made.get("filterId") if isinstance(made, dict) else None
        if not filter_id:
            raise self._unforeseen(answer, "no filterId")
        counted = self._get(f"{dataset_id}/query/{filter_id}")
        found = as_json(self.client, counted)
        query = found if isinstance(found, dict) else {}
        if (made_for := query.get("revisionId", revision_id)) != revision_id:
            problem = f"the rows are of revision {made_for}, but the published revision is {revision_id}"
            raise self.client.failed(counted.address, problem, content=counted.content)
        return self._get(f"{dataset_id}/data/{filter_id}", "csv", format="csv"), _whole(query.get("totalLines"))

    def _get(self, path: str, kind: str = "json", language: str = "en", **params: str | int) -> Answer:
        params = {"lang": LANGUAGES[self.version][language], **params}
        return self.client.get(self.address(path), params=params, expect=(kind,))

    def _unforeseen(self, answer: Answer, what: str) -> PublisherFailed:
        return self.client.failed(answer.address, f"the answer has {what}", content=answer.content)


@dataclass(frozen=True)
class _DatasetRun:
    """One run through the data sets of a source with one version of the API."""

    source: Source
    wanted: StatsWalesOptions
    api: Api
    known: Known

    def outcome(self, dataset: DataSet, before: Taken | None) -> DatasetOutcome:
        """Return the outcome of a data set. A failure of the publisher is in the outcome, not raised."""
        try:
            return self._outcome(dataset, before if before and before.configured_id == dataset.id else None)
        except PublisherFailed as failure:
            return DatasetOutcome(dataset.name, failure=failure)

    def probed(self, dataset: DataSet) -> Sample:
        """Return title and revision of a data set; raise `PublisherFailed` for one that a pull could not use."""
        metadata, title, _ = self._titled(dataset, None)
        self._require_authorities(dataset, metadata["id"], title)
        for selection in dataset.select:
            self._chosen(dataset, selection, metadata["id"])
        revision = metadata["published_revision"]["id"]
        return Sample(self.api.address(metadata["id"]), f"the data set {title!r}, revision {revision}")

    def _titled(self, dataset: DataSet, before: Taken | None) -> tuple[dict[str, Any], str, tuple[str, ...]]:
        """Return (metadata, English title, notes) of a data set; raise `PublisherFailed` if the title does not fit."""
        metadata, notes = self._found(dataset, before)
        title = english_title(metadata)
        if not dataset.fits(title):
            raise self._unavailable(dataset, f"its title is {title!r}; expected {', '.join(dataset.title)}")
        return metadata, title, notes

    def _require_authorities(self, dataset: DataSet, dataset_id: str, title: str) -> None:
        if dataset.is_by_authority and (absent := self._absent(dataset_id)):
            raise self._unavailable(dataset, f"no dimension of {title!r} has rows for each local authority: {absent}")

    def _outcome(self, dataset: DataSet, before: Taken | None) -> DatasetOutcome:
        metadata, title, notes = self._titled(dataset, before)
        taken = Taken(dataset.id, metadata["id"], metadata["published_revision"]["id"])
        name = f"{dataset.name}.{'csv' if self.wanted.content == 'data' else 'json'}"
        if taken == before and name in self.known.files:
            return DatasetOutcome(dataset.name, taken=taken, notes=notes)
        self._require_authorities(dataset, metadata["id"], title)
        file = self._rows(dataset, metadata, name) if self.wanted.content == "data" else self._labels(metadata, name)
        return DatasetOutcome(dataset.name, file=file, taken=taken, notes=notes)

    def _found(self, dataset: DataSet, before: Taken | None) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return (metadata, notes) of a data set: the previous, the configured, or one found by search."""
        gone = ""
        if before:
            try:
                metadata, notes = self._followed(before.dataset_id)
            except DataSetGone as error:
                if before.dataset_id == dataset.id:
                    raise
                gone = f"data set {before.dataset_id} {error.fate}"
            else:
                if dataset.fits(english_title(metadata)):
                    return metadata, notes
        if dataset.id:
            return self._followed(dataset.id)
        metadata, notes = self._followed(self._discovered(dataset, gone))
        return metadata, (gone, *notes) if gone else notes

    def _followed(self, dataset_id: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return (metadata, notes) of a data set or, if it was archived and replaced, of its last successor.

        If the successor is gone, the data set itself is returned.
        """
        notes: list[str] = []
        visited: list[str] = []
        metadata: dict[str, Any] = {}
        while True:
            try:
                metadata = self.api.metadata(dataset_id)
            except DataSetGone as gone:
                if not visited:
                    raise
                notes[-1] += f", but {gone.fate}, so {visited[-1]} is kept"
                return metadata, tuple(notes)
            visited.append(dataset_id)
            archived = str(metadata.get("archived_at") or "")[:10]
            successor = (metadata.get("replaced_by") or {}).get("dataset_id")
            if not successor:
                if archived:
                    notes.append(f"data set {dataset_id} was archived on {archived}, and nothing replaces it")
                return metadata, tuple(notes)
            if successor in visited or len(visited) > MOST_SUCCESSORS:
                raise PublisherFailed(
                    self.source.id,
                    f"data set {visited[0]}",
                    f"its replacements do not end: {' → '.join([*visited, successor])}",
                    "Set the data set to use in the catalogue.",
                )
            notes.append(
                f"data set {dataset_id} was archived on {archived or 'an unknown date'}; {successor} replaces it"
            )
            dataset_id = successor

    def _discovered(self, dataset: DataSet, gone: str) -> str:
        """Return the id of the one data set that fits; raise `PublisherFailed` if none or several fit.

        `gone` says why the previous data set is no longer available, if so. The reason of a failure begins with it.
        """
        met: dict[str, dict[str, Any]] = {}
        read = 0
        for keywords in dataset.keywords:
            for item in self.api.titles(keywords):
                read += 1
                if dataset.fits(str(item.get("title"))):
                    met[str(item["id"])] = item
        live = {key: item for key, item in met.items() if not item.get("archived_at")} or met
        lacking = {key: self._absent(key) if dataset.is_by_authority else "" for key in live}
        fitting = [key for key, absent in lacking.items() if not absent]
        if len(fitting) == 1:
            return fitting[0]
        searched = ", ".join(repr(keywords) for keywords in dataset.keywords)
        reason = f"none of {read} titles found by {searched} has the phrases {', '.join(dataset.title)}"
        if fitting:
            named = "; ".join(f"{key} {live[key]['title']!r}" for key in fitting)
            reason = f"several data sets fit: {named}"
        elif lacking:
            named = "; ".join(f"{live[key]['title']!r} has no rows for {absent}" for key, absent in lacking.items())
            reason = f"no data set found has rows for each local authority: {named}"
        raise self._unavailable(dataset, f"{gone}; {reason}" if gone else reason)

    def _unavailable(self, dataset: DataSet, reason: str) -> PublisherFailed:
        return PublisherFailed(self.source.id, f"data set {dataset.name!r}", f"source not available: {reason}", BY_HAND)

    def _absent(self, dataset_id: str) -> str:
        """Return the Welsh authorities without rows in the fullest dimension of a data set; empty if none is absent."""
        dimensions = self.api.filters(dataset_id)
        return absent_authorities(
            {str(value.get("reference")) for value in with_rows(dimension.get("values"))} for dimension in dimensions
        )

    def _rows(self, dataset: DataSet, metadata: dict[str, Any], name: str) -> Fetched:
        if dataset.select and self.api.version == "v1":
            raise self._unavailable(dataset, "API v1 cannot select a part of a data set")
        chosen = [self._chosen(dataset, selection, metadata["id"]) for selection in dataset.select]
        answer, expected = self.api.rows(metadata["id"], metadata["published_revision"]["id"], chosen)
        problem = incomplete(answer.content, expected)
        if not problem and dataset.is_by_authority and (absent := absent_authorities(dimensions_of(answer.content))):
            problem = f"no column of the table has each local authority: {absent} absent"
        if problem:
            raise self.api.client.failed(answer.address, problem, content=answer.content)
        return Fetched(answer.content, name, answer.address, answer.final_address, answer.status, answer.headers)

    def _chosen(self, dataset: DataSet, selection: DimensionFilter, dataset_id: str) -> dict[str, list[str]]:
        """Return the filter of a selection, with the columns and references of the data set."""
        columns, values = map(_plain, selection.columns), set(map(_plain, selection.values))
        dimensions = {_plain(str(item.get("columnName"))): item for item in self.api.filters(dataset_id)}
        dimension = next((dimensions[column] for column in columns if column in dimensions), None)
        if dimension is None:
            named = ", ".join(repr(item.get("columnName")) for item in dimensions.values())
            raise self._unavailable(dataset, f"it has no column {', '.join(selection.columns)}, but {named}")
        found = with_rows(dimension.get("values"))
        references = [str(item["reference"]) for item in found if _plain(str(item.get("description"))) in values]
        if not references:
            named = ", ".join(repr(item.get("description")) for item in found[:NAMED_IN_REASON])
            wanted = ", ".join(selection.values)
            raise self._unavailable(dataset, f"{dimension['columnName']!r} has none of {wanted}; it has {named}")
        return {str(dimension["factTableColumn"]): references}

    def _labels(self, metadata: dict[str, Any], name: str) -> Fetched:
        """Return the metadata and the filters in each language as one document, unchanged."""
        filters = {language: self.api.filters(metadata["id"], language) for language in self.wanted.languages}
        content = json.dumps({"metadata": metadata, "filters": filters}, ensure_ascii=False, indent=1).encode()
        address = self.api.address(metadata["id"])
        return Fetched(content, name, address, address, 200, {"content-type": "application/json"})


def english_title(metadata: Mapping[str, Any]) -> str:
    """Return the English title of a data set from its metadata."""
    for item in metadata["published_revision"].get("metadata") or []:
        if str(item.get("language")).lower().startswith("en"):
            return str(item.get("title"))
    return ""


def flattened(values: object) -> list[dict[str, Any]]:
    """Return the values of a dimension and their descendants, in order."""
    found: list[dict[str, Any]] = []
    waiting = list(values) if isinstance(values, list) else []
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, dict):
            found.append(value)
            waiting[:0] = value.get("children") or []
    return found


def with_rows(values: object) -> list[dict[str, Any]]:
    """Return the values of a dimension, at any depth, except those for which the service states 0 rows."""
    return [value for value in flattened(values) if str(value.get("count")) != "0"]


def incomplete(content: bytes, expected: int) -> str:
    """Return why a CSV answer is not a whole table; empty if it is.

    The service streams rows, so an answer may end early with status 200.
    """
    rows = 0
    try:
        records = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        width = len(next(records, []))
        for record in records:
            if record and len(record) != width:
                return f"the table is cut short: row {rows + 1:,} has {len(record)} of {width} fields"
            rows += bool(record)
    except (UnicodeDecodeError, csv.Error) as error:
        return f"the answer is not valid CSV: {error}"
    if not rows:
        return "the table has no rows"
    return f"received only {rows:,} of {expected:,} rows" if rows < expected else ""


def dimensions_of(content: bytes) -> list[set[str]]:
    """Return the distinct cells of each column of a whole CSV table in English, except its values."""
    records = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    positions: dict[int, set[str]] = {
        position: set() for position, name in enumerate(next(records)) if not name.startswith(VALUES)
    }
    for record in filter(None, records):
        for position, cells in positions.items():
            cells.add(record[position])
    return list(positions.values())


def absent_authorities(columns: Iterable[Collection[str]]) -> str:
    """Return the Welsh authorities that are absent from the fullest of some columns of codes; empty if none is.

    An authority is present under its GSS code or its former StatsWales number.
    """
    authorities = welsh_authorities()
    fewest = list(authorities)
    for column in columns:
        absent = [name for name, codes in authorities.items() if codes.isdisjoint(column)]
        fewest = min(fewest, absent, key=len)
    return ", ".join(fewest) if len(fewest) < len(authorities) else "any authority"


def _is_not_found(failure: PublisherFailed) -> bool:
    """Return whether the service reports an unknown data set; errors of its gateway are not JSON objects."""
    if failure.status != NOT_FOUND:
        return False
    try:
        said = json.loads(failure.content)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and "error" in said


def _is_unserved(failure: PublisherFailed) -> bool:
    """Return whether a version of the API is not served, as opposed to a rejected request."""
    return failure.status in SERVER_ERRORS or (failure.status == NOT_FOUND and not _is_not_found(failure))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _whole(value: object) -> int:
    """Return a count that is a number or text, or 0 if there is none."""
    return int(str(value)) if str(value).isdecimal() else 0


def _before(known: Known) -> dict[str, Taken]:
    """Return the data set that the last run used for each name."""
    return {
        name: Taken(*item)
        for name, item in remembered(known).items()
        if isinstance(item, list) and len(item) == 3 and all(isinstance(part, str) for part in item)
    }
