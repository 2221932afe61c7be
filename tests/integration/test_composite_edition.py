"""The composite switched on, and asked for by other rules, on what ships with the project: every gate does its work."""

import json
import shutil

import pytest

from orchestration.build_runner import run_build
from orchestration.definitions import build_defs
from orchestration.resources import WarehouseResource
from orchestration.status import status
from warehouse.catalogue import edition_tables, tables
from warehouse.query import connect, run, table_names
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse


@pytest.fixture(scope="module")
def with_composite(default_home, tmp_path_factory):
    """A home whose current edition was built with the composite."""
    root = tmp_path_factory.mktemp("composite") / "home"
    shutil.copytree(default_home.root, root, symlinks=True)
    home = Home(root)
    return home, run_build(home, composite=True)


def tables_of(edition):
    with connect(edition) as database:
        return set(table_names(database))


def test_off_by_default(default_home):
    assert tables_of(default_home.current) == {table.name for table in edition_tables(composite=False)}
    assert Warehouse(default_home).tables.read("metrics.composite_input").height > 0


@pytest.mark.long
def test_switched_on_every_place_is_withheld_under_the_name_of_a_gate(with_composite):
    _, outcome = with_composite
    assert outcome.is_new
    path = outcome.edition.path
    assert tables_of(path) == {table.name for table in edition_tables(composite=True)}
    empty = [name for name, rows in outcome.edition.tables.items() if not rows]
    assert [name for name in empty if not tables()[name].empty_when] == []
    states = run(path, "select distinct state, state_reason like 'gate G%' from metrics.composite")[1]
    assert states == [("withheld", True)]
    assert run(path, "select count(*) from metrics.composite")[1] == [(361,)]
    assert run(path, "select count(*), count(distinct nation) from metrics.composite_gate")[1] == [(28, 4)]
    assert run(path, "select count(*) from metrics.composite where rank_lo is not null")[1] == [(0,)]


@pytest.mark.long
def test_an_edition_says_that_the_tables_of_the_composite_came(with_composite):
    _, outcome = with_composite
    gained = {table.name for table in edition_tables(composite=True) if table.only_with}
    notes = (outcome.edition.path / "CHANGES.md").read_text("utf-8")
    assert [name for name in gained if f"- {name}: added\n" not in notes] == []
    assert outcome.edition.version == "1.1.0"


@pytest.mark.long
def test_an_edition_with_the_composite_is_another_build_and_is_up_to_date(with_composite, default_home):
    home, outcome = with_composite
    assert outcome.edition.run_id != run_id_of(default_home)
    assert status(home)["is_up_to_date"]
    assert not run_build(home, composite=True).is_new


def run_id_of(home):
    return run(home.current, "select run_id from meta.build")[1][0][0]


@pytest.mark.long
def test_what_if_from_the_command_line(default_home, cpower, tmp_path):
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("weights: {voice: 2}\nlocation: {split: equal}\n")
    done = cpower(default_home.root, "whatif", "--weights", str(scenario), "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["rules"]["weights"] == {"voice": 2.0, "resource": 1.0, "social": 1.0}
    assert {row["nation"] for row in answer["nations"]} == {"England", "Wales", "Scotland", "Northern Ireland"}
    table = cpower(default_home.root, "whatif", "--weights", str(scenario))
    assert "Scotland is withheld by gate G1" in table.stdout
    assert "Written beside edition" in table.stdout
    scenario.write_text("weights: {money: 2}\n")
    refused = cpower(default_home.root, "whatif", "--weights", str(scenario))
    assert refused.returncode == 3
    assert "unknown pillar 'money'" in refused.stderr


@pytest.mark.long
def test_what_if_as_a_job(default_home):
    definitions = build_defs(warehouse=WarehouseResource(home=str(default_home.root)))
    job = definitions.resolve_job_def("what_if")
    result = job.execute_in_process(run_config={"ops": {"work_out": {"config": {"weights": {"social": 0.0}}}}})
    assert result.success
    (output,) = [event for event in result.all_events if event.event_type_value == "STEP_OUTPUT"]
    answer = output.step_output_data.metadata["answer"].value
    assert answer["rules"]["weights"]["social"] == 0
