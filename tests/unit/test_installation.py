"""How `make` installs: from where pip is configured to look, and with no trace of an install that failed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from warehouse.storage.home import PROJECT

PIP = """#!/bin/sh
case "$1 $2 $3" in
    "config get global.index-url") echo https://index.example/simple ;;
    "config get global.extra-index-url") printf "\nfile:///one\nfile:///two\n" ;;
    "config get global.find-links") echo "/wheels /more" ;;
    config*) exit 1 ;;
esac
"""
UV = """#!/bin/sh
echo "$*" >> asked
env | grep -E "^(UV_|SSL_)" > given
exit ${UV_FAILS:-0}
"""
# Makes the environment as `python -m venv` does, of programs that only say how they were called.
PYTHON = """#!/bin/sh
mkdir -p .venv/bin && cp pip uv .venv/bin/
"""


@pytest.fixture
def project(tmp_path):
    """A folder with what an installation reads, and stand-ins for Python, pip and uv."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "requirements-installer.lock", ".ci/uv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(PROJECT / name, tmp_path / name)
    for name, text in (("pip", PIP), ("uv", UV), ("python", PYTHON)):
        (tmp_path / name).write_text(text, "utf-8")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def make(project: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "SSL_"))}
    command = ["make", "PYTHON=./python", ".venv/run.stamp"]
    return subprocess.run(
        command, cwd=project, env=environment | variables, capture_output=True, text=True, check=False
    )


def given(project: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (project / "given").read_text("utf-8").splitlines())


def test_packages_come_from_where_pip_is_configured_to_look(project):
    assert make(project).returncode == 0
    assert "--require-hashes -r requirements.lock" in (project / "asked").read_text("utf-8")
    assert given(project) == {
        "UV_DEFAULT_INDEX": "https://index.example/simple",
        "UV_INDEX": "file:///one file:///two",
        "UV_FIND_LINKS": "/wheels,/more",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


def test_a_variable_of_pip_precedes_its_files_and_one_of_uv_both(project):
    variables = {"PIP_INDEX_URL": "https://other.example/simple", "PIP_CERT": "/bundle.pem", "UV_INDEX": "file:///mine"}
    assert make(project, **variables).returncode == 0
    found = given(project)
    assert found["UV_DEFAULT_INDEX"] == "https://other.example/simple"
    assert found["SSL_CERT_FILE"] == "/bundle.pem"
    assert found["UV_INDEX"] == "file:///mine"


def test_an_install_that_fails_is_tried_again(project):
    assert make(project, UV_FAILS="1").returncode != 0
    assert not (project / ".venv" / "run.stamp").exists()
    assert make(project).returncode == 0
    assert (project / ".venv" / "run.stamp").exists()
