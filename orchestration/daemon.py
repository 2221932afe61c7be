"""The Dagster daemon and the code server as a child of the server: they live for as long as it does.

One code server is shared by the daemon and the web server. Left to itself, each would start its own, and the daemon
a new one every minute.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import yaml

from warehouse.files import replacing

# Time for a run under way to record that it was interrupted.
GRACE_SECONDS = 8.0


def _end_with_the_server() -> None:
    """Wait until the other end of standard input closes, which it does however the server ends, and end the group."""
    # Not `sys.stdin`: its lock, held by a waiting thread, makes the interpreter abort when it exits.
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Run the code server of a workspace file, write where it listens to another, and run the daemon on that.

    The two files are the arguments. The process must lead its process group.
    """
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    # The server reads this module's constant and has no use for the daemon's modules.
    from dagster import DagsterInstance
    from dagster._cli.proxy_server_manager import ProxyServerManager
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster._daemon.cli import run_command

    workspace, served = sys.argv[1:]
    with (
        DagsterInstance.get() as instance,
        ProxyServerManager(instance, WorkspaceFileTarget([workspace]), "WARNING") as code,
    ):
        with replacing(Path(served)) as temporary:
            temporary.write_text(yaml.safe_dump({"load_from": list(code.get_code_server_specs())}), "utf-8")
        run_command(["--workspace", served, "--log-level", "warning"])


if __name__ == "__main__":
    main()
