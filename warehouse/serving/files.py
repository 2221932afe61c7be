"""Serves the files of the editions of a home.

`/` lists the editions, `/latest/…` redirects to the same file of the current edition, and `/<edition>/…` is a file.
Only files with a checksum in the edition are served. Their entity tag is that checksum, so a cache or a client can keep
a file of an edition for ever; the redirect is never kept.
"""

import gzip
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

import brotli
from jinja2 import Environment, PackageLoader
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from warehouse.editions.find import ID, Edition, editions, find_current
from warehouse.exports import manifest, media_type
from warehouse.storage.atomic_files import sha256
from warehouse.storage.home import Home

LATEST = "latest"
KEPT, NOT_KEPT = "public, max-age=31536000, immutable", "no-store"
INDEX = "index.html"
# Larger files, and parts of files, are sent as they are: tools read them in ranges.
MOST_COMPRESSED_BYTES = 16_000_000
COMPRESSED = (".css", ".csv", ".geojson", ".graphml", ".html", ".js", ".json", ".jsonld", ".md", ".txt", ".yaml")
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda content: bytes(brotli.compress(content, quality=5)),
    "gzip": lambda content: gzip.compress(content, 6),
}
PAGES = Environment(loader=PackageLoader("warehouse.serving"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def routes(home: Home) -> list[Route]:
    """Return the routes of the list of editions, of the current edition and of the files of each edition."""

    def listing(request: Request) -> Response:
        """Return the list of editions, newest first."""
        newest = find_current(home)
        page = PAGES.get_template("editions.html").render(editions=editions(home)[::-1], current=newest)
        return HTMLResponse(page, headers={"Cache-Control": NOT_KEPT})

    def latest(request: Request) -> Response:
        """Redirect to the same path in the current edition; 404 if there is none."""
        edition = find_current(home)
        if edition is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "No edition has been published yet. Run cpower build.")
        inside = quote(request.path_params.get("path", ""))
        # The whole path, because DuckDB 1.4 does not follow a relative one.
        where = f"{request.scope.get('root_path', '')}/{edition.id}/{inside}"
        return RedirectResponse(where, HTTPStatus.TEMPORARY_REDIRECT, {"Cache-Control": NOT_KEPT})

    async def file(request: Request) -> Response:
        """Return a file of an edition, whole or in part; 404 for anything that is not part of the edition."""
        return await run_in_threadpool(_file, home, request)

    return [
        Route("/", listing),
        Route(f"/{LATEST}", lambda request: RedirectResponse(f"{LATEST}/", HTTPStatus.TEMPORARY_REDIRECT)),
        Route(f"/{LATEST}/{{path:path}}", latest),
        Route("/{edition}/{path:path}", file),
        Route("/{edition}", lambda request: RedirectResponse(f"{request.path_params['edition']}/", 308)),
    ]


def _file(home: Home, request: Request) -> Response:
    name, inside = request.path_params["edition"], request.path_params["path"]
    folder = home.published / name
    if not ID.fullmatch(name) or not folder.is_dir():
        raise HTTPException(HTTPStatus.NOT_FOUND, f"There is no edition {name!r} here.")
    listed = _listed(folder, (folder / manifest.CHECKSUMS).stat().st_mtime_ns)
    if not inside:
        edition, top = Edition.read(folder), _by_folder(listed)
        page = PAGES.get_template("edition.html").render(edition=edition, files=manifest.FILES, top=top)
        return HTMLResponse(page, headers={"Cache-Control": KEPT})
    if inside.endswith("/") and inside + INDEX in listed:
        inside += INDEX
    if inside not in listed:
        if f"{inside}/{INDEX}" in listed:
            return RedirectResponse(f"{inside.rpartition('/')[2]}/", HTTPStatus.PERMANENT_REDIRECT)
        raise HTTPException(HTTPStatus.NOT_FOUND, f"Edition {name} has no file {inside!r}.")
    return _answer(request, folder / inside, listed[inside])


def _by_folder(paths: Iterable[str]) -> dict[str, list[str]]:
    """Return the files and folders of an edition, sorted, each folder with the files below it."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        first, below, _ = path.partition("/")
        found.setdefault(first + below, []).extend([path] if below else [])
    return found


@lru_cache(maxsize=8)
def _listed(folder: Path, _changed: int) -> dict[str, str]:
    """Return the SHA-256 of the files of an edition by path."""
    return manifest.read_checksums(folder) | {manifest.CHECKSUMS: sha256(folder / manifest.CHECKSUMS)}


def _answer(request: Request, path: Path, checksum: str) -> Response:
    """Return a file: not at all if the client has it, in part if asked, compressed if the client can read that."""
    kind = media_type(path)
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    headers = {
        "Cache-Control": KEPT,
        "Accept-Ranges": "bytes",
        "Content-Type": kind + charset,
        "Vary": "Accept-Encoding",
    }
    encoding = _encoding(request, path)
    tag = f'"{checksum}{"-" + encoding if encoding else ""}"'
    headers["ETag"] = tag
    known = request.headers.get("if-none-match", "")
    if known == "*" or tag in [each.strip().removeprefix("W/") for each in known.split(",")]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if encoding is None:
        # FileResponse answers Range and If-Range, and gives Last-Modified.
        return FileResponse(path, headers=headers)
    content = _compressed(path, path.stat().st_mtime_ns, encoding)
    return Response(
        b"" if request.method == "HEAD" else content,
        headers=headers | {"Content-Encoding": encoding, "Content-Length": str(len(content))},
    )


def _encoding(request: Request, path: Path) -> str | None:
    """Return the encoding in which to send a file, or None to send it as it is."""
    if path.suffix not in COMPRESSED or "range" in request.headers or path.stat().st_size > MOST_COMPRESSED_BYTES:
        return None
    accepted = {}
    for each in request.headers.get("accept-encoding", "").split(","):
        name, _, weight = each.partition(";")
        accepted[name.strip().lower()] = weight.replace(" ", "") not in ("q=0", "q=0.0")
    return next((name for name in ENCODINGS if accepted.get(name)), None)


@lru_cache(maxsize=64)
def _compressed(path: Path, _changed: int, encoding: str) -> bytes:
    return ENCODINGS[encoding](path.read_bytes())


def refused(_request: Request, error: Exception) -> Response:
    """Return the answer to a request for something that is not there: plain text, never a page of something else."""
    assert isinstance(error, HTTPException)
    return PlainTextResponse(f"{error.detail}\n", error.status_code, {"Cache-Control": NOT_KEPT})
