"""Compares docs/architecture.md with the code: the steps, the layers, and the places that it names."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from assets import edition, graph
from assets.consistency.query_rules import tree_of
from warehouse.catalogue import tables
from warehouse.storage.home import PROJECT

PAGE = (PROJECT / "docs" / "architecture.md").read_text("utf-8")
DIAGRAM = re.search(r"```mermaid\n(.+?)```", PAGE, re.S)[1]
LAYERS = [line.split() for line in re.search(r"```text\n(.+?)```", PAGE, re.S)[1].splitlines()]
RANKS = {f"{top}.{package}": rank for rank, (top, *packages) in enumerate(LAYERS) for package in packages}
# Rows of the tables: a thing or a question, its path, and a name that the file there contains.
READABLE = (".py", ".sql", ".yaml", ".csv")
PLACES = re.findall(r"^\| ([^|]+) \| ([^|]*`[^|]+) \| `([^`|]+)` \|$", PAGE, re.M)


def modules(package: str) -> Iterator[Path]:
    """Yield the modules of a package, or the module of that name."""
    path = PROJECT.joinpath(*package.split("."))
    yield from [path.with_suffix(".py")] if path.with_suffix(".py").exists() else sorted(path.rglob("*.py"))


@cache
def imported(package: str) -> set[str]:
    """Return what the modules of a package import, by full name."""
    found = set()
    for path in modules(package):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def upward_imports(ranks: dict[str, int]) -> list[tuple[str, str]]:
    """Return the pairs of packages of which the first imports the second from a higher line."""
    return [
        (package, other)
        for package, rank in ranks.items()
        for other, above in ranks.items()
        if above < rank and any(f"{name}.".startswith(f"{other}.") for name in imported(package))
    ]


def test_the_diagram_names_every_step_of_the_graph():
    assert [step for step in graph.recipes() if not re.search(rf"\b{step}\b", DIAGRAM)] == []
    assert "/".join(edition.KEY.path) in DIAGRAM
    drawn = set(re.findall(r"\bstaging_\w+", DIAGRAM))
    assert drawn <= set(graph.recipes())


def test_the_arrows_between_steps_are_reads_of_tables():
    steps = graph.recipes()
    nodes = {
        node: [step for step in steps if re.search(rf"\b{step}\b", label)]
        for node, label in re.findall(r'\b(\w+)[([]+"([^"]+)"', DIAGRAM)
    }
    arrows = re.findall(r"^ +(\w+).* --> (\w+)", DIAGRAM, re.M)
    drawn = {(one, other) for one, other in arrows if nodes.get(one) and nodes.get(other)}
    made = {node: set(graph.names_of({step: steps[step] for step in named})) for node, named in nodes.items()}
    read = {
        node: {name for step in named for recipe in steps[step] for name in recipe.reads}
        for node, named in nodes.items()
    }
    assert len(drawn) == 5
    assert [(one, other) for one, other in drawn if not made[one] & read[other] or made[other] & read[one]] == []


def test_the_packages_of_the_diagram_exist():
    named = re.findall(r"\b(?:assets|warehouse|sql)[./]\w+", DIAGRAM)
    assert len(named) > 10
    assert [name for name in named if not any(modules(name)) and not (PROJECT / name).exists()] == []


def test_every_package_has_a_layer():
    assert [name for name in RANKS if not any(modules(name))] == []
    packages = {
        ".".join(path.parent.relative_to(PROJECT).parts)
        for top in ("assets", "warehouse")
        for path in (PROJECT / top).glob("*/__init__.py")
    }
    assert packages - set(RANKS) == set()


def test_imports_go_down_the_layers():
    assert upward_imports(RANKS) == []


def test_an_import_up_the_layers_is_found():
    upside_down = {name: -rank for name, rank in RANKS.items()}
    assert ("assets.factories", "assets.ingest") in upward_imports(upside_down)


@pytest.mark.parametrize(("said", "where", "name"), PLACES, ids=[said for said, _, _ in PLACES])
def test_a_thing_is_where_the_page_says(said, where, name):
    path = PROJECT / re.sub(r"<\w+>.*", "", re.search(r"`([^`]+)`", where)[1])
    files = [path] if path.is_file() else [file for file in sorted(path.rglob("*")) if file.suffix in READABLE]
    pattern = re.compile(rf"(?<!\w){re.escape(name)}\b")
    assert any(pattern.search(file.read_text("utf-8")) for file in files), f"no {name} in {path}"


def test_the_page_answers_six_questions():
    assert sum(said.endswith("?") for said, _, _ in PLACES) == 6
    assert len(PLACES) == len(re.findall(r"^\| (?!---|thing|question)", PAGE, re.M))


def test_every_path_and_table_of_the_page_exists():
    paths = re.findall(r"`((?:assets|warehouse|orchestration|sql|docs)/[\w./-]+)`", PAGE)
    assert len(paths) > 40
    assert [path for path in paths if not (PROJECT / path).exists()] == []
    named = set(re.findall(r"`((?:staging|core|metrics|marts|meta)\.\w+)`", PAGE))
    assert named <= set(tables())


def test_private_names_of_dagster_are_used_by_the_server_and_the_check_of_its_settings_alone():
    private = re.compile(r"^\s*(?:from|import) dagster\w*\._", re.M)
    users = {
        str(path.relative_to(PROJECT)) for path in modules("orchestration") if private.search(path.read_text("utf-8"))
    }
    users |= {str(path.relative_to(PROJECT)) for path in modules("assets") if private.search(path.read_text("utf-8"))}
    assert {path for path in users if not path.startswith("orchestration/server/")} == {"orchestration/overrides.py"}
