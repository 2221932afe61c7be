"""Finds the modules of this package that define recipes of tables or parsers of sources.

A module is found by what it defines at its top level: `RECIPES` of its tables, and `PARSERS` by source. There is no
list of modules. A module whose staging tables belong to the step of another subject names it in `SUBJECT`.
"""

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from assets.ingest.parser import Parser
from warehouse.errors import ProjectFault

PACKAGE = Path(__file__).parent


@cache
def modules(name: str) -> tuple[ModuleType, ...]:
    """Return the modules that define `RECIPES` or `PARSERS`, in order of their names; raises what importing raises."""
    return tuple(import_module(module) for module in files(name))


def files(name: str) -> dict[str, Path]:
    """Return the file of each module that defines a name at its top level, by module, without importing it."""
    defines = re.compile(rf"\n{name}\b[^=\n(]*=".encode())
    return {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted(PACKAGE.rglob("*.py"))
        if defines.search(path.read_bytes())
    }


def subject_of(module: ModuleType) -> str:
    """Return the subject of a module: its `SUBJECT`, the publisher of a source, or its own name."""
    names = module.__name__.split(".")
    return str(getattr(module, "SUBJECT", names[2] if names[1] == "sources" else names[-1]))


def parsers() -> dict[str, Parser]:
    """Return the parser of each source whose files are landed; raise `ProjectFault` if a source has two."""
    found: dict[str, Parser] = {}
    for module in modules("PARSERS"):
        if twice := sorted(found.keys() & module.PARSERS.keys()):
            raise ProjectFault(f"{module.__file__}: {twice[0]} has a parser in another module too; keep one of them.")
        found |= module.PARSERS
    return found
