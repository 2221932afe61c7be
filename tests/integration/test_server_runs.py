"""Runs of the sensor, of a schedule and of the UI, and those that a power cut left behind."""

import json

import pytest

from assets.landing.ingest_file import land
from tests.support.fake_publishers import grants
from tests.support.servers import REPOSITORY, SERVED, leave_runs, served, until
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse

pytestmark = pytest.mark.long

TICKS = "ticks(limit: 20) { status runIds skipReason }"
SCHEDULE = f"""query($of: ScheduleSelector!) {{
  scheduleOrError(scheduleSelector: $of) {{ ... on Schedule {{ id state: scheduleState {{ id {TICKS} }} }} }}
}}"""
SENSOR = f"""query($of: SensorSelector!) {{
  sensorOrError(sensorSelector: $of) {{ ... on Sensor {{ id state: sensorState {{ id {TICKS} }} }} }}
}}"""
STOP = "mutation($id: String!) { stopRunningSchedule(id: $id) { __typename } }"
START = "mutation($of: ScheduleSelector!) { startSchedule(scheduleSelector: $of) { __typename } }"


def schedule(server, name):
    return server.graphql(SCHEDULE, of=REPOSITORY | {"scheduleName": name})["scheduleOrError"]


def sensor(server, name):
    return server.graphql(SENSOR, of=REPOSITORY | {"sensorName": name})["sensorOrError"]


def ticks_with_runs(instigator):
    return [tick for tick in instigator["state"]["ticks"] if tick["status"] == "SUCCESS" and tick["runIds"]]


def skips(instigator):
    return [tick["skipReason"] for tick in instigator["state"]["ticks"] if tick["status"] == "SKIPPED"]


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("served") / "home")


@pytest.fixture(scope="module")
def left_over(empty):
    """The runs that an earlier server had left in the home when the power was cut."""
    return leave_runs(empty)


@pytest.fixture(scope="module")
def server(empty, left_over):
    """The server of a home that holds no edition yet, with a schedule that ticks every minute once it is started."""
    with served(empty, SERVED / "workspace.yaml") as running:
        yield running


def test_runs_that_a_power_cut_left_are_ended_and_the_queue_goes_on(server, left_over):
    assert server.status(left_over["started"]) == "FAILURE"
    assert server.status(left_over["canceling"]) == "CANCELED"
    assert server.finished(left_over["queued"]) == "SUCCESS"
    assert left_over["started"] in server.log.read_text("utf-8")


def test_an_empty_home_is_built_by_the_sensor_without_being_asked(server):
    tick = until(lambda: ticks_with_runs(sensor(server, "input_changed")), 120)[-1]
    assert server.finished(tick["runIds"][0]) == "SUCCESS"
    assert server.home.current.exists()


def test_while_a_command_uses_the_home_the_sensor_waits_and_then_builds(server):
    landing = Warehouse(server.home).landing
    before = len(ticks_with_runs(sensor(server, "input_changed")))
    with server.home.lock("a command"):
        land(landing, "threesixtygiving", json.dumps({"grants": grants("GB-CHC-7")}).encode(), file_name="made-up.json")
        until(lambda: [reason for reason in skips(sensor(server, "input_changed")) if "a command" in reason], 120)
    tick, *_ = until(lambda: ticks_with_runs(sensor(server, "input_changed"))[: -before or None], 120)
    assert server.finished(tick["runIds"][0]) == "SUCCESS"


def test_a_schedule_ticks_and_its_run_in_which_no_publisher_answers_is_seen_to_fail(server):
    begun = server.graphql(START, of=REPOSITORY | {"scheduleName": "every_minute"})["startSchedule"]
    assert begun["__typename"] == "ScheduleStateResult"
    tick = until(lambda: ticks_with_runs(schedule(server, "every_minute")), 90)[-1]
    stopped = server.graphql(STOP, id=schedule(server, "every_minute")["id"])["stopRunningSchedule"]
    assert stopped["__typename"] == "ScheduleStateResult"
    editions = sorted(server.home.published.iterdir())
    assert server.finished(tick["runIds"][0]) == "FAILURE"
    until(lambda: "What to do: Run cpower check-publishers" in server.log.read_text("utf-8"), 120)
    assert sorted(server.home.published.iterdir()) == editions
