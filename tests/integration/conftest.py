"""Two editions that many tests read: of the project alone, and with the real files landed."""

import subprocess
import sys
from pathlib import Path

import pytest

from assets.door import land
from orchestration.build import run_build
from tests.rebuilt import real_files
from warehouse.home import Home
from warehouse.store import Warehouse


@pytest.fixture(scope="session")
def default_home(tmp_path_factory):
    """A home with one edition built from what ships with the project, as `make run` builds it."""
    home = Home(tmp_path_factory.mktemp("default") / "home").prepare()
    run_build(home)
    return home


@pytest.fixture(scope="session")
def landed_home(tmp_path_factory, shared):
    """A home into which the real files were landed before it was built."""
    home = Home(tmp_path_factory.mktemp("landed") / "home").prepare()
    landing = Warehouse(home).landing
    for source, name, content in real_files():
        land(landing, source, content, file_name=name)
    run_build(home)
    return home


@pytest.fixture
def cpower():
    """Run the command line as a user does and return the completed process."""

    def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "orchestration.cli", *arguments],
            env={"CPOWER_HOME": str(home), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return run
