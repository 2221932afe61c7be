"""Sensors: what happens between the ticks of the clock that a run should follow."""

import dagster as dg

from assets.provenance import build as identity
from assets.provenance import is_of_now
from orchestration.jobs import build
from warehouse.edition import find_current
from warehouse.home import Home
from warehouse.store import Warehouse


@dg.sensor(
    job=build,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Builds when the reference records, the landed files or the code are not those of the current edition.",
)
def input_changed(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Request one build for each state of the input that has no edition yet.

    The run key is the build's identity, so a build that failed is not tried again until its input changes.
    """
    home = Home.resolve().prepare()
    warehouse = Warehouse(home)
    edition = find_current(home)
    if edition and is_of_now(warehouse, edition.run_id):
        return dg.SkipReason(f"The current edition {edition.id} is of this input.")
    return dg.RunRequest(run_key=identity(warehouse)["run_id"][0])


SENSORS = [input_changed]
