"""What a file of any format lists before anything in it is judged: grants in the shape of the JSON schema."""

from dataclasses import dataclass, field
from typing import Any

Node = dict[str, Any]
# Row number, rule, content: a quarantine row.
Refused = tuple[int, str, dict[str, object]]


@dataclass
class Listed:
    """The grants of a file with their row numbers, and what could not be read as one.

    `rows_in` is how many the file lists, counted before any was read; `unframed` those of them that are not grants;
    `unjoined` the rows of further sheets that belong to no grant. `may_name_individuals` says that the file has fields
    for people. `notes` are sentences for the user.
    """

    grants: list[tuple[int, Node]]
    rows_in: int
    unframed: list[Refused] = field(default_factory=list)
    unjoined: list[tuple[int, Node]] = field(default_factory=list)
    may_name_individuals: bool = False
    notes: list[str] = field(default_factory=list)


def objects(value: object) -> list[Node]:
    """Return the objects of a list, or a lone object as a list: publishers write both where the standard has a list."""
    if not value:
        return []
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def note(number: int, one: str, many: str, rest: str) -> list[str]:
    """Return a sentence on a number of things, `1 row is not read.`, or none where there are none of them."""
    return [f"{number:,} {one if number == 1 else many} {rest}."] if number else []
