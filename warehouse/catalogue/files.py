"""Entries and their files: the base of all entries, reading YAML files, places of entries, and problems.

Here is what is the same for every kind of entry. This module knows no kind; the modules beside it describe them.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from warehouse.errors import BadRecord, UnknownName
from warehouse.yaml_loader import YAML_LOADER

ROOT = Path(__file__).parent


class Entry(BaseModel):
    """Base of the catalogue's entries: immutable, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


T = TypeVar("T")
E = TypeVar("E", bound=Entry)
_kept: ContextVar[list[BadRecord] | None] = ContextVar("kept", default=None)
# Empties the cache of each function that loads entries.
_clearers: list[Callable[[], None]] = []
# The file of each loaded entry.
_files: dict[tuple[type[Entry], str], Path] = {}


@contextmanager
def keeping_problems() -> Iterator[list[BadRecord]]:
    """Yield a list that collects all problems of the entries loaded inside, instead of raising the first.

    Entries loaded inside include every readable entry, even one with an unknown unit or family.
    """
    problems: list[BadRecord] = []
    token = _kept.set(problems)
    _forget()
    try:
        yield problems
    finally:
        _kept.reset(token)
        _forget()


def cached(load: Callable[..., T]) -> Callable[..., T]:
    """Cache the result of a function that loads entries; `keeping_problems` clears it."""
    made = cache(load)
    _clearers.append(made.cache_clear)
    return made


def _forget() -> None:
    for clear in _clearers:
        clear()


def read(path: Path) -> Any:
    """Return what a YAML file has; None if it is not YAML and problems are collected."""
    try:
        return yaml.load(path.read_text("utf-8"), Loader=YAML_LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        refuse(path, line, f"not YAML: {error.problem}")
        return None


def entries(files: Iterable[Path], model: type[E]) -> dict[str, E]:
    """Return the entries in files by id; raise `BadRecord` if one is invalid or a duplicate."""
    found: dict[str, E] = {}
    for path in sorted(files):
        for item in read(path) or []:
            entry = validated(path, model, item)
            if entry is None:
                continue
            identity: str = entry.id  # type: ignore[attr-defined]
            _files[model, identity] = path
            if identity in found:
                refuse(path, line_of(path, identity), f"{identity!r} is a duplicate entry")
            found[identity] = entry
    return found


def validated(path: Path, model: type[E], item: dict[str, Any]) -> E | None:
    """Return an entry; None if it is invalid and problems are collected."""
    try:
        return model.model_validate(item)
    except ValidationError as error:
        name = (item.get("id") or item.get("name")) if isinstance(item, dict) else None
        readable = item
        for problem in error.errors():
            where = ".".join(str(part) for part in problem["loc"])
            refuse(path, line_of(path, str(name)), f"{name}: {where}: {problem['msg']}")
            if problem["type"] == "extra_forbidden":
                readable = {key: value for key, value in readable.items() if key != problem["loc"][0]}
            elif problem["type"] == "literal_error" and len(problem["loc"]) == 1:
                readable |= {where: get_args(model.model_fields[where].annotation)[0]}
    try:
        # Keeps the entry, so that references to it are not reported as unknown.
        return model.model_validate(readable, context="unlisted names are on record")
    except ValidationError:
        return None


def refuse(path: Path | str, line: int, reason: str) -> None:
    """Raise `BadRecord`, or add it to the collected problems."""
    problem = BadRecord(str(path), line, reason)
    kept = _kept.get()
    if kept is None:
        raise problem
    if str(problem) not in map(str, kept):
        kept.append(problem)


def refuse_entry(entry: Entry, reason: str) -> None:
    """Refuse an entry with an id, at its place."""
    refuse(*place_of(entry), f"{entry.id}: {reason}")  # type: ignore[attr-defined]


def listed(names: Iterable[str], name: str = "") -> str:
    """Return suggestions: the names near to a name, or all names."""
    known = list(names)
    if name:
        return f"near: {', '.join(get_close_matches(name, known, n=3)) or 'none'}"
    return f"expected one of {', '.join(sorted(known))}"


def place_of(entry: Entry) -> tuple[Path, int]:
    """Return the file of an entry with an id, and the line where it starts."""
    identity: str = entry.id  # type: ignore[attr-defined]
    path = _files.get((type(entry), identity), ROOT)
    return path, line_of(path, identity)


def line_of(path: Path, name: str) -> int:
    """Return the line of a file where the entry with that id or name starts; 0 if there is none."""
    begins = re.compile(rf"\W*(?:id|name): *[\"']?{re.escape(name)}\b")
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return next((number for number, line in enumerate(lines, start=1) if begins.match(line)), 0)


def pick(what: str, entries: Callable[[], dict[str, T]], name: str) -> T:
    """Return the entry with a name; raise `UnknownName` with near matches if there is none."""
    if name not in entries():
        raise UnknownName(what, name, list(entries()))
    return entries()[name]
