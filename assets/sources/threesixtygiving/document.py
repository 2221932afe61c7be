"""Award files in JSON: `{"grants": [...]}`."""

import json
from collections.abc import Container, Iterator, Sequence
from functools import cache, partial
from typing import Any, NoReturn

import msgspec

from assets.sources.threesixtygiving.listed import (
    Batch,
    Columns,
    GrantList,
    Node,
    Tally,
    Value,
    objects,
    plain,
)
from assets.sources.threesixtygiving.standard import SOURCE, AwardField, standard
from assets.sources.threesixtygiving.values import clean
from warehouse.errors import RefusedFile

EXPECTED = 'a whole JSON document {"grants": [...]}'
JsonText = bytes | msgspec.Raw


class Document(msgspec.Struct):
    """An award file, its grants as the JSON text that the file has of them."""

    grants: list[msgspec.Raw]


def from_json(content: bytes) -> GrantList:
    """Return the grants of a document in UTF-8.

    Raises `RefusedFile` for anything else, for one that breaks off, and at its end where no grant has a field that the
    standard requires. The whole document is scanned before a grant is read, and numbers keep the digits that were
    published.
    """
    try:
        items: Sequence[JsonText] = msgspec.json.decode(content, type=Document).grants
    except (msgspec.DecodeError, RecursionError):
        # What is not a document, and one with halves of characters, which `json` alone reads.
        items = _items(content.decode())
    return GrantList(partial(_batches, items))


def _items(text: str) -> list[bytes]:
    """Return the JSON text of each item of a document; raise `RefusedFile` where there are none."""
    try:
        document = json.loads(text, parse_float=str, parse_int=str, parse_constant=_refuse_constant)
        items = document.get("grants") if isinstance(document, dict) else None
        if isinstance(items, list):
            return [json.dumps(item).encode() for item in items]
    except json.JSONDecodeError as error:
        got = f"JSON that breaks off or is broken at line {error.lineno}, column {error.colno}: {error.msg}"
        raise RefusedFile(SOURCE, EXPECTED, got) from error
    except RecursionError as error:
        raise RefusedFile(SOURCE, EXPECTED, "JSON nested beyond reason") from error
    raise RefusedFile(SOURCE, EXPECTED, "JSON without a list of grants")


def _batches(items: Sequence[JsonText], tally: Tally, size: int, rows: Container[int] | None) -> Iterator[Batch]:
    tally.rows_in = len(items)
    lacking = list(standard().required)
    numbers = range(1, len(items) + 1) if rows is None else [row for row in range(1, len(items) + 1) if row in rows]
    for start in range(0, len(numbers), size):
        batch = _batch(numbers[start : start + size], items, tally)
        if batch.rows:
            lacking = [item for item in lacking if not _has(batch.columns, item)]
            yield batch
    if lacking and rows is None:
        got = f"{len(items):,} grants, none with {lacking[0].path!r}" if items else "no grant"
        raise RefusedFile(SOURCE, standard().expected(), got)


def _batch(numbers: Sequence[int], items: Sequence[JsonText], tally: Tally) -> Batch:
    """Return the grants of some rows: read at once or, where one has what the standard does not have, each by itself.

    What is not an object is counted in `tally.unframed`.
    """
    listed = [items[number - 1] for number in numbers]
    try:
        return Batch(list(numbers), _columns(_list_decoder().decode(b"[" + b",".join(listed) + b"]")))
    except (msgspec.DecodeError, RecursionError):
        rows, grants = [], []
    for number, item in zip(numbers, listed, strict=True):
        if memoryview(item)[0] == ord("{"):
            rows.append(number)
            grants.append(_grant(item))
        else:
            tally.unframed.append((number, "is not a grant object", {"type": type(plain(bytes(item))).__name__}))
    return Batch(rows, _columns(grants))


def _columns(grants: list[Any]) -> Columns:
    """Return the values of grants by name of field."""
    texts, others = _names()
    values = map(list, zip(*map(msgspec.structs.astuple, grants), strict=True))
    columns = dict(zip((*texts, *others), values, strict=False))
    given = [name for name in others if name in columns and columns[name].count(None) < len(grants)]
    return columns | {name: [None if value is None else bytes(value) for value in columns[name]] for name in given}


def _grant(item: JsonText) -> Any:
    """Return what is read of a grant; one with a value of another type than the standard has is read by `json`."""
    try:
        return _decoder().decode(item)
    except msgspec.DecodeError:
        node: Any = plain(bytes(item))
    texts, others = _names()
    values: Node = {name: value for name in texts if isinstance(value := node.get(name), str | bool)}
    values |= {name: msgspec.Raw(json.dumps(node[name]).encode()) for name in others if name in node}
    return _decoder().type(**values)


@cache
def _names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the fields of a grant that are text, and the others: numbers, lists and objects."""
    own = (*standard().own, *standard().administrative)
    texts = tuple(item.name for item in own if item.kind != "number")
    return texts, tuple(name for name in standard().names if name not in texts)


@cache
def _decoder() -> "msgspec.json.Decoder[Any]":
    texts, others = _names()
    fields: list[tuple[str, Any, Any]] = [(name, str | bool | None, None) for name in texts]
    fields += [(name, msgspec.Raw, None) for name in others]
    return msgspec.json.Decoder(msgspec.defstruct("Grant", fields, gc=False))


@cache
def _list_decoder() -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(list[_decoder().type])  # type: ignore[misc]


def _has(columns: Columns, item: AwardField) -> bool:
    """Return whether any of some grants has a field."""

    def holders(value: Value) -> list[Node]:
        return objects(plain(value)) if item.parent else [{item.name: plain(value)}]

    return any(clean(node.get(item.name)) for value in columns[item.parent or item.name] for node in holders(value))


def _refuse_constant(token: str) -> NoReturn:
    raise RefusedFile(SOURCE, "JSON numbers", f"the token {token}")
