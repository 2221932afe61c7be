"""The application that serves the editions of a home: their files, and the data API under `/api/v1`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from warehouse.serving import api, files
from warehouse.serving.answers import EDITION_HEADER
from warehouse.serving.pool import Pool
from warehouse.storage.home import Home

API = "/api/v1"
# Pages of other sites may read what is published.
CORS = Middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_methods=["GET", "HEAD"],
    allow_headers=["Range", "If-None-Match"],
    expose_headers=["ETag", "Content-Range", "Accept-Ranges", "Link", EDITION_HEADER],
)


def answering_head(app: ASGIApp) -> ASGIApp:
    """Return an application that answers HEAD as it answers GET; the server leaves the body out."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") == "HEAD":
            scope = {**scope, "method": "GET"}
        await app(scope, receive, send)

    return answered


def create(home: Home) -> Starlette:
    """Return the application; it answers GET and HEAD, and reads only what is published in the home."""
    pool = Pool(home)

    @asynccontextmanager
    async def closing(_app: Starlette) -> AsyncIterator[None]:
        yield
        pool.close()

    return Starlette(
        routes=[Mount(API, answering_head(api.create(pool))), *files.routes(home)],
        middleware=[CORS],
        exception_handlers={HTTPException: files.refused},
        lifespan=closing,
    )
