"""Functions shared by the protocols: validated options, JSON answers, and sources that consist of several parts.

A protocol that requests several files continues if one of them fails, and reports the failure beside the files.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from warehouse.catalogue import Entry, Source
from warehouse.errors import PublisherFailed
from warehouse.publishers import Fetch, Fetched
from warehouse.publishers.answer import Answer
from warehouse.publishers.client import Client
from warehouse.publishers.file_kind import NAME_OF_KIND, kind_of
from warehouse.storage.landing import Known

E = TypeVar("E", bound=Entry)
M = TypeVar("M", bound=BaseModel)
# The name of a part (a file, a data set, an organisation) and why it failed.
Failure = tuple[str, PublisherFailed]


def settings(source: Source, model: type[E]) -> E:
    """Return the options of a source in the catalogue; raise `PublisherFailed` that names the first invalid one."""
    try:
        return model.model_validate(source.options)
    except ValidationError as error:
        where, problem = _first_problem(error)
        advice = "Correct the entry of this source in the catalogue."
        raise PublisherFailed(source.id, f"option {where}", problem, advice) from error


def as_json(client: Client, answer: Answer) -> Any:
    """Return the JSON of an answer; raise `PublisherFailed` for other content, such as an HTML page."""
    try:
        return json.loads(answer.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        reason = f"the answer is not valid JSON ({NAME_OF_KIND[kind_of(answer.content)]})"
        raise client.failed(answer.address, reason, content=answer.content) from error


def shaped(client: Client, answer: Answer, model: type[M]) -> M:
    """Return the JSON of an answer as a model; raise `PublisherFailed` that names the first invalid field."""
    try:
        return model.model_validate(as_json(client, answer))
    except ValidationError as error:
        where, problem = _first_problem(error)
        reason = f"its JSON is not as documented: {where or 'the whole'}: {problem}"
    # Raised outside the handler: a validation error holds the values that were sent.
    raise client.failed(answer.address, reason, content=answer.content)


def _first_problem(error: ValidationError) -> tuple[str, str]:
    """Return (path of the field, what is wrong with it) of the first problem, without the value."""
    problem = error.errors(include_input=False, include_url=False)[0]
    return ".".join(str(part) for part in problem["loc"]), problem["msg"]


def file_name_of(identifier: str, ending: str = "") -> str:
    """Return the file name for a publisher's identifier; `urllib.parse.unquote` is the inverse.

    Every character other than ASCII letters, digits and `-_~` is percent-encoded. Identifiers hold slashes, landing
    keeps the last component of a path, and two identifiers must not share a name. `ending` begins with another
    character, such as a dot.
    """
    return quote(identifier, safe="").replace(".", "%2E") + ending


def gathered(
    source_id: str,
    files: Sequence[Fetched],
    failures: Sequence[Failure],
    *,
    unchanged: int,
    revision: str | None = None,
    notes: Sequence[str] = (),
) -> Fetch:
    """Return the result of a run over several parts; raise `PublisherFailed` if every part failed.

    `unchanged` is the number of parts that have not changed.
    """
    if failures and not files and not unchanged:
        part, first = failures[0]
        if len(failures) == 1:
            raise first
        raise PublisherFailed(
            source_id,
            f"all {len(failures)} parts",
            f"{part}: {first.what}: {first.reason}",
            first.advice,
            status=first.status,
            content=first.content,
            cause=first.cause,
        ) from first
    return Fetch(
        files=tuple(files),
        is_unchanged=not files and not failures,
        revision=revision,
        notes=tuple(notes),
        refused=tuple((part, f"{error.what}: {error.reason}") for part, error in failures),
    )


def is_landed(known: Known, file: Fetched) -> bool:
    """Return whether a file is identical to the last landed file of its name."""
    last = known.files.get(file.file_name)
    return last is not None and last.sha256 == hashlib.sha256(file.content).hexdigest()


def remembered(known: Known) -> dict[str, Any]:
    """Return the state that a protocol stored in its last revision, by part; empty if it is not a JSON object."""
    try:
        found = json.loads(known.revision or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def licence_id(accepted: Mapping[str, str], *stated: object) -> str:
    """Return the catalogue id of a licence from an address or name stated by a publisher; empty if not accepted.

    Scheme, `www.`, a trailing slash and case are ignored.
    """
    for text in stated:
        plain = re.sub(r"^https?://(www\.)?", "", str(text or "").strip().lower()).rstrip("/")
        if plain in accepted:
            return accepted[plain]
    return ""


def shared_licence(found: set[str]) -> str:
    """Return the licence of a file from those of its rows; empty if they differ."""
    return next(iter(found)) if len(found) == 1 else ""
