"""Sensors: start a build when the input has changed, report why a run failed, and send alerts."""

import json
from datetime import UTC, datetime

import click
import dagster as dg

from assets.build_identity import build as identity
from assets.build_identity import is_of_now, landed_sources
from orchestration.alerts import Alert, send
from orchestration.instance import UNDER_WAY
from orchestration.jobs import JOBS, build
from orchestration.run_errors import Cause, why_failed
from warehouse.catalogue import sources
from warehouse.editions.find import find_current, run_ids
from warehouse.editions.shared_editions import bring_up_to_date
from warehouse.errors import CannotPublish, CommunityPowerError, ReleaseBlocked
from warehouse.storage.home import Home
from warehouse.storage.mirror import mirror_of
from warehouse.storage.workspace import Warehouse

# Tags of a failed run: why it failed, and what became of its alert.
WHY, ALERT = "why", "alert"
SENT, REPEATED = "sent", "sent before, for an earlier run"


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
    try:
        _get_in_step(home)
    except CommunityPowerError as error:
        return dg.SkipReason(str(error))
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


def _get_in_step(home: Home) -> None:
    """Bring a home up to date with its shared store; it is locked only if they differ, so that others can use it."""
    compared, edition = mirror_of(home).compare(), find_current(home)
    if compared and compared.problem:
        raise CannotPublish(f"The shared store {compared.address} cannot be used. {compared.problem}")
    if compared and not compared.is_in_step(edition.id if edition else None):
        bring_up_to_date(home)


@dg.run_failure_sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Writes what to do to the log of a failed run, to its tags and to the terminal, and sends an alert.",
)
def run_failed(context: dg.RunFailureSensorContext) -> None:
    """Write why a run failed and what to do to its log, its tags and the terminal, and send one alert a cause."""
    run = context.dagster_run
    log = context.instance.all_logs(run.run_id)
    # The UI sorts tags by name and truncates them, so what to do is first.
    cause = why_failed(event for entry in log if (event := entry.dagster_event))
    context.instance.report_engine_event(cause.to_text(), run)
    context.instance.add_run_tags(run.run_id, {"what_to_do": cause.advice, WHY: cause.reason})
    click.echo(f"Run {run.run_id[:8]} of {run.job_name} failed. {cause.to_line()}")
    _alert_failure(context.instance, run, cause)


def _alert_failure(instance: dg.DagsterInstance, run: dg.DagsterRun, cause: Cause) -> None:
    """Send the alert of a failed run, unless it was sent for the same cause and no run of that job has succeeded since.

    The tags of the run say what became of it.
    """
    if _is_told(instance, run, cause):
        instance.add_run_tags(run.run_id, {ALERT: REPEATED})
        return
    held = issubclass(cause.kind, ReleaseBlocked)
    title = "an edition is held by the release gate" if held else f"a run of {run.job_name} failed"
    reason = send(Alert(title, f"{cause.to_text()}\nRun: {run.run_id} of {run.job_name}"))
    if reason is None:
        instance.add_run_tags(run.run_id, {ALERT: SENT})
    elif reason:
        instance.add_run_tags(run.run_id, {ALERT: f"not sent: {reason}"})
        click.echo(f"The alert of run {run.run_id[:8]} was not sent. {reason}")


def _is_told(instance: dg.DagsterInstance, run: dg.DagsterRun, cause: Cause) -> bool:
    """Return whether the last run of some job that ended before this one failed for the same cause, with an alert."""
    [record] = instance.get_run_records(dg.RunsFilter(run_ids=[run.run_id]))
    for job in JOBS:
        ended = dg.RunsFilter(
            job_name=job.name,
            statuses=[dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE],
            created_before=record.create_timestamp,
        )
        for earlier in instance.get_runs(ended, limit=1):
            if earlier.tags.get(WHY) == cause.reason and earlier.tags.get(ALERT) in (SENT, REPEATED):
                return True
    return False


@dg.sensor(
    minimum_interval_seconds=3600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends an alert when a source becomes stale, and again only after it has been pulled in between.",
)
def source_stale(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Send one alert for each source that has become stale; the cursor is the list of those that have been told."""
    today = datetime.now(UTC).date()
    landing = Warehouse(Home.resolve().prepare()).landing
    found = {name: landing.status(name) for name in landed_sources()}
    stale = [name for name, status in found.items() if status.is_stale(sources()[name], today)]
    told = [name for name in json.loads(context.cursor or "[]") if name in stale]
    failed = None
    for name in sorted(set(stale) - set(told)):
        source = sources()[name]
        advice = f"What to do: look at {source.landing_page}, and run cpower pull {name}."
        failed = send(Alert(f"the source {name} is stale", f"{found[name].warning(source, today)}\n{advice}"))
        if failed is not None:
            break
        told.append(name)
    context.update_cursor(json.dumps(sorted(told)))
    if failed:
        return dg.SkipReason(f"An alert was not sent and is tried again: {failed}")
    return dg.SkipReason(f"Stale sources: {len(stale)}, of which an alert was sent: {len(told)}.")


SENSORS = [input_changed, run_failed, source_stale]
