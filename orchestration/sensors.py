"""Sensors: start a build when the input has changed, and report why a run failed."""

import click
import dagster as dg

from assets.build_identity import build as identity
from assets.build_identity import is_of_now
from orchestration.instance import UNDER_WAY
from orchestration.jobs import build
from orchestration.run_errors import why_failed
from warehouse.editions.find import find_current, run_ids
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse


@dg.sensor(
    job=build,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Builds when the reference records, landed files or code differ from those of the current edition.",
)
def input_changed(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Request one build for each state of the input that has no edition yet.

    The run key is the identity of the build, so a failed build is not tried again until its input changes; the cursor
    is the run key of the last request. While a run is queued or in progress, or a command holds the home, the input may
    be changing, so the sensor waits.
    """
    home = Home.resolve().prepare()
    warehouse = Warehouse(home)
    edition = find_current(home)
    if edition and is_of_now(warehouse, run_ids(home, edition)):
        return dg.SkipReason(f"The current edition {edition.id} is up to date.")
    run_id = identity(warehouse)["run_id"][0]
    if run_id == context.cursor:
        return dg.SkipReason(
            "A build of this input has been requested already; the next one follows when the input changes."
        )
    # Last, because opening the instance takes twenty times as long as the checks above.
    unfinished = dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED, *UNDER_WAY])
    if runs := context.instance.get_runs(filters=unfinished, limit=1):
        return dg.SkipReason(f"Waiting for run {runs[0].run_id} of {runs[0].job_name}.")
    if holder := home.holder():
        return dg.SkipReason(f"Waiting for {holder}.")
    context.update_cursor(run_id)
    return dg.RunRequest(run_key=run_id)


@dg.run_failure_sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Writes what to do to the log of a failed run, to its tags and to the server's terminal.",
)
def run_failed(context: dg.RunFailureSensorContext) -> None:
    """Write why a run failed and what to do to its log, its tags and the server's terminal."""
    run = context.dagster_run
    log = context.instance.all_logs(run.run_id)
    # The UI sorts tags by name and truncates them, so what to do is first.
    cause = why_failed(event for entry in log if (event := entry.dagster_event))
    context.instance.report_engine_event(cause.to_text(), run)
    context.instance.add_run_tags(run.run_id, {"what_to_do": cause.advice, "why": cause.reason})
    click.echo(f"Run {run.run_id[:8]} of {run.job_name} failed. {cause.to_line()}")


SENSORS = [input_changed, run_failed]
