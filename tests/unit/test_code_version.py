"""A version changes with all that decides what a function returns, and costs milliseconds."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from assets.factories import python_tables
from assets.ingest import code_version
from assets.ingest.code_version import code_of, imported
from assets.ingest.file_checks import CHECKED
from assets.ingest.parser import one_table
from assets.sources.nomis import population
from assets.sources.scottish_household_survey import observations
from assets.sources.threesixtygiving import awards
from assets.subjects import parsers
from warehouse.catalogue import ROOT
from warehouse.storage.home import PROJECT

FIELDS = ROOT / "fields.yaml"
MODULES = [
    ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")
    for package in ("assets", "warehouse")
    for path in sorted((PROJECT / package).rglob("*.py"))
]


def closure(function):
    return code_version._closure(function.__module__)


def file(module):
    path = PROJECT / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def test_every_import_statement_of_the_project_is_found():
    assert len(MODULES) > 100
    for module in MODULES:
        tree = ast.parse(file(module).read_text("utf-8"))
        for_types = {id(node) for block in tree.body if is_for_types(block) for node in ast.walk(block)}
        stated = {
            name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in for_types
            for name in names(node)
            if name.split(".")[0] in ("assets", "warehouse") and file(name).exists()
        }
        assert stated <= imported(module), module


def is_for_types(block):
    return isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"


def names(node):
    if isinstance(node, ast.Import):
        return [item.name for item in node.names]
    return [node.module or "", *(f"{node.module}.{item.name}" for item in node.names)]


@pytest.mark.parametrize(
    ("function", "module"),
    [
        (awards.parse_awards, "assets.ingest.contracts"),  # imported in a function
        (awards.parse_awards, "assets.sources.threesixtygiving.values"),  # by one that it imports
        (awards.parse_awards, "assets.ingest.workbook_reader.__main__"),  # run as a program
        (population.parse_nomis_population, "assets.ingest.file_checks"),
        (observations.parse_shs_cube, "assets.sources.scottish_household_survey.figures"),
    ],
)
def test_what_a_parser_runs_is_part_of_its_version(function, module):
    assert module in closure(function)


def test_what_says_when_a_function_runs_is_not():
    assert not closure(awards.parse_awards) & {
        python_tables.__name__,
        "assets.factories.staging",
        "assets.factories.asset_specs",
    }


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Have the sources of the project read from a copy, and nothing remembered."""
    for module in MODULES:
        copy = tmp_path / file(module).relative_to(PROJECT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file(module).read_bytes())
    monkeypatch.setattr(code_version, "LIBRARIES", ())
    for remembered in (code_version._closure, imported, code_version._file, code_version._source, code_version._digest):
        monkeypatch.setattr(code_version, remembered.__name__, remembered.__wrapped__)
    monkeypatch.setattr(code_version, "PROJECT", tmp_path)
    return tmp_path


def test_a_change_far_below_changes_the_version_and_one_beside_it_does_not(project):
    before = code_of(awards.parse_awards)
    for module, is_part in (
        ("assets/sources/threesixtygiving/values.py", True),
        ("assets/uncertainty/ranks.py", False),
    ):
        with (project / module).open("a", encoding="utf-8") as text:
            text.write("# changed\n")
        assert (code_of(awards.parse_awards) != before) is is_part
        before = code_of(awards.parse_awards)


def test_every_file_of_the_project_that_a_parser_opens_is_part_of_its_version():
    """A parser may look for a table or a file of the project in the catalogue: what decides its rows is listed."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.support.opened_files"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    opened = json.loads(ended.stdout)
    assert len(opened) > 5
    for source_id, paths in opened.items():
        parser = parsers()[source_id]
        # The tables that a query reads follow from it, and units and licences are loaded to be compared with.
        unread = {PROJECT / "sql" / "reads.json", ROOT / "licences.yaml", ROOT / "units.yaml"}
        if CHECKED.keys() & set(parser.tables):
            # To know one contract all of the catalogue is loaded.
            unread |= {path for path in ROOT.rglob("*.yaml") if path not in parser.files}
            assert PROJECT / "sql" / "core" / "fct_population.sql" in parser.files
        assert not set(map(Path, paths)) - set(parser.files) - unread, source_id


def test_a_file_that_is_looked_up_is_part_of_the_version():
    versions = {
        one_table("staging.shs__observation", observations.parse_scotpho, *data).version for data in ([], [FIELDS])
    }
    assert len(versions) == 2
