"""The Dagster code location: assembles assets, jobs, schedules, sensors and resources."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from assets.graph import graph
from orchestration.automation import with_freshness
from orchestration.jobs import JOBS
from orchestration.resources import WarehouseResource
from orchestration.schedules import SCHEDULES
from orchestration.sensors import SENSORS


def build_defs(*, loggers: Mapping[str, dg.LoggerDefinition] | None = None, **resources: Any) -> dg.Definitions:
    """Return the definitions of the project; `resources` and `loggers` replace the defaults by name."""
    return dg.Definitions(
        assets=with_freshness(graph()),
        jobs=JOBS,
        schedules=SCHEDULES,
        sensors=SENSORS,
        resources={"warehouse": WarehouseResource()} | resources,
        # One process for each run: a process for each step would take seconds more.
        executor=dg.in_process_executor,
        loggers=loggers,
    )


defs = build_defs()
