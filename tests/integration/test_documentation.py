"""Compares the documents with the project: all commands, settings and tables are described, and code blocks run."""

import itertools
import os
import re
import shutil
import subprocess
import sys
import tomllib

import click
import nbformat
import pytest
import yaml
from nbclient import NotebookClient

from assets.edition import Publish
from assets.landing.pull_assets import Pull
from docs.generate import DOCUMENTS
from orchestration.cli import main as cpower_group
from orchestration.definitions import defs
from orchestration.resources import WarehouseResource
from warehouse.catalogue import metrics, sources, tables
from warehouse.editions.connect import lines
from warehouse.editions.find import current
from warehouse.exports import views
from warehouse.query import run
from warehouse.storage.home import PROJECT

DOCS = PROJECT / "docs"
EXAMPLES = PROJECT / "examples"
PAGES = [
    PROJECT / "README.md",
    PROJECT / "CONTRIBUTING.md",
    EXAMPLES / "README.md",
    *sorted(DOCS.glob("*.md")),
    *sorted(DOCS.glob("*/*.md")),
]
FENCE = re.compile(r"(?:<!-- not run: (?P<reason>[^>]+?) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S)
RUNNABLE = ("sh", "bash", "python", "sql")
ILLUSTRATIONS = ("text", "yaml", "json", "mermaid")
# Files that are not in the repository: `make fuzz` writes them.
WRITTEN_BY_TOOLS = {"tests/fuzz/found"}
# A field of a run's configuration, and a host.
NOT_MODULES = {"warehouse.config.home", "assets.publishing.service.gov.uk"}
QUESTIONS = re.split(r"(?m)^(?=-- \d+\. )", (EXAMPLES / "tour.sql").read_text("utf-8"))[1:]


def blocks():
    for page in PAGES:
        for number, fence in enumerate(FENCE.finditer(page.read_text("utf-8")), start=1):
            is_long = fence["language"] in ("sh", "bash") and (
                page.parent != PROJECT or "cpower build" in fence["text"]
            )
            marks = [pytest.mark.long] if is_long or "make run" in fence["text"] else []
            yield pytest.param(fence, id=f"{page.relative_to(PROJECT)} {number}", marks=marks)


def words(page):
    return (DOCS / page).read_text("utf-8")


def test_generated_documents_are_up_to_date():
    stale = [path.name for path, make in DOCUMENTS.items() if path.read_text("utf-8") != make()]
    assert stale == [], "run make docs"


def commands(group, path="cpower"):
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


def test_every_command_and_option_is_described():
    page = words("cpower.md")
    found = dict(commands(cpower_group))
    assert {"cpower build", "cpower editions pin"} <= set(found)
    for name, command in found.items():
        section = page.partition(f"# `{name}`\n")[2].partition("\n## ")[0].partition("\n### ")[0]
        assert section, f"{name} is not in docs/cpower.md"
        assert command.help
        assert "..." not in command.get_short_help_str(66), f"the first sentence of {name} is cut off in a list"
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.opts[0]} has no help"
                assert parameter.opts[0] in section
            else:
                assert parameter.make_metavar(click.Context(command)).strip("[].") in section


def test_every_environment_variable_is_described():
    read = [
        *PROJECT.glob("*/**/*.py"),
        *(PROJECT / ".ci").iterdir(),
        PROJECT / "Makefile",
    ]
    used = {
        name
        for path in read
        if ".venv" not in path.parts and path.is_file()
        for name in re.findall(r"CPOWER_[A-Z_]*[A-Z]", path.read_text("utf-8"))
    }
    described = set(re.findall(r"`(CPOWER_[A-Z_]+)`", words("environment.md")))
    assert used == described
    assert "CPOWER_HOME" in used


def test_every_table_column_and_view_is_described():
    page = words("data-dictionary.md")
    for name, table in tables().items():
        assert f"`{name}`" in page
        if table.is_in_edition:
            section = page.partition(f"### `{name}`\n")[2].partition("\n### ")[0]
            assert all(f"| `{column.name}`" in section for column in table.columns), name
    for view, said in views.catalogue().views.items():
        section = page.partition(f"### `en.{said.name.en}` · `cy.{said.name.cy}`")[2].partition("\n### ")[0]
        for column in views.columns(view):
            names = views.catalogue().columns[column]
            assert f"| `{names.en}` | `{names.cy}` |" in section, (view, column)


def test_every_metric_and_source_is_described():
    assert [name for name in metrics() if f"### `{name}`" not in words("metrics.md")] == []
    assert [name for name in sources() if f"| [`{name}`](sources/{name}.md) |" not in words("sources.md")] == []
    assert {path.stem for path in (DOCS / "sources").iterdir()} == set(sources())
    brought = [source for source in sources().values() if not (source.file or source.package)]
    assert [source.id for source in brought if not source.known_faults] == [], "say what it has got wrong before"
    assert [source.id for source in brought if not source.protocol and not source.by_hand] == [], "say why"


def test_every_job_schedule_sensor_and_field_of_a_run_is_described():
    page, repository = words("dagster-ui.md"), defs.get_repository_def()
    jobs = [job.name for job in repository.get_all_jobs() if not job.name.startswith("__")]
    names = [*jobs, *(item.name for item in [*repository.schedule_defs, *repository.sensor_defs])]
    assert [name for name in names if f"`{name}`" not in page] == []
    for config in (Publish, Pull, WarehouseResource):
        for name, field in config.model_fields.items():
            assert field.description, f"{config.__name__}.{name} has no help text"
            assert re.search(rf"\b{name}\b", page), f"{name} is not in docs/dagster-ui.md"


def test_every_dependency_is_described():
    page = words("dependencies.md").lower()
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    needed = [*project["project"]["dependencies"], *itertools.chain(*extras), *project["build-system"]["requires"]]
    names = [re.match(r"[\w.-]+", requirement)[0].lower() for requirement in needed]
    assert [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", page)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_within_the_project_lead_somewhere(page):
    text = page.read_text("utf-8")
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{page.name} links to {link}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.M)
            assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_the_modules_and_files_that_a_page_names_exist(page):
    """Paths from the root of the project and dotted modules; `<name>` and `*` are any name."""
    text = page.read_text("utf-8")
    paths = re.findall(r"(?<![\w./-])(?:assets|warehouse|orchestration|sql|tests|docs|examples)/[\w./*<>-]+", text)
    # A page of steps names the files that they write.
    written = set(re.findall(r"^\d+\. `([^`]+)`, new\.", text, re.M))
    patterns = {re.sub(r"<[^>]+>", "*", path).rstrip(".") for path in paths} - WRITTEN_BY_TOOLS - written
    assert [pattern for pattern in sorted(patterns) if not any(PROJECT.glob(pattern))] == []
    modules = set(re.findall(r"`((?:assets|warehouse|orchestration)\.[a-z_.]+)`", text)) - NOT_MODULES
    assert [name for name in sorted(modules) if not leads_somewhere(name)] == []


def leads_somewhere(name):
    """Return whether a dotted name is a module, or a name in the source of one."""
    path, _, last = name.replace(".", "/").rpartition("/")
    if any((PROJECT / name.replace(".", "/")).with_suffix(suffix).exists() for suffix in ("", ".py")):
        return True
    found = [file for file in (PROJECT / f"{path}.py", PROJECT / path / "__init__.py") if file.is_file()]
    return any(re.search(rf"\b{last}\b", file.read_text("utf-8")) for file in found)


@pytest.fixture(scope="module")
def desk(default_home, tmp_path_factory):
    """A folder in which the project seems installed, with the default edition in a home that commands may change."""
    folder = tmp_path_factory.mktemp("desk")
    program = folder / ".venv" / "bin" / "cpower"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m orchestration.cli "$@"\n', "utf-8")
    program.chmod(0o755)
    shutil.copytree(default_home.root, folder / "var", symlinks=True)
    (folder / "examples").symlink_to(EXAMPLES)
    variables = {"CPOWER_HOME": str(folder / "var"), "PYTHONPATH": str(PROJECT)}

    def execute(*command, text=None):
        return subprocess.run(
            command,
            cwd=folder,
            input=text,
            env=os.environ | variables | {"PATH": f"{program.parent}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=800,
            check=False,
        )

    return execute


@pytest.mark.parametrize("fence", list(blocks()))
def test_a_code_block_runs(fence, desk, default_home):
    language, text = fence["language"], fence["text"]
    assert language in RUNNABLE + ILLUSTRATIONS, f"```{language} is neither run nor an illustration"
    if language in ILLUSTRATIONS:
        assert not fence["reason"], "an illustration needs no reason why it is not run"
        return
    if fence["reason"]:
        assert len(fence["reason"].split()) > 3, "say why it is not run"
        return
    if language == "sql":
        assert run(current(default_home).path, text.rstrip("; \n"))[1]
        return
    command = ["bash", "-euo", "pipefail", "-s"] if language in ("sh", "bash") else [sys.executable, "-"]
    done = desk(*command, text=text)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.split(".")[0].strip("- "))
def test_every_question_of_the_tour_has_an_answer(question, default_home):
    columns, rows = run(current(default_home).path, question.strip().rstrip(";"))
    assert rows
    assert len(columns) > 1
    assert all(any(value is not None for value in row) for row in rows)


def answer(number, home):
    columns, rows = run(current(home).path, QUESTIONS[number - 1].strip().rstrip(";"))
    return [dict(zip(columns, row, strict=True)) for row in rows]


def test_the_tour_asks_twenty_one_questions_in_order():
    assert [int(re.match(r"-- (\d+)\. .+\?", question)[1]) for question in QUESTIONS] == list(range(1, 22))


def test_the_tour_finds_what_is_on_record(default_home):
    names = {row["Locality"]: row["Ardal"] for row in answer(2, default_home)}
    assert names["Isle of Anglesey"] == "Ynys Môn"
    influence = answer(4, default_home)
    assert len(influence) == 32
    assert all(row["Lower end of interval"] <= row["Value"] <= row["Upper end of interval"] for row in influence)
    beside = {row["locality_name"]: row["beside_glasgow"] for row in answer(5, default_home)}
    assert beside["Glasgow City"] == "not distinguishable"
    assert set(beside.values()) > {"not distinguishable"}
    cells = answer(9, default_home)
    assert len(cells) == 16
    assert any(row["Records"] is None and row["State"] == "not searched" for row in cells)
    kinds = {row["Type of practice"] for row in cells}
    assert len(kinds) == 8
    assert "Informal and small" in kinds, "a view says what a code means"
    alike = answer(21, default_home)
    assert {row["Order of similarity"] for row in alike} == set(range(1, 11))
    assert {"Powys", "Conwy"} < {row["Similar locality"] for row in alike if row["Practice"]}
    lasting = answer(10, default_home)
    assert sum(row["likely_to_last_n"] + row["fragile_n"] + row["not_known_n"] for row in lasting) == 65
    (source,) = answer(19, default_home)
    assert source["licence_id"] == "OGL-UK-3.0"


def test_the_notebook_runs_and_keeps_no_outputs(default_home, monkeypatch, tmp_path):
    notebook = nbformat.read(EXAMPLES / "explore.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)
    monkeypatch.setenv("CPOWER_HOME", str(default_home.root))
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [list(output.data) for cell in cells for output in cell.outputs if output.output_type == "execute_result"]
    assert len(shown) == len(cells) - 1
    assert "Ardal" in str(cells[3].outputs)


def test_the_lines_for_python_open_the_edition_and_nothing_else(default_home, tmp_path):
    ready = lines(current(default_home).path)["python"].lines
    probe = f"""
import duckdb
for attempt in (
    "select * from read_csv('/etc/passwd')",
    "copy core.dim_locality to '{tmp_path / "stolen.csv"}'",
    "attach '{tmp_path / "new.duckdb"}' as new",
    "install httpfs",
    "set enable_external_access = true",
    "create table core.made_up (a int)",
):
    try:
        warehouse.execute(attempt)
    except duckdb.Error:
        continue
    raise SystemExit(attempt)
"""
    done = subprocess.run(
        [sys.executable, "-"], input=ready + probe, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Hartlepool" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_connect_names_the_current_edition_in_the_lines_for_every_program(default_home, cpower):
    edition = current(default_home).path
    answer = cpower(default_home.root, "connect", "--json")
    ready = yaml.safe_load(answer.stdout)
    assert set(ready) == {"cli", "python", "r", "node", "bi"}
    assert all(str(edition / "community_power.duckdb") in found["lines"] for found in ready.values())
    for name, found in ready.items():
        assert cpower(default_home.root, "connect", name).stdout.strip() == found["lines"]
    assert cpower(default_home.root, "connect", "excel").returncode == 2


def test_the_views_hold_what_the_tables_hold_in_both_languages(default_home):
    edition = current(default_home).path

    def ask(sql):
        return run(edition, sql)[1]

    for name, said in views.catalogue().views.items():
        (english,), (welsh,) = (
            ask(f'select count(*) from {language}."{said.name.in_language(language)}"') for language in ("en", "cy")
        )
        assert english == welsh > (0,), name
    (pair,) = ask(
        """select english."State", welsh."Cyflwr", english."Value", value.value
        from en.values as english
        inner join cy.gwerthoedd as welsh
            on english."Code of measure" = welsh."Cod y mesur"
            and english."Code of area" = welsh."Cod yr ardal" and english."Last day" = welsh."Diwrnod olaf"
        inner join metrics.metric_value as value
            on value.metric_id = english."Code of measure"
            and value.locality_code = english."Code of area" and value.period_end = english."Last day"
        where english."Code of measure" = 'pop_total' and welsh."Ardal" = 'Ynys Môn'"""
    )
    assert pair[:2] == ("reliable", "dibynadwy")
    assert pair[2] == pair[3] > 60_000
    coded = ask('select distinct "State" from en.values union select distinct "Cyflwr" from cy.gwerthoedd')
    assert not {state for (state,) in coded} & set(views.catalogue().words("state"))


def test_every_word_of_the_views_is_of_a_coded_value():
    listed = {
        column.name: set(column.values)
        for name, table in tables().items()
        if table.is_in_edition
        for column in table.columns
        if column.values
    }
    for column in [*views.catalogue().values, *views.catalogue().messages]:
        given = views.catalogue().words(column)
        assert given, column
        if column in listed:
            unnamed = listed[column] - set(given)
            assert not unnamed, f"{column} has no words for {unnamed}"


@pytest.mark.parametrize("path", sorted((PROJECT / "sql" / "previews").glob("*/*.sql")), ids=lambda path: path.stem)
def test_every_picture_is_of_a_table_and_small(path, default_home):
    from assets.factories.previews import chart, jpeg
    from warehouse.storage.workspace import Warehouse

    table = f"{path.parent.name}.{path.stem}"
    assert chart(table)["description"]
    image = jpeg(table, Warehouse(default_home).tables)
    assert image.startswith(b"\xff\xd8\xff")
    assert 5_000 < len(image) < 150_000


def test_every_chart_has_its_query():
    previews = PROJECT / "sql" / "previews"
    assert {path.with_suffix(".sql") for path in previews.glob("*/*.json")} == set(previews.glob("*/*.sql"))
    assert {f"{path.parent.name}.{path.stem}" for path in previews.glob("*/*.sql")} <= set(tables())
