"""CPU seconds and memory of other processes, with those that they start, and lines through such measurements."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from warehouse.storage.home import PROJECT


@dataclass(frozen=True)
class Cost:
    """What a process took: CPU seconds of its own and of the system for it, and the most memory, in GiB."""

    cpu: float
    peak: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.cpu + other.cpu, max(self.peak, other.peak))


@dataclass(frozen=True)
class Point:
    """What so many units cost: CPU seconds, bytes on disk, and the most memory in GiB where it was seen."""

    units: int
    cpu: float
    size: int = 0
    peak: float = 0.0


@dataclass(frozen=True)
class Slope:
    """A line through points, by least squares: CPU seconds and bytes of none and of each unit more.

    `residual` is the largest distance of a point from the line, as a share of its CPU seconds.
    """

    what: str
    unit: str
    points: tuple[Point, ...]
    cpu_base: float = field(init=False)
    cpu_each: float = field(init=False)
    bytes_each: float = field(init=False)
    residual: float = field(init=False)

    def __post_init__(self) -> None:
        units = np.array([point.units for point in self.points], dtype=float)
        cpu = np.array([point.cpu for point in self.points])
        each, base = np.polyfit(units, cpu, 1)
        found = {
            "cpu_base": float(base),
            "cpu_each": float(each),
            "bytes_each": float(np.polyfit(units, [point.size for point in self.points], 1)[0]),
            "residual": float(np.max(np.abs(base + each * units - cpu) / cpu)),
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)

    def to_text(self) -> str:
        """Return the line, its residual and its points as a line of a table."""
        points = "; ".join(
            f"{point.units:,}: {point.cpu:.3g}{f' ({point.peak:.1f} GiB)' if point.peak else ''}"
            for point in self.points
        )
        return (
            f"{self.what:46}{self.cpu_base:9.3g} + {self.cpu_each * 1e6:10.4g} CPU µs, {self.bytes_each:10,.0f} bytes "
            f"a {self.unit}, residual {self.residual:.0%} [{points}]"
        )


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
