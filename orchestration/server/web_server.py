"""Runs the guarded web server and the daemon of one home together until stopped, for `cpower up`."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import click
import dagster as dg
import uvicorn
from dagster._core.workspace.load_target import WorkspaceFileTarget

from assets.factories.asset_specs import owners
from orchestration.alerts import channels
from orchestration.instance import UNDER_WAY, environment, instance, settings
from orchestration.secret_settings import secret
from orchestration.server.code_server import Workspace
from orchestration.server.daemon import GRACE_SECONDS
from orchestration.server.guard import GuardedWebserver
from orchestration.server.listening import PASSWORD, Address, AnnouncedServer, find_address, listening, require_password
from warehouse.catalogue import sources
from warehouse.editions.retention import number_kept
from warehouse.errors import CommunityPowerError, HomeUnavailable
from warehouse.report.contacts import contacts
from warehouse.storage.home import PROJECT, SERVER, Home
from warehouse.storage.resources import memory_limit
from warehouse.storage.share_alike import is_left_out

NAMES = "CPOWER_HOSTS"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

# The output of the daemon, the code server and runs, with tracebacks, in the folder of Dagster's settings. The terminal
# shows one line for a failed run, from the sensor `run_failed`.
LOG_FILE = "server.log"


class ServiceEnded(CommunityPowerError):
    """The web server or the daemon ended unexpectedly, and the other was stopped with it."""

    exit_code = 5


def reap(home: Home, opened: dg.DagsterInstance, reason: str) -> list[str]:
    """End the runs whose process is gone, which would block the queue, and return their ids.

    Only the server may call this: a run that the daemon is starting cannot be told from a left-over one.
    """
    alive = ""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(home.lock("ending left-over runs"))
        except HomeUnavailable as held:
            # Only one run can be in progress: it holds the home's lock, which names it.
            alive = str(held)
        runs = opened.get_runs(filters=dg.RunsFilter(statuses=UNDER_WAY))
        left_over = [run for run in runs if run.run_id not in alive]
        for run in left_over:
            if run.status is dg.DagsterRunStatus.CANCELING:
                opened.report_run_canceled(run, reason)
            else:
                opened.report_run_failed(run, reason)
            opened.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return [run.run_id for run in left_over]


def serve(
    home: Home,
    host: str = "127.0.0.1",
    port: int = 3000,
    password: str | None = None,
    workspace: Path = PROJECT / "workspace.yaml",
    *,
    with_daemon: bool = True,
) -> None:
    """Serve the UI and run schedules, sensors and queued runs until SIGINT or SIGTERM; port 0 takes a free one.

    The default password is the secret `CPOWER_PASSWORD`. `CPOWER_HOSTS` may add host names of the server,
    separated by commas, such as that of a proxy in front of it. Without the daemon, the code servers that the workspace
    file names must run already, and a daemon elsewhere runs the schedules.

    Raises `CannotServe` if the address cannot be used or needs a password, `HomeUnavailable` if the home is served
    already, and `ServiceEnded` if the web server or the daemon ends unexpectedly.
    """
    # Runs and code servers inherit this environment and do not need the password.
    password = password or secret(PASSWORD)
    for name in (PASSWORD, f"{PASSWORD}_FILE"):
        os.environ.pop(name, None)
    address = find_address(host, port)
    require_password(address, password, "could start and delete anything")
    _require_settings(home)
    with contextlib.ExitStack() as stack:
        home.prepare()
        stack.enter_context(home.lock(f"the server on {host}, port {port or 'any'}", SERVER))
        listener = stack.enter_context(listening(address))
        os.environ.update(environment(home))
        workspace = workspace.absolute()
        # Dagster uses the working directory of the process for the modules of a workspace file.
        os.chdir(PROJECT)
        opened = stack.enter_context(instance(home))
        if with_daemon:
            _say_reaped(
                reap(home, opened, "The process of this run had ended without a record when the server started.")
            )
            stack.callback(reap, home, opened, "The server was stopped while this run was in progress.")
        stack.enter_context(_interruptible())
        try:
            daemon, code = stack.enter_context(_daemon(workspace, home)) if with_daemon else (None, workspace)
            context = stack.enter_context(Workspace(opened, WorkspaceFileTarget([str(code)])))
            web = _web(context, listener, address, password, home)
            if daemon:
                threading.Thread(target=_end_with, args=(daemon, web), daemon=True).start()
            web.run(sockets=[listener])
        except KeyboardInterrupt:
            click.echo("Stopping.")
            return
        if not daemon:
            raise ServiceEnded("The web server ended unexpectedly.")
        raise ServiceEnded(
            f"The daemon ended unexpectedly with exit code {daemon.wait()}; the web server was stopped. "
            f"See {home.dagster / LOG_FILE}."
        )


def _require_settings(home: Home) -> None:
    """Raise a `CommunityPowerError` for an invalid setting, with which the code location or every run would fail."""
    settings(home)
    channels()
    owners()
    sources()
    number_kept()
    contacts()
    memory_limit()
    is_left_out()


def _web(
    context: Workspace, listener: socket.socket, address: Address, password: str | None, home: Home
) -> AnnouncedServer:
    """Return the web server for an address that is being listened on."""
    named = {name.strip().lower() for name in os.environ.get(NAMES, "").split(",")}
    names = LOOPBACK_NAMES | {address.host.lower()} | named
    if address.is_beyond:
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
        click.echo("Passwords and data are sent unencrypted; for other users, put a TLS proxy in front of the server.")
    app = GuardedWebserver(context, names - {""}, password, home).create_asgi_app()
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Browsers keep the connection of live updates open; a stop must not wait for them.
        timeout_graceful_shutdown=2,
    )
    return AnnouncedServer(config, "The UI is", address.url(listener))


@contextlib.contextmanager
def _daemon(workspace: Path, home: Home) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    """Run the daemon, the code server and their runs as one process group, which is ended at the end.

    Yields the process and the workspace file that names the code server; raises `ServiceEnded` if it does not start.
    """
    code = home.dagster / "code-server.yaml"
    code.unlink(missing_ok=True)
    command = [sys.executable, "-m", "orchestration.server.daemon", str(workspace), str(code)]
    with (home.dagster / LOG_FILE).open("ab") as log:
        # A new session, so that Ctrl+C in the terminal reaches only this process, which then ends the others.
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=log, start_new_session=True)
    try:
        while not code.exists():
            if process.poll() is not None:
                raise ServiceEnded(
                    f"The daemon could not start; it ended with exit code {process.returncode}. See {log.name}."
                )
            time.sleep(0.1)
        yield process, code
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
            deadline = time.monotonic() + GRACE_SECONDS
            while time.monotonic() < deadline:
                process.poll()
                os.killpg(process.pid, 0)
                time.sleep(0.1)
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _end_with(daemon: "subprocess.Popen[bytes]", web: uvicorn.Server) -> None:
    """Wait for the daemon to end, then end the web server."""
    daemon.wait()
    web.should_exit = True


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Raise `KeyboardInterrupt` at the first SIGINT or SIGTERM; ignore later ones, since stopping takes seconds."""
    signals = (signal.SIGINT, signal.SIGTERM)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say_reaped(runs: list[str]) -> None:
    if runs:
        click.echo(f"Marked as failed, because their process has ended: {', '.join(runs)}")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=3000, show_default=True)
@click.option("--workspace", type=click.Path(path_type=Path, exists=True), default=PROJECT / "workspace.yaml")
def main(host: str, port: int, workspace: Path) -> None:
    """Serve the home that CPOWER_HOME names."""
    try:
        serve(Home.resolve(), host, port, workspace=workspace)
    except CommunityPowerError as error:
        click.echo(error, err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
