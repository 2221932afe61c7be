"""The guarded web server and the daemon, as `cpower up` runs them: together, for one home, until told to stop.

Dagster's own web server knows no users, believes every Host header and carries out mutations that any web page
makes a browser send. Here a request must name this server, come from its own pages and, beyond the loopback
interface, bring the password.
"""

import base64
import binascii
import contextlib
import hashlib
import hmac
import ipaddress
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
from typing import Any
from urllib.parse import urlsplit

import click
import dagster as dg
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.webserver import DagsterWebserver
from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestration.daemon import GRACE_SECONDS
from orchestration.instance import environment, instance
from warehouse.errors import CommunityPowerError, HomeUnavailable
from warehouse.home import PROJECT, SERVER, Home

PASSWORD, NAMES = "CPOWER_PASSWORD", "CPOWER_HOSTS"
MIN_PASSWORD = 12
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Runs that somebody's process should be working on; a queued run needs none and goes on after a restart.
UNDER_WAY = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


class CannotServe(CommunityPowerError):
    """An address that cannot be listened on, or that must not be without a password."""

    exit_code = 4


class ServiceEnded(CommunityPowerError):
    """The web server or the daemon ended by itself, and the other was stopped with it."""

    exit_code = 5


class Guard:
    """ASGI middleware that answers what the server itself must not: requests of strangers and of other pages.

    `names` are the hosts by which the server may be called. With a `password`, every request must bring it
    (HTTP Basic, any user name), and the server may also be called by address.
    """

    def __init__(self, app: ASGIApp, names: frozenset[str], password: str | None) -> None:
        self.app = app
        self.names = names
        self.password = password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the refusal (a websocket's before it is accepted)."""

        async def unframed(message: Message) -> None:
            if message["type"] == "http.response.start":
                # A page that shows the UI in an invisible frame could have its visitor click "launch".
                MutableHeaders(scope=message)["X-Frame-Options"] = "DENY"
            await send(message)

        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        else:
            answer = self.refusal(HTTPConnection(scope), scope.get("method")) or self.app
            await answer(scope, receive, unframed)

    def refusal(self, request: HTTPConnection, method: str | None) -> Response | None:
        """Return the answer to a request that may not pass, or None; a websocket has no method."""
        host = request.headers.get("host", "")
        if not self._is_ours(host):
            return PlainTextResponse(f"This server does not answer to the host {host!r}.", 400)
        if self.password is not None and not self._is_admitted(request.headers.get("authorization", "")):
            asking = {"WWW-Authenticate": 'Basic realm="Community Power", charset="UTF-8"'}
            return PlainTextResponse("A password is needed.", 401, asking)
        if _is_foreign(request, host) and not _is_visit(request, method):
            return PlainTextResponse("Requests from other pages are not carried out.", 403)
        return None

    def _is_ours(self, host: str) -> bool:
        """Return whether a Host header names this server: a page that had its own name resolve to us would not."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self.names or (self.password is not None and _is_address(name))

    def _is_admitted(self, authorization: str) -> bool:
        scheme, _, credentials = authorization.partition(" ")
        try:
            given = base64.b64decode(credentials, validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return False
        wanted = (self.password or "").encode()
        # Digests are of one length, so the comparison takes as long whatever was given.
        same = hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(wanted).digest())
        return same and scheme.lower() == "basic"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_foreign(request: HTTPConnection, host: str) -> bool:
    """Return whether a browser says that another site's page made it send the request; programs say nothing."""
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != host:
        return True
    return request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


def _is_visit(request: HTTPConnection, method: str | None) -> bool:
    """Return whether somebody follows a link to the UI, which other pages may hold."""
    fetch = request.headers.get("sec-fetch-mode"), request.headers.get("sec-fetch-dest")
    return method in SAFE_METHODS and fetch == ("navigate", "document") and "origin" not in request.headers


class GuardedWebserver(DagsterWebserver[WorkspaceProcessContext, WorkspaceRequestContext]):
    """Dagster's web server behind a `Guard`, with no mutation by GET."""

    def __init__(self, context: WorkspaceProcessContext, names: frozenset[str], password: str | None) -> None:
        self._guard = Middleware(Guard, names=names, password=password)
        super().__init__(context, live_data_poll_rate=2000)

    def build_middleware(self) -> list[Middleware]:
        """Return the middleware, the guard outermost."""
        return [self._guard, *super().build_middleware()]

    async def execute_graphql_request(
        self, request: Request, query: str, variables: dict[str, Any] | None, operation_name: str | None
    ) -> JSONResponse:
        """Return the answer to a GraphQL request; 405 where one sent by GET would change something."""
        if request.method != "POST" and not _only_reads(query):
            return JSONResponse(
                {"errors": [{"message": "Send mutations by POST."}]}, status_code=405, headers={"Allow": "POST"}
            )
        return await super().execute_graphql_request(request, query, variables, operation_name)


def _only_reads(query: str) -> bool:
    """Return whether a GraphQL document holds queries only; one that cannot be read does nothing either."""
    try:
        document = parse(query)
    except GraphQLError:
        return True
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return all(node.operation is OperationType.QUERY for node in operations)


def reap(home: Home, opened: dg.DagsterInstance, reason: str) -> list[str]:
    """End the runs whose process is gone and return their ids: they would hold up the queue for ever.

    Nobody but the server may call this, since a run that the daemon is just starting looks like a left-over one.
    """
    alive = ""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(home.lock("ending left-over runs"))
        except HomeUnavailable as held:
            # The one run that may be at work holds the home's lock, and the lock names it.
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
) -> None:
    """Serve the UI and run schedules, sensors and queued runs until SIGINT or SIGTERM; port 0 takes a free one.

    The password comes from the environment (`CPOWER_PASSWORD`) where none is given. `CPOWER_HOSTS` may add names,
    split by commas, by which the server is called, such as the one of a proxy in front of it.
    Raises `CannotServe` where the address cannot or must not be listened on, `HomeUnavailable` where the home is
    being served already, and `ServiceEnded` where the web server or the daemon ends unasked.
    """
    # Runs and code servers get this process's environment; the password is no business of theirs.
    from_environment = os.environ.pop(PASSWORD, "")
    password = password or from_environment or None
    family, address = _address(host, port)
    beyond = not ipaddress.ip_address(address[0]).is_loopback
    if beyond and len(password or "") < MIN_PASSWORD:
        raise CannotServe(
            f"Whoever reaches {host} could start and delete anything. Put a password of at least {MIN_PASSWORD} "
            f"characters into the environment variable {PASSWORD}, or serve on 127.0.0.1."
        )
    with contextlib.ExitStack() as stack:
        home.prepare()
        stack.enter_context(home.lock(f"the server on {host}, port {port or 'any'}", SERVER))
        listener = stack.enter_context(_listening(host, family, address))
        os.environ.update(environment(home))
        workspace = workspace.absolute()
        # Dagster takes the working directory of a workspace file's modules from where the process is.
        os.chdir(PROJECT)
        opened = stack.enter_context(instance(home))
        _say_reaped(reap(home, opened, "The process of this run had ended without a word when the server started."))
        stack.callback(reap, home, opened, "The server was stopped while this run was under way.")
        stack.enter_context(_interruptible())
        try:
            daemon, code = stack.enter_context(_daemon(workspace, home))
            context = stack.enter_context(WorkspaceProcessContext(opened, WorkspaceFileTarget([str(code)])))
            web = _web(context, listener, host, beyond, password)
            threading.Thread(target=_end_with, args=(daemon, web), daemon=True).start()
            web.run(sockets=[listener])
        except KeyboardInterrupt:
            click.echo("Stopping.")
            return
        raise ServiceEnded(f"The daemon ended by itself with exit code {daemon.wait()}; the web server was stopped.")


class _Web(uvicorn.Server):
    """A uvicorn server that says where it is as soon as it answers."""

    url = ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        click.echo(f"The UI is at {self.url} (Ctrl+C to stop).")


def _web(
    context: WorkspaceProcessContext, listener: socket.socket, host: str, beyond: bool, password: str | None
) -> _Web:
    """Return the web server for an address that is being listened on."""
    names = LOOPBACK_NAMES | {host.lower()} | {name.strip().lower() for name in os.environ.get(NAMES, "").split(",")}
    if beyond:
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
        click.echo("Passwords and data are sent unencrypted; put a proxy with TLS in front for others to use this.")
    app = GuardedWebserver(context, names - {""}, password).create_asgi_app()
    web = _Web(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            # Browsers keep the connection of live updates open; stopping must not wait for them.
            timeout_graceful_shutdown=2,
        )
    )
    shown = socket.gethostname() if ipaddress.ip_address(listener.getsockname()[0]).is_unspecified else host
    web.url = f"http://{f'[{shown}]' if ':' in shown else shown}:{listener.getsockname()[1]}"
    return web


def _address(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """Return the family and address that a host name means here; raise `CannotServe` where it means none."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise CannotServe(f"{host!r} is no address of this machine ({error.strerror}).") from error
    return family, (str(address[0]), int(address[1]))


def _listening(host: str, family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    """Return a socket that listens; raise `CannotServe` where the port is taken or not allowed."""
    try:
        return socket.create_server(address, family=family)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise CannotServe(
            f"Cannot listen on {host}, port {address[1]}: {reason}. Choose another with --port."
        ) from error


@contextlib.contextmanager
def _daemon(workspace: Path, home: Home) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    """Run the daemon, the code server and their runs as one process group, which is gone at the end.

    Yields the process and the workspace file that names the code server; raises `ServiceEnded` where it never starts.
    """
    code = home.dagster / "code-server.yaml"
    code.unlink(missing_ok=True)
    command = [sys.executable, "-m", "orchestration.daemon", str(workspace), str(code)]
    # A session of its own, so that Ctrl+C in the terminal reaches this process alone, which then ends the others.
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    try:
        while not code.exists():
            if process.poll() is not None:
                raise ServiceEnded(f"The daemon could not start; it ended with exit code {process.returncode}.")
            time.sleep(0.1)
        yield process, code
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
            patience = time.monotonic() + GRACE_SECONDS
            while time.monotonic() < patience:
                process.poll()
                os.killpg(process.pid, 0)
                time.sleep(0.1)
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _end_with(daemon: "subprocess.Popen[bytes]", web: uvicorn.Server) -> None:
    """Wait for the daemon to end and have the web server end too."""
    daemon.wait()
    web.should_exit = True


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Have the first SIGINT or SIGTERM interrupt, and later ones not cut short the stopping, which takes seconds."""
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
        click.echo(f"Marked as failed, since nothing works on them any more: {', '.join(runs)}")


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
