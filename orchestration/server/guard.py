"""Access control in front of Dagster's web server.

Dagster's server has no users, accepts every Host header, and runs mutations that any web page makes a browser send.
Here a request must name this server, come from its own pages and, beyond the loopback interface, have the password.
"""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster_webserver.webserver import DagsterWebserver
from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestration.server.password import refusal_without_password
from warehouse.serving import app
from warehouse.storage.home import Home

EDITIONS = "/editions"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class RequestGuard:
    """ASGI middleware that refuses unauthenticated requests and requests from pages of other sites.

    `names` are the valid host names of the server. With a `password`, every request must have it (HTTP Basic, any
    user name), and IP addresses are valid host names too.
    """

    def __init__(self, app: ASGIApp, names: frozenset[str], password: str | None) -> None:
        self.app = app
        self.names = names
        self.password = password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the refusal; a websocket is refused before it is accepted."""

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
        """Return the answer to a request that is refused, or None; a websocket has no method."""
        host = request.headers.get("host", "")
        if not self._is_ours(host):
            return PlainTextResponse(f"This server does not answer to the host {host!r}.", 400)
        if refusal := refusal_without_password(request, self.password):
            return refusal
        if _is_foreign(request, host) and not _is_visit(request, method):
            return PlainTextResponse("Requests from other sites are refused.", 403)
        return None

    def _is_ours(self, host: str) -> bool:
        """Return whether a Host header names this server; a DNS rebinding attack has another name."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self.names or (self.password is not None and _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_foreign(request: HTTPConnection, host: str) -> bool:
    """Return whether a browser marks the request as sent by another site's page; programs send no such headers."""
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != host:
        return True
    return request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


def _is_visit(request: HTTPConnection, method: str | None) -> bool:
    """Return whether the request follows a link to the UI, which pages of other sites may have."""
    fetch = request.headers.get("sec-fetch-mode"), request.headers.get("sec-fetch-dest")
    return method in SAFE_METHODS and fetch == ("navigate", "document") and "origin" not in request.headers


class GuardedWebserver(DagsterWebserver[WorkspaceProcessContext, WorkspaceRequestContext]):
    """Dagster's web server behind a `RequestGuard`, with no mutation by GET, and with the editions of a home.

    Dagster's server answers any address that it does not know with a page of the UI; the editions are mounted before
    that, so a file that an edition does not have is not found.
    """

    def __init__(
        self, context: WorkspaceProcessContext, names: frozenset[str], password: str | None, home: Home
    ) -> None:
        self._guard = Middleware(RequestGuard, names=names, password=password)
        self._editions = Mount(EDITIONS, app.create(home))
        super().__init__(context, live_data_poll_rate=2000)

    def build_routes(self) -> list[BaseRoute]:
        """Return the routes, those of the editions first."""
        return [self._editions, *super().build_routes()]  # type: ignore[no-untyped-call]

    def build_middleware(self) -> list[Middleware]:
        """Return the middleware, the guard outermost."""
        return [self._guard, *super().build_middleware()]

    async def execute_graphql_request(
        self, request: Request, query: str, variables: dict[str, Any] | None, operation_name: str | None
    ) -> JSONResponse:
        """Return the answer to a GraphQL request; 405 for a mutation sent by GET."""
        if request.method != "POST" and not _only_reads(query):
            return JSONResponse(
                {"errors": [{"message": "Send mutations by POST."}]}, status_code=405, headers={"Allow": "POST"}
            )
        return await super().execute_graphql_request(request, query, variables, operation_name)


def _only_reads(query: str) -> bool:
    """Return whether a GraphQL document has queries only, or is invalid and so does nothing."""
    try:
        document = parse(query)
    except GraphQLError:
        return True
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return all(node.operation is OperationType.QUERY for node in operations)
