"""Machines that share a store: processes with homes of their own, some of which are killed while they write to it.

`python -m tests.support.machines KILLED_AT ARGUMENTS` runs the command line until its process writes a file of that
name, or as many files as that number, to the store.
"""

import itertools
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import dagster as dg

HOMES = "MACHINES_OF_A_TEST"
if HOMES in os.environ:
    # Each process that executes a step imports this module anew.
    os.environ["CPOWER_HOME"] = str(Path(os.environ[HOMES]) / str(os.getpid()))


def build_on_machines() -> dg.JobDefinition:
    """Return the job `build` whose steps run in processes, each with a home of its own."""
    from assets.graph import graph
    from orchestration.jobs import BUILT
    from orchestration.resources import WarehouseResource

    job = dg.define_asset_job("build_on_machines", selection=BUILT, executor_def=dg.multiprocess_executor)
    resources = {"warehouse": WarehouseResource()}
    return dg.Definitions(assets=graph(), jobs=[job], resources=resources).resolve_job_def("build_on_machines")


def main() -> None:
    """Run the command line, and kill this process as told."""
    from orchestration.cli import main as cpower
    from warehouse.storage.targets import Target

    killed_at, sys.argv[1:] = sys.argv[1], sys.argv[2:]
    written = SimpleNamespace(put=Target.put, replace=Target.replace)
    numbers = itertools.count()

    def put(self, local, name):
        if killed_at.isdigit() and next(numbers) >= int(killed_at):
            os.kill(os.getpid(), signal.SIGKILL)
        written.put(self, local, name)

    def replace(self, name, content, before):
        if name.startswith(killed_at):
            os.kill(os.getpid(), signal.SIGKILL)
        written.replace(self, name, content, before)

    Target.put, Target.replace = put, replace
    cpower()


if __name__ == "__main__":
    main()
