"""Limits of DuckDB: memory, threads, and disk space for data that does not fit in memory.

`duckdb_connection` applies them to every connection. `CPOWER_MEMORY` replaces the default share of memory.
"""

import os
import re
import shutil
from pathlib import Path

from warehouse.errors import InvalidSetting, ResourcesExhausted

VARIABLE = "CPOWER_MEMORY"
# The rest is for Python, whose tables are outside DuckDB, and for the disk cache.
SHARE = 0.6
# With less memory, a build of the shipped files does not finish.
LEAST_BYTES = 256_000_000
# A query reads this much Parquet in a tenth of a second with one thread.
SHARED_BYTES = 16_000_000
# Space that a build needs beside spilled data, so that a query never fills the disk.
RESERVED_BYTES = 500_000_000
UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]I?B)", re.IGNORECASE)


def memory_limit() -> int:
    """Return the memory limit of DuckDB in bytes: `CPOWER_MEMORY`, by default 60% of the available memory.

    Raises `InvalidSetting` if `CPOWER_MEMORY` is not a size, or is too small for a build.
    """
    said = os.environ.get(VARIABLE, "").strip()
    if not said:
        return int(available_memory() * SHARE)
    size = parse_size(said)
    if size is None or size < LEAST_BYTES:
        raise InvalidSetting(
            f"{VARIABLE} must be a size such as 2GB or 1500MiB, {to_text(LEAST_BYTES)} or more; got {said!r}."
        )
    return size


def parse_size(text: str) -> int | None:
    """Return the bytes of a size with a unit from KB to TiB; None for other texts."""
    match = SIZE.fullmatch(text.strip())
    return int(float(match[1]) * UNITS[match[2].upper()]) if match else None


def to_text(size: int) -> str:
    """Return a number of bytes as text in MB or GB."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def available_memory(root: Path = Path("/")) -> int:
    """Return the memory available to this process in bytes: of the machine, or of its control group if less."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *cgroup_limits(root)])


def cgroup_limits(root: Path = Path("/")) -> list[int]:
    """Return the memory limits of the control groups (version 1 or 2) of this process; an empty list if none.

    `root` is the folder with `proc` and `sys`.
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
        # In a container the group has its name on the host, and only the base folder exists.
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
    """Return the number of usable processors; 1 if `size` is too small for parallel reading to be faster."""
    if size is not None and size < SHARED_BYTES:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spill_to(folder: Path) -> dict[str, str]:
    """Return the DuckDB settings that spill data to a folder and leave free space on its disk."""
    return {"temp_directory": str(folder), "max_temp_directory_size": f"{_spillable(folder)}B"}


def _spillable(folder: Path) -> int:
    """Return how many bytes may be spilled to a folder, which need not exist."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return max(shutil.disk_usage(there).free - RESERVED_BYTES, 0)


def exhausted(folder: Path, error: Exception) -> ResourcesExhausted:
    """Return the error for a query that exceeds its limits, with the limits and how to raise them."""
    return ResourcesExhausted(
        f"A query exceeds its limits: {to_text(memory_limit())} of memory and {to_text(_spillable(folder))} on the "
        f"disk of {folder}. Set {VARIABLE} to a larger size, such as 8GB, or free space on that disk. {error}"
    )
