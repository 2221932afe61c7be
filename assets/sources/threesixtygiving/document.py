"""Reads award files in JSON: `{"grants": [...]}`."""

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

EXPECTED = 'a complete JSON document {"grants": [...]}'
JsonText = bytes | msgspec.Raw


class Document(msgspec.Struct):
    """An award file, with each grant as its JSON text."""

    grants: list[msgspec.Raw]


def from_json(content: bytes) -> GrantList:
    """Return the grants of a document in UTF-8.

    Raises `RefusedFile` for another or an incomplete document and, at its end, if a required field is in no grant. The
    whole document is scanned before a grant is read, and numbers keep their published digits.
    """
    try:
        items: Sequence[JsonText] = msgspec.json.decode(content, type=Document).grants
    except (msgspec.DecodeError, RecursionError):
        # Not a document, or one with half characters (surrogates), which only `json` reads.
        items = _items(content.decode())
    return GrantList(partial(_batches, items))


def _items(text: str) -> list[bytes]:
    """Return the JSON text of each item of a document; raise `RefusedFile` if there is no list of grants."""
    try:
        document = json.loads(text, parse_float=str, parse_int=str, parse_constant=_refuse_constant)
        items = document.get("grants") if isinstance(document, dict) else None
        if isinstance(items, list):
            return [json.dumps(item).encode() for item in items]
    except json.JSONDecodeError as error:
        got = f"incomplete or invalid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        raise RefusedFile(SOURCE, EXPECTED, got) from error
    except RecursionError as error:
        raise RefusedFile(SOURCE, EXPECTED, "JSON that is nested too deeply") from error
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
    """Return the grants of some rows, read together or, if one does not follow the standard, one by one.

    Items that are not objects are added to `tally.unframed`.
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
    """Return the values of grants by field name."""
    texts, others = _names()
    values = map(list, zip(*map(msgspec.structs.astuple, grants), strict=True))
    columns = dict(zip((*texts, *others), values, strict=False))
    given = [name for name in others if name in columns and columns[name].count(None) < len(grants)]
    return columns | {name: [None if value is None else bytes(value) for value in columns[name]] for name in given}


def _grant(item: JsonText) -> Any:
    """Return the fields of a grant; `json` reads a grant with a value of a type that the standard does not allow."""
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
    """Return the names of the text fields of a grant, and of the others: numbers, lists and objects."""
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
    """Return whether any of the grants has a field."""

    def holders(value: Value) -> list[Node]:
        return objects(plain(value)) if item.parent else [{item.name: plain(value)}]

    return any(clean(node.get(item.name)) for value in columns[item.parent or item.name] for node in holders(value))


def _refuse_constant(token: str) -> NoReturn:
    raise RefusedFile(SOURCE, "JSON numbers", f"the token {token}")
