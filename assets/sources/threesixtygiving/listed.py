"""What a file of any format lists before anything in it is judged: grants in batches, field by field."""

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
# A value of a grant as published: text, true or false, or the text in JSON of any value; None for nothing.
Value = str | bool | bytes | None
Columns = dict[str, list[Value]]
Item = TypeVar("Item")
Key = TypeVar("Key")
Result = TypeVar("Result")
# How many results a function of values that repeat in a file remembers.
REMEMBERED = 40_000
# What most lists of objects are is read four times as fast as by the other.
_OBJECTS_OF_TEXT = msgspec.json.Decoder(list[dict[str, str]])
_JSON = json.JSONDecoder(parse_float=str, parse_int=str)


@dataclass
class Batch:
    """Grants that follow each other in a file: their row numbers, and their values by name of field."""

    rows: list[int]
    columns: Columns


@dataclass
class Tally:
    """What is known when a file has been read to its end.

    `rows_in` is how many grants the file lists, and `unframed` are those of them that could not be read as one; `notes`
    are sentences for the user.
    """

    rows_in: int = 0
    unframed: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class GrantList:
    """The grants of a file, which can be gone through several times.

    `batches` takes what it counts in, how many grants a batch has, and the row numbers of those that are read, None
    for all. It raises `RefusedFile` for what shows at the end of a file alone. `unjoined` are the rows of further
    sheets that belong to no grant; `may_name_individuals` says that the file has fields for people.
    """

    batches: Callable[[Tally, int, Container[int] | None], Iterator[Batch]]
    unjoined: Iterable[Batch] = ()
    may_name_individuals: bool = False


class Once(dict[Key, Result]):
    """The results of a function by its argument, each computed once as long as it is remembered."""

    def __init__(self, function: Callable[[Key], Result]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, key: Key) -> Result:
        """Return the result for an argument that is not remembered; forget all where there are too many."""
        if len(self) >= REMEMBERED:
            self.clear()
        result = self[key] = self._function(key)
        return result

    def of(self, keys: Iterable[Key]) -> list[Result]:
        """Return the result for each of some arguments."""
        return list(map(self.__getitem__, keys))


def in_batches(
    items: Iterable[tuple[int, Item]],
    columns: Callable[[list[Item]], Columns],
    size: int,
    rows: Container[int] | None,
) -> Iterator[Batch]:
    """Yield numbered items of a file in batches, those of some rows or all; a function gives their values by field."""
    chosen = iter(items) if rows is None else (item for item in items if item[0] in rows)
    while batch := list(islice(chosen, size)):
        yield Batch([number for number, _ in batch], columns([item for _, item in batch]))


def plain(value: Value) -> object:
    """Return a value as Python objects, numbers as the text that was published."""
    if not isinstance(value, bytes):
        return value
    if value[:1].isdigit():
        return value.decode()
    try:
        return _OBJECTS_OF_TEXT.decode(value)
    except msgspec.DecodeError:
        return _JSON.raw_decode(value.decode())[0]


def published(value: object) -> Value:
    """Return Python objects as the value of a grant; `plain` gives them back."""
    if value is None or isinstance(value, str | bool):
        return value
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:  # half of a character
        return json.dumps(value).encode()


def columns_of(nodes: list[Node]) -> Columns:
    """Return the values of grants that are Python objects by name of field."""
    return {name: [published(node.get(name)) for node in nodes] for name in standard().names}


def objects(value: object) -> list[Node]:
    """Return the objects of a list, or a lone object as a list: publishers write both where the standard has a list."""
    if not value:
        return []
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def note(number: int, one: str, many: str, rest: str) -> list[str]:
    """Return a sentence on a number of things, `1 row is not read.`, or none where there are none of them."""
    return [f"{number:,} {one if number == 1 else many} {rest}."] if number else []
