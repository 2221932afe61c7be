"""Computes versions of code: a hash of everything that the result of a function depends on.

Import statements are found in the text of modules; nothing is imported to compute a version.
"""

import hashlib
import inspect
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from warehouse.storage.home import PROJECT

PACKAGES = "assets|warehouse"
DIGITS = 16
LIBRARIES = tuple(PROJECT.glob("requirements.lock"))
FROM = re.compile(rf"^[ \t]*from[ \t]+((?:{PACKAGES})(?:\.\w+)*)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]*)", re.MULTILINE)
IMPORT = re.compile(rf"^[ \t]*import[ \t]+((?:{PACKAGES})(?:\.\w+)*)", re.MULTILINE)
# A module that is imported, or run as a program, by its name: "assets.ingest.program".
NAMED = re.compile(rf"""["']((?:{PACKAGES})(?:\.\w+)+)""")
COMMENT = re.compile(r"#[^\n]*")
# Imports for type checking only are never run.
FOR_TYPES = re.compile(r"^if TYPE_CHECKING:\n(?:[ \t]+[^\n]*\n|\n)+", re.MULTILINE)
# Modules that run a function, on which its result does not depend.
RUNNING = re.compile(r"^(?:import|from) (?:dagster|assets\.factories)\b", re.MULTILINE)


def code_of(function: Callable[..., object], *data: Path) -> str:
    """Return the version of the code behind a function: 16 hexadecimal digits.

    It is a hash of the module that defines the function, of every module of `assets` and `warehouse` that it imports
    directly or indirectly, also inside functions, of the files `data` in any order, and of the locked libraries. Of
    modules that import Dagster or recipes, only the one that defines the function counts: the others decide when a
    function runs, not what it returns. Files are read once per process.
    """
    module = inspect.getmodule(function)
    names = _closure(module.__name__) if module else frozenset()
    paths = {*map(_file, names), *data, *LIBRARIES}
    lines = sorted(f"{path.relative_to(PROJECT)} {_digest(path)}" for path in paths)
    # A function from an interactive session has no module with a file.
    own = "" if names else inspect.getsource(function)
    return hashlib.sha256("\n".join([*lines, own]).encode()).hexdigest()[:DIGITS]


def version_of(*texts: str) -> str:
    """Return a code version: the start of the SHA-256 of the texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


@cache
def _closure(module: str) -> frozenset[str]:
    """Return a module and all modules of the project that it imports directly or indirectly."""
    found: set[str] = set()
    waiting = {name for name in _with_parents(module) if _file(name).exists()}
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= {
            other for other in imported(name) if other not in found and not RUNNING.search(_source(_file(other)))
        }
    return frozenset(found)


@cache
def imported(module: str) -> frozenset[str]:
    """Return the modules of the project that a module names in import statements, or imports or runs by name."""
    text = FOR_TYPES.sub("", _source(_file(module)))
    names = set(IMPORT.findall(text))
    for package, listed in FROM.findall(text):
        parts = COMMENT.sub("", listed).strip("()\n ").split(",")
        names |= {package, *(f"{package}.{part.split()[0]}" for part in parts if part.strip())}
    for name in NAMED.findall(text):
        # A package name may mean any of its modules.
        names |= {name, *(_module(path) for path in (PROJECT / name.replace(".", "/")).glob("*.py"))}
    return frozenset(found for name in names for found in _with_parents(name) if _file(found).exists())


def _with_parents(module: str) -> list[str]:
    """Return a module and the packages that it is in, whose code runs when it is imported."""
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


@cache
def _file(module: str) -> Path:
    path = PROJECT / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _module(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _source(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
