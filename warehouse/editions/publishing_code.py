"""Digest of everything but the tables that determines the files of an edition.

That is code, texts, catalogue, libraries, and the contacts that the report shows.
"""

import ast
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from warehouse.report.contacts import contacts
from warehouse.storage.home import PROJECT

# The code that requests files from publishers does not affect the files of an edition.
CODE, WITHOUT = "warehouse/**/*.py", PROJECT / "warehouse" / "publishers"
OTHERS = (
    "warehouse/catalogue/**/*.yaml",
    "warehouse/i18n/messages/*",
    "warehouse/report/**/*",
    "sql/exports/*.sql",
    "sql/views/*.sql",
)
LIBRARIES = ("altair", "dagster", "duckdb", "jinja2", "markupsafe", "polars", "vl-convert-python", "xlsxwriter")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def digest() -> str:
    """Return the SHA-256 of the publishing code and of the contacts."""
    return sha256(f"{code()}\0{contacts()!r}".encode()).hexdigest()


@cache
def code() -> str:
    """Return the SHA-256 of the publishing code, its templates, messages and queries, and its libraries.

    Comments and docstrings of the code are ignored.
    """
    found = sha256()
    for path in sorted(path for path in PROJECT.glob(CODE) if WITHOUT not in path.parents):
        found.update(f"{path.relative_to(PROJECT)}\0{_meaning(path)}\0".encode())
    for path in sorted({path for pattern in OTHERS for path in PROJECT.glob(pattern)}):
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            found.update(f"{path.relative_to(PROJECT)}\0".encode() + path.read_bytes())
    found.update(repr([(name, installed(name)) for name in LIBRARIES]).encode())
    return found.hexdigest()


def installed(package: str) -> str | None:
    """Return the version of a package, or None if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _meaning(path: Path) -> str:
    """Return the syntax tree of a module as text, without docstrings."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)
