"""The real server with its daemon, and how a test talks to it."""

import base64
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import yaml
from dagster._core.events import DagsterEvent
from dagster._core.remote_origin import RemoteRepositoryOrigin
from dagster._core.workspace.load_target import WorkspaceFileTarget

from assets.landing.pull import pullable
from orchestration.instance import environment, instance
from warehouse.storage.home import PROJECT, Home

SERVED = PROJECT / "tests" / "fixtures" / "served"
PASSWORD = "made up for a test, 7f1c"
REPOSITORY = {"repositoryLocationName": "community_power", "repositoryName": "__repository__"}
LAUNCH = """mutation LaunchRun($executionParams: ExecutionParams!) {
  launchRun(executionParams: $executionParams) { __typename ... on LaunchRunSuccess { run { runId } } }
}"""


@dataclass(frozen=True)
class Server:
    """A server process, where it is, its home and what it wrote to its terminal."""

    process: "subprocess.Popen[bytes]"
    url: str
    home: Home
    log: Path

    def request(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
        """Return the status and text of an answer; a header name's underscores stand for hyphens."""
        sent = {"Authorization": basic(PASSWORD)} | {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, body, {name: value for name, value in sent.items() if value})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def graphql(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        status, text = self.request("/graphql", body, Content_Type="application/json", Origin=self.url)
        answer = json.loads(text)
        assert status == 200, text
        assert "errors" not in answer, text
        return answer["data"]

    def launch(self, job: str, config: dict[str, Any] | None = None) -> str:
        """Launch a job as the launchpad of the UI does and return the id of the run."""
        parameters = {
            "selector": REPOSITORY | {"jobName": job},
            "runConfigData": config or {},
            "mode": "default",
            # Ahead of the runs of the schedule that ticks every minute.
            "executionMetadata": {"tags": [{"key": "dagster/priority", "value": "1"}]},
        }
        launched = self.graphql(LAUNCH, executionParams=parameters)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def status(self, run_id: str) -> str:
        answer = self.graphql("query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }", id=run_id)
        return str(answer["runOrError"]["status"])

    def finished(self, run_id: str, seconds: float = 800) -> str:
        """Return how a run ended."""
        return until(lambda: (status := self.status(run_id)) in ("SUCCESS", "FAILURE", "CANCELED") and status, seconds)


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"anyone:{password}".encode()).decode()


def until(look: Callable[[], Any], seconds: float) -> Any:
    """Return the first true answer; fail after some seconds."""
    end = time.monotonic() + seconds
    while not (answer := look()):
        assert time.monotonic() < end, f"waited {seconds:.0f} seconds in vain"
        time.sleep(0.3)
    return answer


def mirror(address: str) -> dict[str, Any]:
    """Return the entry of `CPOWER_PUBLISHERS` by which a source is pulled from this machine."""
    return {"address": address, "hosts": [urlsplit(address).hostname], "schemes": ["http"]}


def unreachable() -> dict[str, Any]:
    """Return the content of `CPOWER_PUBLISHERS` by which every source is pulled from a port where nobody listens."""
    with contextlib.ExitStack() as stack:
        ports = [stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in pullable()]
    return {source: mirror(f"http://127.0.0.1:{port}/") for source, port in zip(pullable(), ports, strict=True)}


@contextlib.contextmanager
def serving(home: Home, workspace: Path, log: Path, *, password: str = "") -> Iterator[tuple[Any, str]]:
    """Yield a server process of a home and its address; stop it as a person would, which it must bear.

    It reaches no publisher.
    """
    publishers = log.with_suffix(".publishers.yaml")
    publishers.write_text(yaml.safe_dump(unreachable()), "utf-8")
    variables = os.environ | environment(home) | {"CPOWER_PUBLISHERS": str(publishers)}
    variables |= {"CPOWER_PASSWORD": password} if password else {}
    command = [sys.executable, "-m", "orchestration.server.web_server", "--port", "0", "--workspace", str(workspace)]
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=PROJECT, env=variables, stdout=file, stderr=file)

    def address() -> str | None:
        assert process.poll() is None, log.read_text("utf-8")
        said = log.read_text("utf-8").partition("The UI is at ")[2]
        return said.split()[0] if " " in said else None

    try:
        yield process, until(address, 120)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0, log.read_text("utf-8")
    finally:
        process.kill()
        process.wait()


def leave_runs(home: Home) -> dict[str, str]:
    """Put into an instance what a power cut leaves: a run that nobody works on, one half cancelled, one queued."""
    from orchestration.definitions import defs

    small, job = dg.AssetKey(["core", "dim_nation"]), defs.resolve_job_def("build")
    [location] = WorkspaceFileTarget([str(SERVED / "workspace.yaml")]).create_origins()
    origin = RemoteRepositoryOrigin(location, "__repository__").get_job_origin("build")
    with instance(home) as opened:
        new = {"status": dg.DagsterRunStatus.NOT_STARTED, "remote_job_origin": origin, "asset_selection": {small}}
        runs = {name: opened.create_run_for_job(job, **new) for name in ("started", "canceling", "queued")}
        opened.report_dagster_event(DagsterEvent.job_enqueue(runs["queued"]), runs["queued"].run_id)
        opened.report_run_canceling(runs["canceling"])
        opened.handle_run_event(
            runs["started"].run_id,
            DagsterEvent(event_type_value="PIPELINE_START", job_name="build", message="Started."),
        )
        states = {name: opened.get_run_by_id(run.run_id) for name, run in runs.items()}
    assert [run.status.value for run in states.values() if run] == ["STARTED", "CANCELING", "QUEUED"]
    return {name: run.run_id for name, run in runs.items()}


@contextlib.contextmanager
def served(home: Home, workspace: Path) -> Iterator[Server]:
    """Yield the project's server, behind a password."""
    log = home.root.with_name("server.log")
    with serving(home, workspace, log, password=PASSWORD) as (process, url):
        yield Server(process, url, home, log)
