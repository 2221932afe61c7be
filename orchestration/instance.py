"""The Dagster instance of a home: its settings, its storage and the environment of its processes."""

import contextlib
import fcntl
import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import yaml
from sqlalchemy.exc import SQLAlchemyError

from orchestration.overrides import VARIABLE, overridden, override_file
from warehouse.errors import InvalidSetting
from warehouse.storage.atomic_files import replacing
from warehouse.storage.home import Home

SETTINGS_FILE, VERSION_FILE, LOCK_FILE = "dagster.yaml", "storage-version", ".preparing"
# Runs that need a running process; a queued run does not, and continues after a restart.
UNDER_WAY = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
HEADING = (
    "# Written by Community Power at every start; your own settings belong in dagster.override.yaml of the home.\n"
)
SETTINGS = {
    "telemetry": {"enabled": False},
    # The newsletter popup of the first visit covers the page and takes the clicks.
    "nux": {"enabled": False},
    # A home has one writer, so runs are queued; Dagster's default of five seconds is noticeable in the UI.
    "concurrency": {"runs": {"max_concurrent_runs": 1}},
    "run_coordinator": {
        "module": "dagster.core.run_coordinator",
        "class": "QueuedRunCoordinator",
        "config": {"dequeue_interval_seconds": 2},
    },
    "run_launcher": {"module": "dagster.core.launcher", "class": "DefaultRunLauncher", "config": {}},
    # A run whose process has died stays "started" and blocks the queue; a build takes far less than an hour.
    "run_monitoring": {"enabled": True, "max_runtime_seconds": 3600, "free_slots_after_run_end_seconds": 300},
    # No asset has an automation condition.
    "auto_materialize": {"enabled": False, "use_sensors": False},
    # Otherwise the code servers keep running after the command has been stopped.
    "code_servers": {"wait_for_local_processes_on_shutdown": True},
    # The UI has all events of all steps; the log is for warnings and errors.
    "python_logs": {"python_log_level": "INFO"},
    "retention": {
        "schedule": {"purge_after_days": 365},
        # The sensor runs every 30 seconds and almost always finds nothing new.
        "sensor": {"purge_after_days": {"skipped": 7, "started": 7, "success": 365, "failure": 365}},
    },
}


def settings(home: Home) -> dict[str, Any]:
    """Return the settings of the instance of a home, with the user's own merged over those of the project.

    Raises `InvalidSetting` if Dagster could not use them.
    """
    log = {"module": "orchestration.server.event_log", "class": "EventLog"}
    own = SETTINGS | {"event_log_storage": log | {"config": {"base_dir": str(home.dagster / "history" / "runs")}}}
    return overridden(own, home)


def environment(home: Home) -> dict[str, str]:
    """Return the environment variables that name the home and its instance, and disable telemetry."""
    named = {VARIABLE: str(override_file(home))} if os.environ.get(VARIABLE) else {}
    home_of = {"CPOWER_HOME": str(home.root), "DAGSTER_HOME": str(home.dagster)}
    return home_of | {"DAGSTER_DISABLE_TELEMETRY": "yes"} | named


def prepared(home: Home) -> Path:
    """Write the settings if they differ, create or migrate the storage once a version, and return their folder.

    Raises `HomeUnavailable` if the home cannot be written, and `InvalidSetting` for settings of the user with which
    Dagster could not start or open its storage.
    """
    home.prepare()
    text = HEADING + yaml.safe_dump(settings(home))
    # Another storage has to be created, too, whatever version created the one before.
    wanted = f"{dg.__version__} {hashlib.sha256(text.encode()).hexdigest()[:16]}"
    # Two processes that create the storage at the same time corrupt its schema, so the second waits here.
    with (home.dagster / LOCK_FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _write(home, SETTINGS_FILE, text)
        version = home.dagster / VERSION_FILE
        if not version.exists() or version.read_text("utf-8") != wanted:
            # Dagster prints messages about its files, which are of no use to users.
            with _opened(home) as opened, contextlib.redirect_stdout(io.StringIO()):
                opened.upgrade()
            _write(home, VERSION_FILE, wanted)
    return home.dagster


@contextlib.contextmanager
def instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """Yield the Dagster instance of a home, prepared if needed; runs made with it are shown in the UI."""
    prepared(home)
    with _opened(home) as opened:
        yield opened


def _opened(home: Home) -> dg.DagsterInstance:
    """Return the instance of a home with written settings; raise `InvalidSetting` if its storage cannot be opened."""
    try:
        return dg.DagsterInstance.from_config(str(home.dagster))
    except Exception as error:
        # Libraries of storages wrap the error of the database, or import their driver when they connect.
        cause = error.__cause__ if isinstance(error.__cause__, SQLAlchemyError) else error
        file = override_file(home)
        if file is None or not isinstance(cause, (SQLAlchemyError, ImportError)):
            raise
        reason = " ".join(str(getattr(cause, "orig", None) or cause).split())
        raise InvalidSetting(f"{file}: storage: the database of the runs cannot be opened: {reason}") from None


def _write(home: Home, name: str, text: str) -> None:
    path = home.dagster / name
    if not path.exists() or path.read_text("utf-8") != text:
        with replacing(path) as temporary:
            temporary.write_text(text, "utf-8")
