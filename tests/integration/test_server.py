"""The server that `cpower up` starts: the UI, the daemon, and what may not pass the guard."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

import dagster as dg
import pytest
from starlette.requests import HTTPConnection

from orchestration.instance import instance
from orchestration.server.guard import RequestGuard
from orchestration.server.listening import CannotServe
from orchestration.server.web_server import LOG_FILE, reap, serve
from tests.support.servers import PASSWORD, SERVED, basic, serving, until
from warehouse.errors import HomeUnavailable
from warehouse.storage.home import Home

pytestmark = pytest.mark.long

MUTATION = 'mutation { setConcurrencyLimit(concurrencyKey: "x", limit: 1) { __typename } }'
OPENER = """
import sys
from pathlib import Path
from orchestration.instance import instance
from warehouse.storage.home import Home
with instance(Home(Path(sys.argv[1]))) as opened:
    print(opened.get_runs(), opened.telemetry_enabled)
"""
OTHER = "https://elsewhere.example"


def websocket(server, **headers):
    """Return the status of the answer to a websocket handshake."""
    with contextlib.closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)) as connection:
        handshake = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": "bWFkZSB1cCB0byB0ZXN0IQ==",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Protocol": "graphql-ws",
        }
        connection.request("GET", "/graphql", headers=handshake | headers)
        return connection.getresponse().status


def test_no_password_no_answer(server):
    assert server.request("/server_info")[0] == 200
    for wrong in ("", "Basic", "Basic !", basic("guess"), basic(""), f"Bearer {PASSWORD}"):
        assert server.request("/server_info", Authorization=wrong)[0] == 401
        assert server.request("/graphql", b"{}", Authorization=wrong)[0] == 401
    assert websocket(server, Origin=server.url) == 401


def test_a_host_that_is_not_ours_is_refused(server):
    port = urlsplit(server.url).port
    assert server.request("/server_info", Host=f"localhost:{port}")[0] == 200
    for host in (f"evil.example:{port}", "localhost.evil.example", "[::1", ""):
        assert server.request("/server_info", Host=host or " ")[0] == 400


def test_get_reads_and_never_changes(server):
    assert server.request("/graphql?query=" + quote("{ version }"))[0] == 200
    for document in (MUTATION, f"query A {{ version }} {MUTATION.replace('mutation', 'mutation B', 1)}"):
        status, _ = server.request("/graphql?operationName=B&query=" + quote(document))
        assert status == 405


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": OTHER},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_other_pages_cannot_act(server, headers):
    path = "/graphql?query=" + quote("{ version }")
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        assert server.request(path, b'{"query": "{ version }"}', Content_Type=kind, **headers)[0] == 403
    assert server.request(path, **headers)[0] == 403
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    assert websocket(server, Authorization=basic(PASSWORD), **shown) == 403


def test_the_ui_itself_and_links_to_it_pass(server):
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert server.request("/assets", Sec_Fetch_Dest="document", **link)[0] == 200
    assert server.request("/assets", Sec_Fetch_Dest="iframe", **link)[0] == 403
    assert server.request("/graphql", b'{"query": "{ version }"}', Content_Type="application/json")[0] == 200
    assert websocket(server, Authorization=basic(PASSWORD), Origin=server.url) == 101


def test_without_a_password_an_address_that_is_not_ours_is_refused_too():
    guard = RequestGuard(None, frozenset({"localhost"}), None)

    def status(host):
        request = HTTPConnection({"type": "http", "headers": [(b"host", host.encode())]})
        refusal = guard.refusal(request, "GET")
        return refusal and refusal.status_code

    assert status("localhost:3000") is None
    assert status("LOCALHOST") is None
    assert status("192.0.2.7:3000") == 400


def test_the_password_is_written_nowhere_and_told_to_no_other_process(server):
    places = [server.log, *server.home.root.rglob("*")]
    children = subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True, check=True)
    places += [Path("/proc", child, "environ") for child in children.stdout.split()]
    for place in places:
        # SQLite and runs remove files while this looks.
        with contextlib.suppress(FileNotFoundError, IsADirectoryError):
            assert PASSWORD.encode() not in place.read_bytes(), place


def test_beyond_loopback_a_password_is_required(tmp_path, monkeypatch):
    monkeypatch.delenv("CPOWER_PASSWORD", raising=False)
    for password in (None, "", "short"):
        with pytest.raises(CannotServe, match="CPOWER_PASSWORD"):
            serve(Home(tmp_path / "home"), "0.0.0.0", 0, password)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CPOWER_OWNER", "somebody"),
        ("CPOWER_KEEP_EDITIONS", "none"),
        ("CPOWER_CONTACT", "somebody"),
        ("CPOWER_PUBLISHERS", "/no/such/file.yaml"),
    ],
)
def test_a_setting_on_which_every_run_would_fail_is_refused_in_one_line(variable, value, tmp_path):
    home = tmp_path / "home"
    found = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", "up", "--port", "0"],
        env={"CPOWER_HOME": str(home), "PATH": "/usr/bin:/bin", variable: value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode in (2, 3)
    assert found.stdout == ""
    (line,) = found.stderr.splitlines()
    assert line.startswith("cpower: ")
    assert variable in line
    assert not list(home.glob("dagster/*"))


def test_a_run_that_failed_is_one_line_in_the_terminal_and_has_its_traceback_in_the_log(server):
    before = server.log.read_text("utf-8")
    run = server.launch("build", {"resources": {"warehouse": {"config": {"as_of": "2999-01-01"}}}})
    assert server.finished(run) == "FAILURE"
    said = until(lambda: server.log.read_text("utf-8").removeprefix(before), 60)
    assert said == (
        f"Run {run[:8]} of build failed. What to do: Correct the setting that is named below, then run the job again. "
        "What happened: as_of 2999-01-01 is in the future; use today or an earlier date.\n"
    )
    assert "Stack Trace" in (server.home.dagster / LOG_FILE).read_text("utf-8")


def test_a_port_in_use_is_named(server, tmp_path):
    port = urlsplit(server.url).port
    with pytest.raises(CannotServe, match=rf"port {port}: address already in use"):
        serve(Home(tmp_path / "home"), port=port)


def test_a_host_that_is_no_address_here_is_named(tmp_path):
    with pytest.raises(CannotServe, match=r"'nowhere\.invalid' is not an address"):
        serve(Home(tmp_path / "home"), "nowhere.invalid")


def test_a_home_has_one_server(server):
    with pytest.raises(HomeUnavailable, match=rf"the server on 127.0.0.1.*process {server.process.pid}"):
        serve(server.home, port=0)


def test_the_run_that_holds_the_home_is_no_left_over(tmp_path):
    @dg.job
    def build():
        """A run that this test pretends to work on."""

    home = Home(tmp_path / "home")
    with instance(home) as opened:
        run = opened.create_run_for_job(build, status=dg.DagsterRunStatus.STARTED)
        with home.lock(f"run {run.run_id}"):
            assert reap(home, opened, "gone") == []
        assert opened.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.STARTED
        with home.lock("land"):
            assert reap(home, opened, "gone") == [run.run_id]
        assert opened.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.FAILURE


def test_when_the_daemon_ends_the_web_server_ends_and_says_so(tmp_path):
    log = tmp_path / "server.log"
    with serving(Home(tmp_path / "home"), SERVED / "nothing.yaml", log) as (process, _):
        children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True)
        os.kill(int(children.stdout.split()[0]), signal.SIGKILL)
        assert process.wait(timeout=30) == 5
    assert "The daemon ended unexpectedly with exit code -9" in log.read_text("utf-8")


def test_a_fresh_instance_may_be_opened_by_several_at_once(tmp_path):
    command = [sys.executable, "-c", OPENER, str(tmp_path / "home")]
    openers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for opener in openers:
        assert opener.communicate(timeout=120) == ("[] False\n", "")
