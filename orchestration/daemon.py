"""The Dagster daemon as a child of the server: schedules, sensors and the queue, for as long as the server lives."""

import os
import signal
import sys
import threading
import time

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
    """Run the daemon on the workspace file that the first argument names. It must lead its process group."""
    # The server reads this module's constant and has no use for the daemon's modules.
    from dagster._daemon.cli import run_command

    threading.Thread(target=_end_with_the_server, daemon=True).start()
    run_command(["--workspace", sys.argv[1], "--log-level", "warning"])


if __name__ == "__main__":
    main()
