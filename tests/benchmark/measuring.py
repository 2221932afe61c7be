"""CPU seconds and memory of other processes, with those that they start."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from warehouse.storage.home import PROJECT


@dataclass(frozen=True)
class Cost:
    """What a process took: CPU seconds of its own and of the system for it, and the most memory, in GiB."""

    cpu: float
    peak: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.cpu + other.cpu, max(self.peak, other.peak))


def cost(command: Sequence[str], env: Mapping[str, str] | None = None, project: Path = PROJECT) -> Cost:
    """Run Python with some arguments in a project's folder; raise `SystemExit` with its errors where it fails.

    What a process leaves running when it ends is not counted.
    """
    arguments = [sys.executable, *command]
    environment = {**os.environ, **(env or {}), "PYTHONPATH": str(project)}
    process = subprocess.Popen(
        arguments, cwd=project, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    told = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise SystemExit(
            f"{' '.join(arguments)} ended with {process.returncode}: {told.decode(errors='replace')[-2000:]}"
        )
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024**2)


def least(command: Sequence[str], times: int = 3) -> Cost:
    """Return the cost of the cheapest of several runs."""
    return min((cost(command) for _ in range(times)), key=lambda one: one.cpu)


def told(line: str) -> None:
    """Print a line with the time of day, since some parts take minutes."""
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)
