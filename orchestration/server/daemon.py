"""Runs the Dagster daemon and the code server as a child of the server; they end when it ends.

The daemon and the web server share one code server. By default, each would start its own, and the daemon a new one
every minute.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from warehouse.storage.atomic_files import replacing

if TYPE_CHECKING:
    from dagster import DagsterInstance

# Time for a run in progress to record that it was interrupted.
GRACE_SECONDS = 8.0
# Interval of the heartbeats of the daemon's parts; the UI shows a part as unhealthy after half an hour.
HEARTBEAT_SECONDS = 120
# Freshness policies are in days, so five minutes are precise enough.
FRESHNESS_SECONDS = 300
# The code server ends when it has received no heartbeat for half a minute.
CODE_SERVER_SECONDS = 20


def _end_with_the_server() -> None:
    """Wait until standard input closes, which it does however the server ends, and end the process group."""
    # Not `sys.stdin`: its lock, held by a waiting thread, makes the interpreter abort when it exits.
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


def _run_daemon(instance: "DagsterInstance", workspace: Path) -> None:
    """Run the daemon on the code server that a workspace file names, until interrupted.

    Like `dagster-daemon run`, with less work on an idle server.
    """
    os.environ.setdefault("FRESHNESS_DAEMON_INTERVAL_SECONDS", str(FRESHNESS_SECONDS))
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster._daemon.controller import DagsterDaemonController, create_daemons_from_instance
    from dagster._utils.interrupts import capture_interrupts, setup_interrupt_handlers
    from dagster._utils.log import configure_loggers

    from orchestration.server.code_server import Workspace

    setup_interrupt_handlers()
    with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as stack:
        stack.enter_context(capture_interrupts())
        daemons = [stack.enter_context(daemon) for daemon in create_daemons_from_instance(instance)]
        context = stack.enter_context(Workspace(instance, WorkspaceFileTarget([str(workspace)])))
        configure_loggers(handler="default", log_level="WARNING")
        stack.enter_context(
            DagsterDaemonController(context, daemons, heartbeat_interval_seconds=HEARTBEAT_SECONDS)
        ).check_daemon_loop()


def main() -> None:
    """Run the code server of a workspace file, write its address to a second file, and run the daemon on that.

    The two files are the arguments. The process must lead its process group.
    """
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    os.environ.setdefault("DAGSTER_CODE_SERVER_AUTO_RESTART_INTERVAL", str(CODE_SERVER_SECONDS))
    # Imported here because the server imports this module for its constant only.
    from dagster import DagsterInstance
    from dagster._cli.proxy_server_manager import ProxyServerManager
    from dagster._core.workspace.load_target import WorkspaceFileTarget

    workspace, served = sys.argv[1:]
    with (
        DagsterInstance.get() as instance,
        ProxyServerManager(instance, WorkspaceFileTarget([workspace]), "WARNING") as code,
    ):
        with replacing(Path(served)) as temporary:
            temporary.write_text(yaml.safe_dump({"load_from": list(code.get_code_server_specs())}), "utf-8")
        _run_daemon(instance, Path(served))


if __name__ == "__main__":
    main()
