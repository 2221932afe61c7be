"""The command line as tests run it."""

import subprocess
import sys
from pathlib import Path

import pytest


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
