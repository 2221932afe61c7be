"""Parser of the labels of StatsWales data sets: the names of references in English and Welsh.

Data are read in English, by reference; the labels give the Welsh names of the same references.
"""

import json
from collections.abc import Iterator
from typing import Any

import polars as pl

from assets.ingest.tabular import decode
from assets.ingest.validation import SOURCE_ROW, Intake, admit, columns_of, quarantine
from warehouse.errors import RefusedFile

SOURCE, TABLE = "statswales_label", "staging.statswales__label"
EXPECTED = 'the metadata and filters of a data set, {"metadata": …, "filters": {"en": […], "cy": […]}}'

# Row number, code of the dimension, reference, and the value with its names.
Value = tuple[int, str, str, dict[str, Any]]


def parse_statswales_labels(content: bytes) -> Intake:
    """Return the values of each dimension of a StatsWales data set (table `TABLE`).

    `source_row` numbers the values of the document, first those in English. A value that exists only in Welsh is
    quarantined. Raises `RefusedFile` for another document, or one without values in English.
    """
    document = _document(content)
    metadata, filters = document["metadata"], document["filters"]
    english, welsh = list(_values(filters.get("en"))), list(_values(filters.get("cy")))
    if not english:
        raise RefusedFile(SOURCE, EXPECTED, "no value in English")
    in_welsh = {(dimension, reference): value for _, dimension, reference, value in welsh}
    titles = {str(item.get("language"))[:2].lower(): _text(item.get("title")) for item in _texts(metadata)}
    shared = {
        "dataset_id": _text(metadata.get("id")),
        "revision_id": _text(metadata["published_revision"].get("id")),
        "dataset_title": titles.get("en"),
        "dataset_title_cy": titles.get("cy"),
    }
    rows = [
        {
            SOURCE_ROW: number,
            **shared,
            "dimension_code": dimension,
            "dimension_name": value["dimension"],
            "dimension_name_cy": in_welsh.get((dimension, reference), {}).get("dimension"),
            "reference": reference,
            "label": value["label"],
            "label_cy": in_welsh.get((dimension, reference), {}).get("label"),
            "parent_reference": value["parent"],
        }
        for number, dimension, reference, value in english
    ]
    known = {(dimension, reference) for _, dimension, reference, _ in english}
    only = [
        (len(english) + number, "there is no such value in English", {"reference": reference, **value})
        for number, dimension, reference, value in welsh
        if (dimension, reference) not in known
    ]
    labels = pl.DataFrame(rows, schema=columns_of(TABLE))
    return admit(labels, TABLE, quarantine(only), rows_in=len(english) + len(only))


def _document(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(decode(SOURCE, content))
    except (ValueError, RecursionError) as error:
        raise RefusedFile(SOURCE, EXPECTED, "a text that is not a complete JSON document") from error
    metadata = document.get("metadata") if isinstance(document, dict) else None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("published_revision"), dict):
        raise RefusedFile(SOURCE, EXPECTED, "JSON without the metadata of a published revision")
    if not isinstance(document.get("filters"), dict):
        raise RefusedFile(SOURCE, EXPECTED, "JSON without filters")
    return {"metadata": metadata, "filters": document["filters"]}


def _texts(metadata: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for item in metadata["published_revision"].get("metadata") or [] if isinstance(item, dict)]


def _values(filters: object) -> Iterator[Value]:
    """Yield the values of all dimensions in one language; `parent` is the reference of the value above."""
    number = 0
    for dimension in filters if isinstance(filters, list) else []:
        if not isinstance(dimension, dict):
            continue
        waiting: list[tuple[Any, str | None]] = [(value, None) for value in _list(dimension.get("values"))]
        while waiting:
            value, parent = waiting.pop(0)
            if not isinstance(value, dict):
                continue
            number += 1
            reference = _text(value.get("reference")) or ""
            names = {
                "dimension": _text(dimension.get("columnName")),
                "label": _text(value.get("description")),
                "parent": parent,
            }
            yield number, _text(dimension.get("factTableColumn")) or "", reference, names
            waiting[:0] = [(child, reference) for child in _list(value.get("children"))]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return None if value is None or isinstance(value, dict | list) else str(value)
