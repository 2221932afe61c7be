"""What DuckDB may take of this machine: memory, threads, and the disk for what does not fit in memory.

Every connection has these settings by `duckdb_connection`. `CPOWER_MEMORY` replaces the share of the machine's memory.
"""

import os
import re
import shutil
from pathlib import Path

from warehouse.errors import InvalidSetting, ResourcesExhausted

VARIABLE = "CPOWER_MEMORY"
# The rest is for Python, whose tables are outside DuckDB, and for the cache of the disk.
SHARE = 0.6
# With less, a build of what ships with the project does not end.
LEAST_BYTES = 256_000_000
# Parquet of this size a query reads in a tenth of a second with one thread.
SHARED_BYTES = 16_000_000
# What a build needs beside what is spilled, so that a query never takes the last of a disk.
RESERVED_BYTES = 500_000_000
UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]I?B)", re.IGNORECASE)


def memory_limit() -> int:
    """Return the bytes of memory that DuckDB may take: `CPOWER_MEMORY`, else six tenths of what the process may have.

    Raises `InvalidSetting` where `CPOWER_MEMORY` is not a size, or too small for a build.
    """
    said = os.environ.get(VARIABLE, "").strip()
    if not said:
        return int(available_memory() * SHARE)
    size = parse_size(said)
    if size is None or size < LEAST_BYTES:
        raise InvalidSetting(
            f"{VARIABLE} must be a size such as 2GB or 1500MiB, {to_text(LEAST_BYTES)} or more; it is {said!r}."
        )
    return size


def parse_size(text: str) -> int | None:
    """Return the bytes that a number with its unit says, from KB to TiB; None for anything else."""
    match = SIZE.fullmatch(text.strip())
    return int(float(match[1]) * UNITS[match[2].upper()]) if match else None


def to_text(size: int) -> str:
    """Return bytes as a size that people read, in MB or GB."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def available_memory(root: Path = Path("/")) -> int:
    """Return the bytes of memory that this process may have: those of the machine, or of its control group if less."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *cgroup_limits(root)])


def cgroup_limits(root: Path = Path("/")) -> list[int]:
    """Return the limits of memory of the control groups of this process, of version 1 or 2; none where there are none.

    `root` is the folder that holds `proc` and `sys`.
    """
    try:
        groups = (root / "proc/self/cgroup").read_text("utf-8").splitlines()
    except OSError:
        return []
    limits = []
    for line in groups:
        _, controllers, group = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        base = root / "sys/fs/cgroup" / ("memory" if controllers else "")
        name = "memory.limit_in_bytes" if controllers else "memory.max"
        folder = base / group.strip("/")
        # In a container the group is named as the host sees it, and only the base is there.
        for place in {base, folder, *(parent for parent in folder.parents if parent.is_relative_to(base))}:
            limits += _limit(place / name)
    return limits


def _limit(path: Path) -> list[int]:
    try:
        text = path.read_text("utf-8").strip()
    except OSError:
        return []
    return [int(text)] if text.isdigit() else []


def threads(size: int | None = None) -> int:
    """Return how many processors this process may use; of so few bytes that sharing them costs more than it wins, 1."""
    if size is not None and size < SHARED_BYTES:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spill_to(folder: Path) -> dict[str, str]:
    """Return the settings by which what does not fit in memory goes to a folder, and leaves room on its disk."""
    return {"temp_directory": str(folder), "max_temp_directory_size": f"{_spillable(folder)}B"}


def _spillable(folder: Path) -> int:
    """Return how many bytes may be spilled to a folder, which need not be there yet."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return max(shutil.disk_usage(there).free - RESERVED_BYTES, 0)


def exhausted(folder: Path, error: Exception) -> ResourcesExhausted:
    """Return the error for a query that needs more than it may take, with what it may take and how to give it more."""
    return ResourcesExhausted(
        f"A query needs more than it may take: {to_text(memory_limit())} of memory and {to_text(_spillable(folder))} "
        f"of the disk of {folder}. Set {VARIABLE} to a larger size, such as 8GB, or make room on that disk. {error}"
    )
