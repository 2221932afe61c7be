"""The sensor that builds when the input has changed: when it requests a build, and when it waits."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import dagster as dg
import pytest
from dagster._core.remote_origin import RemoteRepositoryOrigin
from dagster._core.workspace.load_target import WorkspaceFileTarget

from assets.build_identity import build as identity
from orchestration import sensors
from orchestration.sensors import input_changed
from warehouse.catalogue import sources
from warehouse.editions.find import Edition, note_equal
from warehouse.storage.home import PROJECT, Home
from warehouse.storage.mirror import landing_held
from warehouse.storage.workspace import Warehouse

DAY, INSTANT = date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dg.job
def refresh():
    """A run that these tests pretend to queue."""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CPOWER_HOME", str(tmp_path / "home"))
    return Home.resolve().prepare()


def tick(instance):
    return input_changed(dg.build_sensor_context(instance=instance))


def test_a_home_without_an_edition_of_its_input_is_built(home):
    with dg.DagsterInstance.ephemeral() as instance:
        asked = tick(instance)
    assert isinstance(asked, dg.RunRequest)
    assert asked.run_key == identity(Warehouse(home))["run_id"][0]


@pytest.mark.parametrize("status", ["QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING"])
def test_while_a_run_is_queued_or_under_way_the_sensor_waits(home, status):
    [location] = WorkspaceFileTarget([str(PROJECT / "workspace.yaml")]).create_origins()
    origin = RemoteRepositoryOrigin(location, "__repository__").get_job_origin("refresh")
    with dg.DagsterInstance.ephemeral() as instance:
        run = instance.create_run_for_job(refresh, status=dg.DagsterRunStatus[status], remote_job_origin=origin)
        assert tick(instance).skip_message == f"Waiting for run {run.run_id} of refresh."


@pytest.mark.parametrize("status", ["SUCCESS", "FAILURE", "CANCELED"])
def test_a_run_that_ended_holds_up_nothing(home, status):
    with dg.DagsterInstance.ephemeral() as instance:
        instance.create_run_for_job(refresh, status=dg.DagsterRunStatus[status])
        assert isinstance(tick(instance), dg.RunRequest)


def test_a_build_that_was_found_to_hold_what_the_current_edition_holds_is_not_asked_for(home, monkeypatch):
    now = Edition("20260102T030405Z-0000", home.published / "x", "1.0.0", (), None, None, INSTANT, "0000", DAY, {})
    monkeypatch.setattr("orchestration.sensors.find_current", lambda _: now)
    with dg.DagsterInstance.ephemeral() as instance:
        asked = tick(instance)
        assert isinstance(asked, dg.RunRequest)
        note_equal(home, now, asked.run_key)
        assert tick(instance).skip_message == f"The current edition {now.id} is up to date."


def test_while_a_command_uses_the_home_the_sensor_waits(home):
    with dg.DagsterInstance.ephemeral() as instance, home.lock("refresh"):
        assert tick(instance).skip_message.startswith("Waiting for refresh by ")


def test_a_shared_home_is_locked_only_to_fetch_and_a_store_that_fails_is_told(home, tmp_path, monkeypatch):
    monkeypatch.setenv("CPOWER_SHARED", str(tmp_path / "store"))
    other, locked = Home(tmp_path / "other").prepare(), []
    lock = Home.lock
    monkeypatch.setattr(Home, "lock", lambda self, purpose: locked.append(purpose) or lock(self, purpose))
    with dg.DagsterInstance.ephemeral() as instance:
        first = tick(instance).run_key
        assert locked == []
        with landing_held(other, "land"):
            Warehouse(other).landing.keep(sources()["threesixtygiving"], b"made up", file_name="made-up.json")
        assert tick(instance).run_key == identity(Warehouse(home))["run_id"][0] != first
        assert isinstance(tick(instance), dg.RunRequest)
        assert locked == ["land", "sync"]
        (tmp_path / "store" / "landing.json").write_text("not JSON")
        assert "landing.json is not the JSON" in tick(instance).skip_message


def test_where_the_input_is_as_it_was_no_instance_is_opened(home, monkeypatch):
    current = SimpleNamespace(id="2026-01-01", run_id=identity(Warehouse(home))["run_id"][0])
    monkeypatch.setattr(sensors, "find_current", lambda _home: current)
    # A context without an instance: to ask it for one is an error.
    skipped = input_changed(dg.build_sensor_context())
    assert skipped.skip_message == "The current edition 2026-01-01 is up to date."
    Warehouse(home).landing.keep(sources()["threesixtygiving"], b"made up", file_name="made-up.json")
    with dg.DagsterInstance.ephemeral() as instance:
        assert isinstance(tick(instance), dg.RunRequest)


def test_a_build_that_was_requested_is_not_requested_again_and_opens_no_instance(home):
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance=instance)
        assert isinstance(input_changed(context), dg.RunRequest)
    again = input_changed(dg.build_sensor_context(cursor=context.cursor))
    assert again.skip_message.startswith("A build of this input has been requested")
    Warehouse(home).landing.keep(sources()["threesixtygiving"], b"synthetic", file_name="synthetic.json")
    with dg.DagsterInstance.ephemeral() as instance:
        assert isinstance(
            input_changed(dg.build_sensor_context(instance=instance, cursor=context.cursor)), dg.RunRequest
        )
