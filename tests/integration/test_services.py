"""The services of deploy/compose.yaml as processes of this machine: their commands, settings and secrets, no engine."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from shutil import copytree

import pytest
import yaml

from assets.landing.unparsed_files import unparsed_files
from assets.sources.threesixtygiving.standard import SOURCE
from tests.support.award_files import grants
from tests.support.postgres import postgres
from tests.support.servers import LAUNCH, PASSWORD, REPOSITORY, Server, until
from warehouse.catalogue import sources
from warehouse.storage.home import PROJECT, Home
from warehouse.storage.workspace import Warehouse

pytestmark = pytest.mark.long

DEPLOY = PROJECT / "deploy"
SERVICES = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
MODULES = {"cpower": "orchestration.cli", "dagster": "dagster", "dagster-daemon": "dagster._daemon.__main__"}
EVENTS = """query($id: ID!) {
  logsForRun(runId: $id) { ... on EventConnection { events { ... on MessageEvent { message } } } }
}"""
SMALL = {"path": ["core", "dim_nation"]}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


@pytest.fixture
def place(default_home, tmp_path):
    """The paths, addresses and ports of the containers, and those that stand for them here."""
    home = Home(copytree(default_home.root, tmp_path / "home", symlinks=True))
    with postgres() as database:
        settings = yaml.safe_load((DEPLOY / "dagster.override.yaml").read_text("utf-8"))
        settings["storage"]["postgres"]["postgres_db"] |= {
            "hostname": "127.0.0.1",
            "port": database.port,
            "params": {"passfile": str(database.passfile)},
        }
        ports = {name: free_port() for name in ("4000", "3000", "8000")}
        workspace = yaml.safe_load((DEPLOY / "workspace.yaml").read_text("utf-8"))
        workspace["load_from"][0]["grpc_server"] |= {"host": "127.0.0.1", "port": int(ports["4000"])}
        settings["concurrency"]["pools"]["default_limit"] = 1
        (tmp_path / "override.yaml").write_text(yaml.safe_dump(settings), "utf-8")
        (tmp_path / "workspace.yaml").write_text(yaml.safe_dump(workspace), "utf-8")
        (tmp_path / "password").write_text(PASSWORD + "\n", "utf-8")
        yield (
            home,
            ports
            | {
                "0.0.0.0": "127.0.0.1",
                "deploy/workspace.yaml": str(tmp_path / "workspace.yaml"),
                "/app/deploy/dagster.override.yaml": str(tmp_path / "override.yaml"),
                "/var/lib/community-power/dagster": str(home.dagster),
                "/run/secrets/password": str(tmp_path / "password"),
            },
        )


def process_of(command, service, home, here, log):
    """Start a command of a service with its environment."""
    program, *arguments = (here.get(part, part) for part in command)
    said = {variable: here.get(value, value) for variable, value in service["environment"].items()}
    kept = {variable: value for variable, value in os.environ.items() if variable != "CPOWER_PASSWORD"}
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", MODULES[program], *arguments],
            cwd=PROJECT,
            env=kept | said | {"CPOWER_HOME": str(home.root)},
            stdout=file,
            stderr=file,
            start_new_session=True,
        )


def started(name, home, here, log):
    """Start a service, and wait until it is healthy if others depend on that."""
    service = SERVICES[name]
    process = process_of(service["command"], service, home, here, log)
    if any(other.get("depends_on", {}).get(name) == {"condition": "service_healthy"} for other in SERVICES.values()):
        check = service["healthcheck"]["test"][1:]
        asked = log.with_suffix(".health.log")
        until(lambda: process.poll() is not None or process_of(check, service, home, here, asked).wait(60) == 0, 120)
    return process


def test_a_run_goes_from_the_ui_through_the_queue_and_the_daemon_to_the_code_location(place, tmp_path):
    home, here = place
    logs = {name: tmp_path / f"{name}.log" for name in SERVICES}
    assert started("settings", home, here, logs["settings"]).wait(120) == 0, logs["settings"].read_text("utf-8")
    processes = {}
    try:
        for name in ("code", "daemon", "web", "editions"):
            processes[name] = started(name, home, here, logs[name])

        def alive():
            for name, process in processes.items():
                assert process.poll() is None, logs[name].read_text("utf-8")

        def served(name):
            alive()
            return "http://" in logs[name].read_text("utf-8")

        until(lambda: served("web") and served("editions"), 120)
        web = Server(processes["web"], f"http://127.0.0.1:{here['3000']}", home, logs["web"])
        editions = Server(processes["editions"], f"http://127.0.0.1:{here['8000']}", home, logs["editions"])
        for server, path in ((web, "/server_info"), (editions, "/latest/datapackage.json")):
            assert server.request(path, Authorization="")[0] == 401
            assert server.request(path)[0] == 200

        parameters = {"selector": REPOSITORY | {"jobName": "build", "assetSelection": [SMALL]}, "mode": "default"}

        launched = web.graphql(LAUNCH, executionParams=parameters)["launchRun"]
        assert web.finished(launched["run"]["runId"], 200) == "SUCCESS"

        for content in (grants({"id": "360G-made-up-1"}), grants({"id": "360G-made-up-2"})):
            Warehouse(home).landing.keep(sources()[SOURCE], content, file_name="made-up.json")
        run_id = web.launch("parse")
        assert web.finished(run_id, 300) == "SUCCESS"
        events = web.graphql(EVENTS, id=run_id)["logsForRun"]["events"]
        assert any("blocked by limit for pool parse" in event["message"] for event in events)
        assert not unparsed_files(Warehouse(home).landing)
        alive()
        for log in logs.values():
            assert not log.exists() or PASSWORD not in log.read_text("utf-8")
    finally:
        for process in processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
