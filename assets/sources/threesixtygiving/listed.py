"""Grants of a file of any format, in batches of columns, before validation."""

import json
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import msgspec

from assets.sources.threesixtygiving.standard import standard

Node = dict[str, Any]
# Row number, rule, content: a quarantine row.
Refused = tuple[int, str, dict[str, object]]
# A value of a grant as published: text, a boolean, or the JSON text of any value; None if missing.
Value = str | bool | bytes | None
Columns = dict[str, list[Value]]
Item = TypeVar("Item")
Key = TypeVar("Key")
Result = TypeVar("Result")
# Size of the cache of a function of values that repeat in a file.
REMEMBERED = 40_000
# Four times as fast as `_JSON`, for most lists of objects.
_OBJECTS_OF_TEXT = msgspec.json.Decoder(list[dict[str, str]])
_JSON = json.JSONDecoder(parse_float=str, parse_int=str)


@dataclass
class Batch:
    """Consecutive grants of a file: their row numbers, and their values by field name."""

    rows: list[int]
    columns: Columns


@dataclass
class Tally:
    """Counts and notes that are complete when a file has been read to its end.

    `rows_in` is the number of grants in the file, `unframed` those that could not be read; `notes` are sentences for
    the user.
    """

    rows_in: int = 0
    unframed: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class GrantList:
    """The grants of a file, which can be read several times.

    `batches` takes a tally, the number of grants in a batch, and the row numbers to read, or None for all. It raises
    `RefusedFile` for errors that are only known at the end of a file. `unjoined` are the rows of further sheets without
    a grant; `may_name_individuals` is whether the file has fields for people.
    """

    batches: Callable[[Tally, int, Container[int] | None], Iterator[Batch]]
    unjoined: Iterable[Batch] = ()
    may_name_individuals: bool = False


class Once(dict[Key, Result]):
    """A cache of the results of a function by its argument."""

    def __init__(self, function: Callable[[Key], Result]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, key: Key) -> Result:
        """Return the result for an argument that is not in the cache; empty a full cache first."""
        if len(self) >= REMEMBERED:
            self.clear()
        result = self[key] = self._function(key)
        return result

    def of(self, keys: Iterable[Key]) -> list[Result]:
        """Return the results for some arguments."""
        return list(map(self.__getitem__, keys))


def in_batches(
    items: Iterable[tuple[int, Item]],
    columns: Callable[[list[Item]], Columns],
    size: int,
    rows: Container[int] | None,
) -> Iterator[Batch]:
    """Yield numbered items of some or all rows in batches; `columns` returns their values by field."""
    chosen = iter(items) if rows is None else (item for item in items if item[0] in rows)
    while batch := list(islice(chosen, size)):
        yield Batch([number for number, _ in batch], columns([item for _, item in batch]))


def plain(value: Value) -> object:
    """Return a value as Python objects; numbers as published text."""
    if not isinstance(value, bytes):
        return value
    if value[:1].isdigit():
        return value.decode()
    try:
        return _OBJECTS_OF_TEXT.decode(value)
    except msgspec.DecodeError:
        return _JSON.raw_decode(value.decode())[0]


def published(value: object) -> Value:
    """Return Python objects as the value of a grant; the inverse of `plain`."""
    if value is None or isinstance(value, str | bool):
        return value
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:  # half of a character (a lone surrogate)
        return json.dumps(value).encode()


def columns_of(nodes: list[Node]) -> Columns:
    """Return the values of grants, given as Python objects, by field name."""
    return {name: [published(node.get(name)) for node in nodes] for name in standard().names}


def objects(value: object) -> list[Node]:
    """Return the objects of a list, or a single object as a list: publishers write both for a list."""
    if not value:
        return []
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def note(number: int, one: str, many: str, rest: str) -> list[str]:
    """Return a sentence with a number, such as `1 row is not read.`, in a list; empty for zero."""
    return [f"{number:,} {one if number == 1 else many} {rest}."] if number else []
