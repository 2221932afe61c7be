"""Award files in JSON: `{"grants": [...]}`."""

import json
from typing import NoReturn

from assets.sources.threesixtygiving.listed import Listed, Node, Refused, objects
from assets.sources.threesixtygiving.standard import SOURCE, Field, standard
from assets.sources.threesixtygiving.values import clean
from warehouse.errors import RefusedFile

EXPECTED = 'a whole JSON document {"grants": [...]}'


def from_json(text: str) -> Listed:
    """Return the grants of a document; raise `RefusedFile` for anything else, and for one that breaks off.

    Read whole by the standard module and not by DuckDB: publishers' files are small, a cut transfer is then
    certain to be refused, and numbers keep the digits that were published.
    """
    try:
        document = json.loads(text, parse_float=str, parse_int=str, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        got = f"JSON that breaks off or is broken at line {error.lineno}, column {error.colno}: {error.msg}"
        raise RefusedFile(SOURCE, EXPECTED, got) from error
    except RecursionError as error:
        raise RefusedFile(SOURCE, EXPECTED, "JSON nested beyond reason") from error
    items = document.get("grants") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise RefusedFile(SOURCE, EXPECTED, "JSON without a list of grants")
    grants: list[tuple[int, Node]] = []
    unframed: list[Refused] = []
    for number, item in enumerate(items, start=1):
        if isinstance(item, dict):
            grants.append((number, item))
        else:
            unframed.append((number, "is not a grant object", {"type": type(item).__name__}))
    lacking = [item for item in standard().required if not any(_has(grant, item) for _, grant in grants)]
    if lacking:
        got = f"{len(items):,} grants, none with {lacking[0].path!r}" if items else "no grant"
        raise RefusedFile(SOURCE, standard().expected(), got)
    return Listed(grants, len(items), unframed)


def _has(grant: Node, item: Field) -> bool:
    return any(clean(node.get(item.name)) for node in (objects(grant.get(item.parent)) if item.parent else [grant]))


def _refuse_constant(token: str) -> NoReturn:
    raise RefusedFile(SOURCE, "JSON numbers", f"the token {token}")
