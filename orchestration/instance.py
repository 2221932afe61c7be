"""The Dagster instance of a home: its settings, its storage, and what the processes that use it must know."""

import contextlib
import fcntl
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from warehouse.storage.atomic_files import replacing
from warehouse.storage.home import Home

SETTINGS_FILE, VERSION_FILE, LOCK_FILE = "dagster.yaml", "storage-version", ".preparing"
# Runs that a process should be working on; a queued run needs none and goes on after a restart.
UNDER_WAY = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
HEADING = "# Written by Community Power at every start; a change made here is lost.\n"
SETTINGS = {
    "telemetry": {"enabled": False},
    # The newsletter popup of the first visit lies over the page and takes the clicks.
    "nux": {"enabled": False},
    # A home has one writer, so runs wait for each other; the usual five seconds between looks are felt in the UI.
    "concurrency": {"runs": {"max_concurrent_runs": 1}},
    "run_coordinator": {
        "module": "dagster.core.run_coordinator",
        "class": "QueuedRunCoordinator",
        "config": {"dequeue_interval_seconds": 2},
    },
    "run_launcher": {"module": "dagster.core.launcher", "class": "DefaultRunLauncher", "config": {}},
    # A run whose process vanished stays "started" for ever and holds up the queue; an hour is many builds long.
    "run_monitoring": {"enabled": True, "max_runtime_seconds": 3600, "free_slots_after_run_end_seconds": 300},
    # No asset has an automation condition.
    "auto_materialize": {"enabled": False, "use_sensors": False},
    # Otherwise the code servers outlive the command that a person has just stopped.
    "code_servers": {"wait_for_local_processes_on_shutdown": True},
    # Every step's every event is in the UI; the log is for what went wrong.
    "python_logs": {"python_log_level": "INFO"},
    "retention": {
        "schedule": {"purge_after_days": 365},
        # The sensor looks every 30 seconds and nearly always finds nothing new.
        "sensor": {"purge_after_days": {"skipped": 7, "started": 7, "success": 365, "failure": 365}},
    },
}


def settings(home: Home) -> dict[str, Any]:
    """Return the settings of the instance of a home."""
    log = {"module": "orchestration.server.event_log", "class": "EventLog"}
    return SETTINGS | {"event_log_storage": log | {"config": {"base_dir": str(home.dagster / "history" / "runs")}}}


def environment(home: Home) -> dict[str, str]:
    """Return the environment variables by which a process finds the home and its instance, and sends nothing away."""
    return {"CPOWER_HOME": str(home.root), "DAGSTER_HOME": str(home.dagster), "DAGSTER_DISABLE_TELEMETRY": "yes"}


def prepared(home: Home) -> Path:
    """Write the settings where they differ, make or migrate the storage once a version, and return its folder.

    Raises `HomeUnavailable` where the home cannot be written.
    """
    home.prepare()
    # Two processes that open a fresh storage at once break its schema for good, so the second waits here.
    with (home.dagster / LOCK_FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _write(home, SETTINGS_FILE, HEADING + yaml.safe_dump(settings(home)))
        version = home.dagster / VERSION_FILE
        if not version.exists() or version.read_text("utf-8") != dg.__version__:
            # Dagster prints what it does to its files, which says nothing to a person.
            with dg.DagsterInstance.from_config(str(home.dagster)) as opened, contextlib.redirect_stdout(io.StringIO()):
                opened.upgrade()
            _write(home, VERSION_FILE, dg.__version__)
    return home.dagster


@contextlib.contextmanager
def instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """Yield the Dagster instance of a home, prepared if it was not: runs made with it are seen in the UI."""
    prepared(home)
    with dg.DagsterInstance.from_config(str(home.dagster)) as opened:
        yield opened


def _write(home: Home, name: str, text: str) -> None:
    path = home.dagster / name
    if not path.exists() or path.read_text("utf-8") != text:
        with replacing(path) as temporary:
            temporary.write_text(text, "utf-8")
