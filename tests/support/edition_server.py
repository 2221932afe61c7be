"""The command `cpower serve` as a process, and how a test talks to it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.servers import until
from warehouse.storage.home import PROJECT, Home

ADDRESS = re.compile(r"http://\S+")


@contextlib.contextmanager
def editions_served(home: Home, log: Path, **variables: str) -> Iterator[str]:
    """Yield the address of the editions of a home, served by the command until the end."""
    environment = os.environ | {"CPOWER_HOME": str(home.root)} | variables
    command = [sys.executable, "-m", "orchestration.cli", "serve", "--port", "0"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        until(lambda: ADDRESS.search(log.read_text("utf-8")) or process.poll() is not None, 60)
        found = ADDRESS.search(log.read_text("utf-8"))
        assert found, log.read_text("utf-8")
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0, log.read_text("utf-8")
