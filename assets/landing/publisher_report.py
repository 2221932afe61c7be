"""Writes the report of a check of the publishers, for a user to read or to attach to an issue."""

import json
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import getproxies

from warehouse.errors import InvalidSetting
from warehouse.storage.atomic_files import replacing
from warehouse.storage.home import Home
from warehouse.storage.landing import PublisherCheck

COLUMNS = ("source", "address", "status", "expected", "came", "what to do")


def rows(checks: Sequence[PublisherCheck]) -> list[tuple[str, ...]]:
    """Return a row of `COLUMNS` for each check."""
    return [(check.source_id, check.address, check.status, check.expected, check.came, check.to_do) for check in checks]


def report_path(home: Home, name: str = "") -> Path:
    """Return the path of a report in `checks/` of the home, by default named by the time.

    Raises `InvalidSetting` for a name in another folder or with a suffix other than .md and .json.
    """
    name = name or f"publishers-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.md"
    path = home.checks / name
    if path.name != name or path.suffix not in (".md", ".json"):
        raise InvalidSetting(
            f"--report {name!r}: expected the name of a file that ends in .md or .json, without folders. Reports are "
            f"written to {home.checks}."
        )
    return path


def write_report(path: Path, checks: Sequence[PublisherCheck]) -> None:
    """Write a report of checks, as Markdown or, for a path that ends in .json, as JSON.

    It holds no queries, credentials or names of this machine, so that it can be published.
    """
    from warehouse.publishers.client import user_agent

    facts = {
        "checked at": datetime.now(UTC).isoformat(timespec="seconds"),
        "asked by": user_agent(),
        "python": platform.python_version(),
        "system": platform.system(),
        "proxy": "https" in getproxies(),
        "sources asked": sum(check.is_asked for check in checks),
        "sources not as expected": sum(check.is_failing for check in checks),
    }
    path.parent.mkdir(exist_ok=True)
    with replacing(path) as temporary:
        if path.suffix == ".json":
            content = {name.replace(" ", "_"): it for name, it in facts.items()} | {
                "checks": [check.to_dict() for check in checks]
            }
            temporary.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")
            return
        lines = ["# Check of the publishers", "", *(f"- {name}: {it}" for name, it in facts.items())]
        lines += ["", _line(COLUMNS), _line("---" for _ in COLUMNS), *map(_line, rows(checks)), ""]
        temporary.write_text("\n".join(lines), "utf-8")


def _line(cells: Iterable[str]) -> str:
    """Return a row of a Markdown table; text of publishers cannot end a cell or begin markup."""
    plain = (cell.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;") for cell in cells)
    return f"| {' | '.join(' '.join(cell.split()) for cell in plain)} |"
