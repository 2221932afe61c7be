"""Dagster's own commands on the home of a user: the same history, in SQLite and in PostgreSQL."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
import yaml

from tests.support.postgres import PASSWORD, postgres
from tests.support.servers import until
from warehouse.storage.home import OVERRIDE, PROJECT, Home

pytestmark = pytest.mark.long

RUNS = "{ runsOrError { ... on Runs { results { runId jobName status } } } }"


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def home(request, tmp_path):
    """A home whose history is in a storage: that of the project, or a PostgreSQL that the user names."""
    home = Home(tmp_path / "home")
    with contextlib.ExitStack() as stack:
        if request.param == "PostgreSQL":
            home.root.mkdir()
            said = {"storage": stack.enter_context(postgres()).storage()}
            (home.root / OVERRIDE).write_text(yaml.safe_dump(said), "utf-8")
        yield home


@contextlib.contextmanager
def dagster_dev(home, dagster_home, log):
    """Yield the address of `dagster dev -w workspace.yaml`, started as the documents say."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "dagster", "dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)]
    variables = os.environ | {"CPOWER_HOME": str(home.root), "DAGSTER_HOME": dagster_home}
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=variables, stdout=file, stderr=file, start_new_session=True
        )
    try:
        yield f"http://127.0.0.1:{port}", process
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ask(address, path, body=None):
    try:
        request = urllib.request.Request(address + path, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


def test_dagster_dev_shows_the_runs_of_cpower(home, cpower, tmp_path):
    built = cpower(home.root, "build", "--select", "core.dim_nation")
    assert built.returncode == 0, built.stderr
    named = cpower(home.root, "dagster-home")
    assert named.stdout == f"{home.dagster}\n", named.stderr
    in_sqlite = home.dagster / "history" / "runs"
    assert in_sqlite.exists() != (home.root / OVERRIDE).exists()
    with dagster_dev(home, named.stdout.strip(), log := tmp_path / "dev.log") as (address, process):

        def served():
            assert process.poll() is None, log.read_text("utf-8")
            return ask(address, "/server_info")

        assert "dagster_webserver_version" in until(served, 180)
        answer = ask(address, "/graphql", json.dumps({"query": RUNS}).encode())
        runs = answer["data"]["runsOrError"]["results"]
        assert ("build", "SUCCESS") in [(run["jobName"], run["status"]) for run in runs]
    assert PASSWORD not in (home.dagster / "dagster.yaml").read_text("utf-8") + log.read_text("utf-8")


def test_a_database_that_refuses_is_told_in_one_line_with_the_file_and_without_the_password(cpower, tmp_path):
    home = Home(tmp_path / "home")
    home.root.mkdir()
    with postgres() as database:
        storage = database.storage()
        storage["postgres"]["postgres_db"] |= {"params": {}, "password": "a wrong one, 5d2a"}
        (home.root / OVERRIDE).write_text(yaml.safe_dump({"storage": storage}), "utf-8")
        refused = cpower(home.root, "dagster-home")
    assert refused.returncode == 2
    *_, line = refused.stderr.splitlines()
    assert line.startswith(f"cpower: {home.root / OVERRIDE}: storage: ")
    assert "password authentication failed" in line
    assert "5d2a" not in refused.stderr
    assert "Traceback" not in refused.stderr
