"""Nomis: one data set as CSV, page by page, joined into one file with one header.

For an unknown area, dimension or date Nomis sends no rows and no error. It adopts new area codes late.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from pydantic import Field

from warehouse.catalogue import Entry, Source
from warehouse.errors import PublisherFailed
from warehouse.publishers import Fetch, Fetched, Sample
from warehouse.publishers.answer import Answer
from warehouse.publishers.client import Client
from warehouse.publishers.protocol_common import settings
from warehouse.storage.landing import Known

OFFSET, LIMIT, COUNT, GEOGRAPHY = "RecordOffset", "RecordLimit", "RECORD_COUNT", "geography"
# Cells of the answer by which the service is checked.
PROBED_CELLS = 25
MAX_DIGITS = 16
# For a data set without a total. The largest data set in the catalogue has some ten pages.
MAX_PAGES = 400


class NomisOptions(Entry):
    """Options of a Nomis source.

    `params` are the dimensions of the query. `page_size` is the maximum number of cells in one answer. `predecessors`
    are former area codes by current code, for areas that were recoded.
    """

    params: dict[str, str]
    page_size: int
    area_column: str
    predecessors: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class _Page:
    """One answer: header and rows as sent, number of rows, total number of rows, and area codes."""

    answer: Answer
    header: bytes
    rows: bytes
    row_count: int
    total: int | None
    areas: frozenset[str]


def fetch(client: Client, source: Source, known: Known) -> Fetch:
    """Return the answer to the query of a source as one CSV file.

    Nomis has no ETag or revision, so `known` is not used and the caller compares the content. Raises `PublisherFailed`
    for an answer without rows and for incomplete pages.
    """
    options = settings(source, NomisOptions)
    params, predecessors = options.params, options.predecessors
    notes: list[str] = []
    pages = _pages(client, source, options, params)
    missing = _missing(pages, predecessors)
    asked = set(params.get(GEOGRAPHY, "").split(","))
    # If a query for more than the recoded areas has no rows, the recoded areas alone would not answer it.
    if missing and (any(page.row_count for page in pages) or asked <= set(missing)):
        if not set(missing) <= asked:
            pages += _pages(client, source, options, params | {GEOGRAPHY: ",".join(missing)})
            missing = _missing(pages, predecessors)
        if missing:
            former = [predecessors[code] for code in missing]
            pages += _pages(client, source, options, params | {GEOGRAPHY: ",".join(former)})
            notes.append(f"no row for {', '.join(missing)}, so {', '.join(former)} was requested")
    full = [page for page in pages if page.row_count]
    if not full:
        raise _without_rows(client, source, pages[0])
    if still := _missing(full, predecessors):
        notes.append(f"no row for {', '.join(still)}, and none under a former code")
    if len({page.header for page in full}) > 1:
        raise client.failed(source.address, "the pages have different columns")
    content = full[0].header + b"".join(page.rows for page in full)
    first = full[0].answer
    file = Fetched(content, f"{source.id}.csv", first.address, first.final_address, first.status, first.headers)
    return Fetch((file,), False, None, tuple(notes))


def probe(client: Client, source: Source) -> list[Sample]:
    """Return the first cells of the answer to the query of a source; raise `PublisherFailed` if there are none."""
    options = settings(source, NomisOptions)
    page = _page(client, source, options, options.params | {LIMIT: str(PROBED_CELLS)})
    if not page.row_count:
        raise _without_rows(client, source, page)
    return [Sample.start_of(page.answer)]


def _without_rows(client: Client, source: Source, page: _Page) -> PublisherFailed:
    return client.failed(
        source.address,
        "the answer has no rows; Nomis sends none for an unknown area, dimension or date",
        f"Compare the params of {source.id} in the catalogue with {source.landing_page}.",
        status=page.answer.status,
        content=page.answer.content,
    )


def _pages(client: Client, source: Source, options: NomisOptions, params: Mapping[str, str]) -> list[_Page]:
    """Return all pages of the answer to one query; raise `PublisherFailed` if they are incomplete."""
    pages: list[_Page] = []
    received = 0
    while len(pages) < MAX_PAGES:
        # The first page has no offset, as in a request from a browser.
        page = _page(client, source, options, {**params, OFFSET: str(received)} if pages else params)
        if pages and page.total not in (pages[0].total, None):
            raise client.failed(source.address, f"its total changed from {pages[0].total} to {page.total}")
        if page.row_count and any(page.rows == other.rows for other in pages):
            raise client.failed(source.address, f"the page after {received:,} records repeats an earlier page")
        pages.append(page)
        received += page.row_count
        total = pages[0].total
        if received == total or (total is None and page.row_count < options.page_size):
            return pages
        if total is not None and (received > total or not page.row_count):
            raise client.failed(source.address, f"it sent {received:,} of {total:,} records")
    raise client.failed(source.address, f"more than {MAX_PAGES} pages")


def _page(client: Client, source: Source, options: NomisOptions, params: Mapping[str, str]) -> _Page:
    """Return one answer. An empty answer is a page without rows."""
    # Nomis documents lists with unescaped commas.
    answer = client.get(f"{source.address}?{urlencode(params, safe=',')}")
    if not answer.content.strip():
        return _Page(answer, b"", b"", 0, None, frozenset())
    client.require(answer, source.formats)
    header, _, rows = answer.content.partition(b"\n")
    if rows and not rows.endswith(b"\n"):
        rows += b"\n"
    try:
        text = io.StringIO(answer.content.decode("utf-8-sig"), newline="")
        records = list(csv.DictReader(text, strict=True))
    except (UnicodeDecodeError, csv.Error):
        problem = "the answer is not valid CSV"
    else:
        count = records[0].get(COUNT) or "" if records else ""
        areas = frozenset(record.get(options.area_column) or "" for record in records)
        total = int(count) if count.isdecimal() and len(count) < MAX_DIGITS else None
        return _Page(answer, header + b"\n", rows, len(records), total, areas)
    raise client.failed(source.address, problem, status=answer.status, content=answer.content)


def _missing(pages: list[_Page], predecessors: Mapping[str, str]) -> list[str]:
    """Return the current codes for which no page has a row, under the current or the former code."""
    held = frozenset().union(*(page.areas for page in pages))
    return [code for code, former in predecessors.items() if not {code, former} & held]
