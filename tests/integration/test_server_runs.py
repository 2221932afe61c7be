"""Runs that nobody launches by hand: of the sensor, of a schedule, and those that a power cut left behind."""

import pytest

from tests.servers import REPOSITORY, SERVED, leave_runs, served, until
from warehouse.home import Home

pytestmark = pytest.mark.long

TICKS = "ticks(limit: 20) { status runIds }"
SCHEDULE = f"""query($of: ScheduleSelector!) {{
  scheduleOrError(scheduleSelector: $of) {{ ... on Schedule {{ id state: scheduleState {{ id {TICKS} }} }} }}
}}"""
SENSOR = f"""query($of: SensorSelector!) {{
  sensorOrError(sensorSelector: $of) {{ ... on Sensor {{ id state: sensorState {{ id {TICKS} }} }} }}
}}"""
STOP = "mutation($id: String!) { stopRunningSchedule(id: $id) { __typename } }"


def schedule(server, name):
    return server.graphql(SCHEDULE, of=REPOSITORY | {"scheduleName": name})["scheduleOrError"]


def sensor(server, name):
    return server.graphql(SENSOR, of=REPOSITORY | {"sensorName": name})["sensorOrError"]


def ticks_with_runs(instigator):
    return [tick for tick in instigator["state"]["ticks"] if tick["status"] == "SUCCESS" and tick["runIds"]]


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("served") / "home")


@pytest.fixture(scope="module")
def left_over(empty):
    """The runs that an earlier server had left in the home when the power was cut."""
    return leave_runs(empty)


@pytest.fixture(scope="module")
def server(empty, left_over):
    """The server of a home that holds no edition yet, with a schedule that ticks every minute."""
    with served(empty, SERVED / "workspace.yaml") as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def launched(server):
    """The job `build`, launched from the UI before anything else, so that other tests need not wait for it."""
    return server.launch("build")


def test_runs_that_a_power_cut_left_are_ended_and_the_queue_goes_on(server, left_over):
    assert server.status(left_over["started"]) == "FAILURE"
    assert server.status(left_over["canceling"]) == "CANCELED"
    assert server.finished(left_over["queued"]) == "SUCCESS"
    assert left_over["started"] in server.log.read_text("utf-8")


def test_an_empty_home_is_built_by_the_sensor_without_being_asked(server):
    tick = until(lambda: ticks_with_runs(sensor(server, "input_changed")), 60)[-1]
    assert server.finished(tick["runIds"][0]) == "SUCCESS"
    assert server.home.current.exists()


def test_a_schedule_ticks_and_its_run_succeeds(server):
    tick = until(lambda: ticks_with_runs(schedule(server, "every_minute")), 90)[-1]
    stopped = server.graphql(STOP, id=schedule(server, "every_minute")["id"])["stopRunningSchedule"]
    assert stopped["__typename"] == "ScheduleStateResult"
    assert server.finished(tick["runIds"][0]) == "SUCCESS"


def test_the_build_is_launched_from_the_ui(server, launched):
    assert server.finished(launched) == "SUCCESS"
