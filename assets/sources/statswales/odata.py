"""OData pages (JSON) of the StatsWales service that ended in 2024."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from assets.ingest.periods import period_of
from assets.ingest.tabular import decode, tidy
from assets.ingest.validation import SOURCE_ROW, quarantine
from assets.sources.statswales.form import (
    DOWNLOAD,
    ENDS,
    EXPECTED,
    MEASURE,
    NOTES,
    REFERENCE,
    STARTS,
    STATSWALES,
    VALUES,
    Form,
)
from warehouse.errors import RefusedFile

# Names that a dimension cannot have, because they are those of other columns.
RESERVED = {"", *map(tidy, (SOURCE_ROW, VALUES, STARTS, ENDS, NOTES))}
# Dimensions that name what is measured.
MEASURES = ("measure", "variable")
# The service printed this number for a missing one, where no other number of the data set is below zero.
MISSING_NUMBER = -999
# Documents of today's service, by a key that they have.
OTHER_DOCUMENTS = (
    ("error", "an error message of the service"),
    ("openapi", "the description of the service (OpenAPI)"),
    ("filterId", "the id of a filter, which leads to the figures"),
    ("requestObject", "the description of a filter, which leads to the figures"),
    ("factTableColumn", "the names of the dimensions of a data set, without figures"),
    ("published_revision", "the metadata of a data set, without figures"),
    ("first_published_at", "the metadata of a data set, without figures"),
    ("data", "a list of data sets, without figures"),
)


def read_pages(content: bytes) -> Form:
    """Return the rows of a data set in OData, one page or a JSON list of all pages, with today's headings.

    The measure is that of the row or, in a data set without a dimension of measures, the code of the data set. The
    reference of a year is its name where that is a period: the code 2002 can be of 2002-03. Raises `RefusedFile` for
    another document, and if a page is missing.
    """
    pages = _pages(content)
    given = [(number, row) for number, row in enumerate((row for page in pages for row in page["value"]), start=1)]
    records = [(number, row) for number, row in given if isinstance(row, dict)]
    refused = quarantine([(number, "is not a row", {"row": row}) for number, row in given if not isinstance(row, dict)])
    if not records:
        raise RefusedFile(STATSWALES, "rows of a data set", "OData without rows")
    _require_whole([row for _, row in records])
    names = dict.fromkeys(key.removesuffix("_Code") for _, row in records for key in row if key.endswith("_Code"))
    measure = next((name for name in names if tidy(name) in MEASURES), None)
    dataset = str(pages[0].get("odata.metadata") or "").rpartition("#")[2] or "a data set without a code"
    is_missing = _marks_missing([row for _, row in records])
    columns: dict[str, list[str]] = {
        VALUES: ["" if is_missing and _number(row) == MISSING_NUMBER else _text(row.get("Data")) for _, row in records]
    }
    taken = set(RESERVED)
    for name in dict.fromkeys([measure, *names]):
        codes = [_text(row.get(f"{name}_Code")) for _, row in records]
        labels = [_text(row.get(f"{name}_ItemName_ENG")) for _, row in records]
        heading = MEASURE if name == measure else str(name)
        if taken & (added := {tidy(heading), tidy(heading) + REFERENCE}):
            raise RefusedFile(STATSWALES, "dimensions with names of their own", f"a dimension {heading!r}")
        taken |= added
        columns[heading] = [dataset] * len(records) if name is None else labels
        references = [label if period_of(label) else code for label, code in zip(labels, codes, strict=True)]
        columns[heading + REFERENCE] = references
    table = {SOURCE_ROW: pl.Series([number for number, _ in records], dtype=pl.Int64)} | {
        heading: pl.Series(cells, dtype=pl.String) for heading, cells in columns.items()
    }
    return Form({tidy(heading): heading for heading in columns}, pl.DataFrame(table), refused, len(given))


def _pages(content: bytes) -> list[dict[str, Any]]:
    """Return the OData pages of a file, one page or a list of all; raise `RefusedFile` unless they are all there."""
    try:
        document = json.loads(decode(STATSWALES, content))
    except (ValueError, RecursionError) as error:
        raise RefusedFile(STATSWALES, EXPECTED, "a text that is not a complete JSON document", DOWNLOAD) from error
    pages = document if isinstance(document, list) else [document]
    if not pages or not all(isinstance(page, dict) and isinstance(page.get("value"), list) for page in pages):
        raise RefusedFile(STATSWALES, EXPECTED, _other_document(pages), DOWNLOAD)
    if pages[-1].get("odata.nextLink"):
        raise RefusedFile(
            STATSWALES,
            "all pages of a data set",
            f"{_counted(len(pages), 'page')} with {_counted(_rows_n(pages), 'row')} and a link to a next page",
            "Write all pages into one file, as a JSON list in their order.",
        )
    return pages


def _other_document(pages: list[Any]) -> str:
    first = pages[0] if pages and isinstance(pages[0], dict) else {}
    key, said = next(((key, said) for key, said in OTHER_DOCUMENTS if key in first), ("", ""))
    if key == "error":
        return f"{said}: {str(first[key])[:120]!r}"
    return said or "a JSON document without figures"


def _rows_n(pages: Iterable[Mapping[str, Any]]) -> int:
    return sum(len(page["value"]) for page in pages)


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' * (n != 1)}"


def _require_whole(records: list[dict[str, Any]]) -> None:
    """Raise `RefusedFile` unless the keys of the rows are the numbers from 0, which shows that no page is missing."""
    keys = [str(row["RowKey"]) for row in records if "RowKey" in row]
    numbers = {int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 20}
    if numbers != set(range(len(records))):
        got = f"{_counted(len(records), 'row')} whose keys are not those from 0 to {len(records) - 1:,}"
        raise RefusedFile(STATSWALES, "every row of a data set once", got)


def _marks_missing(records: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether -999 is the mark of a missing number: no other number is below zero."""
    return all(number is None or number >= 0 or number == MISSING_NUMBER for number in map(_number, records))


def _number(row: Mapping[str, Any]) -> float | None:
    try:
        return float(_text(row.get("Data")))
    except ValueError:
        return None


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)
