"""The command line as tests run it, and the default edition as they read it."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from warehouse.editions.find import current


@pytest.fixture
def cpower():
    """Run the command line as a user does and return the completed process."""

    def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "orchestration.cli", *arguments],
            env={"CPOWER_HOME": str(home), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=800,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def edition(default_home):
    return current(default_home)


@pytest.fixture
def ask(edition):
    """Ask the DuckDB file as any client does, without the project's own connection."""
    with duckdb.connect(str(edition.path / "community_power.duckdb"), read_only=True) as database:
        yield lambda sql: database.execute(sql).fetchall()
