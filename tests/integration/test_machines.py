"""Builds of several machines that share an S3 server: each with a home of its own, and one run on many."""

from shutil import copytree
from uuid import uuid4

import dagster as dg
import pytest

from assets.factories.shared_steps import BUILD, shared_tables
from assets.landing.ingest_file import land
from orchestration.build_runner import build_selected, run_build
from orchestration.instance import instance
from tests.support.machines import HOMES, build_on_machines
from tests.support.s3_server import counted, s3_server
from tests.support.vintages import vintages
from warehouse.catalogue import tables
from warehouse.editions.find import current
from warehouse.editions.verify import verify
from warehouse.storage.home import Home
from warehouse.storage.mirror import landing_held
from warehouse.storage.shared_store import configured
from warehouse.storage.table_store import empty
from warehouse.storage.workspace import Warehouse

pytestmark = pytest.mark.long

SOURCE, STAGED, CORE = "scotpho_shs", "staging.reference__scan_search", "core.fct_practice_scan_search"


@pytest.fixture(scope="module")
def s3():
    with s3_server():
        yield


@pytest.fixture
def store(s3, monkeypatch):
    """The empty bucket that all homes of a test share."""
    bucket = str(uuid4())
    monkeypatch.setenv("CPOWER_SHARED", f"s3://{bucket}/power")
    found = configured()
    found.target.files.mkdir(bucket)
    return found


def test_a_machine_makes_only_what_no_other_has_made(store, default_home, tmp_path):
    first = Home(copytree(default_home.root, tmp_path / "first", symlinks=True))
    second = Home(tmp_path / "second").prepare()
    with counted() as requests:
        build_selected(first, "core.dim_nation")
        run_build(first)
    assert requests["PutObject"] > 1000
    with counted() as requests:
        outcome = run_build(second)
    assert not outcome.is_new
    assert (outcome.edition.id, verify(outcome.edition.path)) == (current(first).id, [])
    assert requests["PutObject"] == 0
    with counted() as requests:
        assert not run_build(second).is_new
    assert sum(requests.values()) <= 6

    with landing_held(second, "land"):
        land(Warehouse(second).landing, SOURCE, vintages(SOURCE)[0], file_name="survey.csv")
    outcome = run_build(second)
    assert outcome.is_new
    made, before = Warehouse(second).tables, Warehouse(first).tables
    times = [
        {path.relative_to(there.root): path.stat().st_mtime_ns for path in there.root.rglob("*.parquet")}
        for there in (made, before)
    ]
    # Tables that do not depend on the new file are those of the first machine.
    assert len(times[0].items() & times[1].items()) > 200
    assert made.read("staging.shs__observation").height > 0
    assert run_build(first).edition.id == outcome.edition.id == store.editions()["current"]


def test_the_steps_of_a_run_are_on_machines_with_homes_of_their_own(store, tmp_path, monkeypatch):
    monkeypatch.setenv(HOMES, str(tmp_path / "homes"))
    with instance(Home(tmp_path / "orchestrator")) as orchestrator:
        monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "orchestrator" / "dagster"))
        chosen = [dg.AssetKey(name.split(".")) for name in (STAGED, CORE)]
        ended = dg.execute_job(dg.reconstructable(build_on_machines), instance=orchestrator, asset_selection=chosen)
        assert ended.success, [event.message for event in ended.all_events if event.is_failure]
        assert orchestrator.get_runs()[0].tags[BUILD]
    stores = [Warehouse(Home(path)).tables for path in (tmp_path / "homes").iterdir()]
    staging, core = sorted(stores, key=lambda there: there.path(CORE).exists())
    assert not staging.path(CORE).exists()
    assert core.stamp(STAGED) == staging.stamp(STAGED)
    assert core.stamp(STAGED) is not None


def test_a_run_whose_input_changes_under_way_fails(store, tmp_path, monkeypatch):
    monkeypatch.setenv("CPOWER_HOME", str(tmp_path / "home"))
    with dg.DagsterInstance.ephemeral() as orchestrator:
        ended = build_on_machines().execute_in_process(
            instance=orchestrator,
            asset_selection=[dg.AssetKey(["core", "dim_nation"])],
            tags={BUILD: "0" * 16},
            raise_on_error=False,
        )
    [failed] = [event for event in ended.all_events if event.is_step_failure]
    assert "Run the job again" in failed.step_failure_data.error_display_string


def test_a_step_that_fails_tells_its_own_error_though_what_it_had_made_cannot_be_shared(store, tmp_path):
    warehouse = Warehouse(Home(tmp_path / "home").prepare())

    @dg.op
    def fails(context: dg.OpExecutionContext):
        with shared_tables(context, warehouse):
            warehouse.tables.replace(tables()[STAGED], empty(tables()[STAGED]))
            store.target.files.rm(store.target.root.split("/")[0], recursive=True)
            raise ValueError("synthetic")

    ended = dg.GraphDefinition("failing", node_defs=[fails]).execute_in_process(raise_on_error=False)
    [failed] = [event for event in ended.all_events if event.is_step_failure]
    assert "synthetic" in failed.step_failure_data.error_display_string
