r"""ArcGIS feature services, such as the ONS Open Geography Portal: the attributes of a layer, by page.

Fields are named by patterns (`LAD\d\dCD`), since field names hold the year. The layer's description has this year's
names.

A layer is landed as CSV with one row per feature and the published field names. The portal offers the same form for
download, so one parser reads pulled files and manual uploads. Rows are sorted by content and have no object id, so
that the same table gives the same bytes. A null is an empty cell.
"""

import csv
import io
import json
import re
from collections.abc import Mapping
from typing import Any

from warehouse.catalogue import Entry, Source
from warehouse.errors import PublisherFailed
from warehouse.publishers import Fetch, Fetched, Sample
from warehouse.publishers.answer import Answer
from warehouse.publishers.client import Client
from warehouse.publishers.protocol_common import Failure, as_json, gathered, remembered, settings
from warehouse.storage.landing import Known

OBJECT_ID_TYPE = "esriFieldTypeOID"
MORE = "exceededTransferLimit"
MESSAGE_LENGTH = 200


class FeatureLayer(Entry):
    """A layer of a service. Each pattern in `fields` matches one field, each in `optional_fields` one or none."""

    service: str
    layer: int = 0
    file_name: str
    fields: tuple[str, ...]
    optional_fields: tuple[str, ...] = ()


class ArcgisOptions(Entry):
    """The layers of a source, and the maximum number of records in one answer."""

    page_size: int
    layers: tuple[FeatureLayer, ...]


def fetch(client: Client, source: Source, known: Known) -> Fetch:
    """Return each layer of a source that was edited since it was last landed; layers that failed are refused.

    The revision holds service, fields and edit date for each file. Raises `PublisherFailed` if every layer failed.
    """
    options = settings(source, ArcgisOptions)
    files: list[Fetched] = []
    failures: list[Failure] = []
    before = remembered(known)
    now: dict[str, str | None] = {}
    for layer in options.layers:
        name = layer.file_name
        last = before.get(name) if name in known.files else None
        try:
            now[name], file = _layer(client, source, layer, options.page_size, last)
        except PublisherFailed as failure:
            failures.append((name, failure))
            continue
        if file:
            files.append(file)
    unchanged = len(now) - len(files)
    return gathered(source.id, files, failures, unchanged=unchanged, revision=json.dumps(now, sort_keys=True))


def probe(client: Client, source: Source) -> list[Sample]:
    """Return the fields of each layer of a source, from its description; raises `PublisherFailed`."""
    samples = []
    for layer in settings(source, ArcgisOptions).layers:
        address, described, fields = _described(client, source, layer)
        _object_id(client, address, described)
        samples.append(Sample(address, f"a layer with the fields {', '.join(fields)}"))
    return samples


def _described(client: Client, source: Source, layer: FeatureLayer) -> tuple[str, dict[str, Any], list[str]]:
    """Return (address, description, names of the fields) of a layer."""
    address = f"{source.address}/{layer.service}/FeatureServer/{layer.layer}"
    described, _ = _asked(client, address, {"f": "json"})
    return address, described, _fields(client, address, described, layer)


def _layer(
    client: Client, source: Source, layer: FeatureLayer, page_size: int, known: str | None
) -> tuple[str | None, Fetched | None]:
    """Return (revision, file) of a layer, without a file if the revision is the known one.

    The revision is None if the service states no edit date.
    """
    address, described, fields = _described(client, source, layer)
    edits = described.get("editingInfo") or {}
    edited = edits.get("dataLastEditDate") or edits.get("lastEditDate")
    revision = f"{layer.service}/{layer.layer} {','.join(fields)} {edited}" if edited else None
    if revision and revision == known:
        return revision, None
    object_id = _object_id(client, address, described)
    query: dict[str, Any] = {"where": "1=1", "f": "json"}
    counted, _ = _asked(client, f"{address}/query", query | {"returnCountOnly": "true"})
    query |= {
        "outFields": ",".join([*fields, object_id]),
        "returnGeometry": "false",
        "orderByFields": object_id,
        "resultRecordCount": min(page_size, described.get("maxRecordCount") or page_size),
    }
    rows, answer = _features(client, f"{address}/query", query, counted.get("count"), object_id)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(fields)
    writer.writerows(sorted([_cell(row[field]) for field in fields] for row in rows))
    content = text.getvalue().encode()
    file = Fetched(content, layer.file_name, answer.address, answer.final_address, answer.status, answer.headers)
    return revision, file


def _features(
    client: Client, address: str, query: Mapping[str, Any], count: Any, object_id: str
) -> tuple[list[dict[str, Any]], Answer]:
    """Return (attributes of every feature, first answer); raise `PublisherFailed` for missing or repeated features."""
    if not isinstance(count, int) or count < 1:
        raise client.failed(address, "the layer is empty" if count == 0 else "the answer has no record count")
    wanted = query["outFields"].split(",")
    rows: dict[Any, dict[str, Any]] = {}
    first: Answer | None = None
    while True:
        page, answer = _asked(client, address, {**query, "resultOffset": len(rows)})
        first = first or answer
        features = page.get("features")
        if not isinstance(features, list):
            raise client.failed(address, "the answer has no features", content=answer.content)
        for feature in features:
            # In GeoJSON they are `properties`, and the flag for further pages is in those of the collection.
            attributes = feature.get("attributes") or feature.get("properties") or {}
            if lacking := [name for name in wanted if name not in attributes]:
                raise client.failed(address, f"a record has no {lacking[0]}", content=answer.content)
            if attributes[object_id] in rows:
                raise client.failed(address, f"duplicate record {attributes[object_id]}", content=answer.content)
            rows[attributes[object_id]] = attributes
        has_more = bool(page.get(MORE) or (page.get("properties") or {}).get(MORE))
        is_whole = len(rows) == count and not has_more
        if is_whole:
            return list(rows.values()), first
        is_full = len(features) >= query["resultRecordCount"]
        if not features or len(rows) > count or not (has_more or is_full):
            raise client.failed(address, f"it sent {len(rows):,} of {count:,} records")


def _asked(client: Client, address: str, params: Mapping[str, Any]) -> tuple[dict[str, Any], Answer]:
    """Return (JSON object, answer); raise `PublisherFailed` for an error with HTTP 200."""
    answer = client.get(address, params=params, expect=("json",))
    found = as_json(client, answer)
    if not isinstance(found, dict):
        raise client.failed(address, "the answer is not a JSON object", status=answer.status, content=answer.content)
    if error := found.get("error"):
        told = error if isinstance(error, dict) else {"message": error}
        message = " ".join(str(told.get(key, "")) for key in ("code", "message")).strip()[:MESSAGE_LENGTH]
        raise client.failed(address, f"the service reports the error {message!r}", status=answer.status)
    return found, answer


def _fields(client: Client, address: str, described: Mapping[str, Any], layer: FeatureLayer) -> list[str]:
    """Return the current names of the fields of a layer."""
    names = [str(field.get("name")) for field in described.get("fields") or []]
    found = []
    patterns = [(pattern, True) for pattern in layer.fields]
    patterns += [(pattern, False) for pattern in layer.optional_fields]
    for pattern, is_required in patterns:
        matching = [name for name in names if re.fullmatch(pattern, name, re.IGNORECASE)]
        if len(matching) > 1 or (is_required and not matching):
            problem = f"{len(matching) or 'no'} fields for {pattern!r} among {', '.join(names)[:MESSAGE_LENGTH]!r}"
            raise client.failed(address, f"it has {problem}", "Correct the fields of the layer in the catalogue.")
        found += matching
    return found


def _object_id(client: Client, address: str, described: Mapping[str, Any]) -> str:
    """Return the object id field, by which the pages are ordered."""
    numbering = [field.get("name") for field in described["fields"] if field.get("type") == OBJECT_ID_TYPE]
    name = described.get("objectIdField") or (numbering[0] if numbering else None)
    if not name:
        raise client.failed(address, "the layer has no object id field to order its pages by")
    return str(name)


def _cell(value: Any) -> str:
    """Return a value as the text of a cell. Numbers are as sent."""
    return "" if value is None else str(value)
