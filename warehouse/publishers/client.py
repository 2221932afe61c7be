"""The one HTTP client: asks publishers politely, believes nothing that they send, and always ends in time.

Here belongs what holds for every request: time-outs and the deadline of a source, retries, rate limits, allow-lists,
limits on size, and messages without secrets. What an answer means is the protocols' knowledge.
"""

import json
import logging
import re
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)
from urllib3.util import parse_url

from warehouse.catalogue import Source
from warehouse.errors import PublisherFailed
from warehouse.publishers.address_guard import Guard, GuardedAdapter, RefusedAddress
from warehouse.publishers.addresses import bare, recordable
from warehouse.publishers.file_kind import NAME_OF_KIND, kind_of, kinds_of
from warehouse.publishers.retry import RETRY_STATUSES, Patience

SUCCESS = frozenset({200, 201, 203})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
DOWNLOADS = 3
MAX_REDIRECTS = 5
CHUNK_BYTES = 65_536
ERROR_BYTES = 65_536
MAX_DIGITS = 16
# Tables of repeated text unpack to some 50 times their size, bombs to a thousand times.
MAX_UNPACK_RATIO, RATIO_COUNTS_FROM_BYTES = 200, 10_000_000
# What may go on to another host after a redirect; whatever else a protocol sends may be meant for the first alone.
CARRIED_HEADERS = {"accept", "accept-language", "if-none-match", "if-modified-since", "content-type"}
UNRECORDED_HEADERS = {"set-cookie", "set-cookie2", "authorization", "proxy-authenticate", "www-authenticate"}
QUERY = re.compile(r"\?[^\s'\")]*")
REASONS = {
    401: "it asks for a login",
    403: "it refuses to answer us",
    404: "it has nothing there",
    410: "it has taken down what was there",
    429: "it asks to be left alone for now",
    202: "it is still preparing the file",
}
MOVED = REDIRECTS | {401, 403, 404, 410}
LATER = "Try again later; the last good landing stays in use."
CORRECT = "If the publisher has moved, correct the address or the hosts of the source in the catalogue."


@dataclass(frozen=True)
class Answer:
    """What a publisher sent, whole and unpacked.

    `address` and `final_address` are fit for the record: a parameter that may be a secret is masked. Names of
    `headers` are in lower case. `is_unchanged` is an answer 304, with no content.
    """

    content: bytes
    address: str
    final_address: str
    status: int
    headers: dict[str, str]
    is_unchanged: bool = False


@dataclass(frozen=True)
class Limits:
    """What one source may take: seconds, bytes, requests, and the hosts that it may be asked of.

    A host is a name, `*.name` for the names below it, or `*` for any; a private address is refused unless it is
    itself listed, as `127.0.0.1`, or its host stands in `private_hosts`. `deadline_s` counts from the first request
    and holds for all of the source.
    """

    connect_s: float = 10
    read_s: float = 60
    deadline_s: float = 600
    max_bytes: int = 1_000_000_000
    max_requests_per_minute: int | None = None
    allowed_hosts: frozenset[str] = frozenset()
    allowed_schemes: frozenset[str] = frozenset({"https"})
    private_hosts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, source: Source) -> "Limits":
        """Return the limits that the catalogue sets for a source."""
        return cls(
            deadline_s=source.deadline_s,
            max_bytes=source.max_bytes,
            max_requests_per_minute=source.max_requests_per_minute,
            allowed_hosts=frozenset(source.hosts),
            allowed_schemes=frozenset(source.schemes),
            private_hosts=frozenset(source.private_hosts),
        )

    def allow(self, host: str) -> bool:
        """Return whether a host may be asked."""
        return any(
            host == pattern or pattern == "*" or (pattern.startswith("*.") and host.endswith(pattern[1:]))
            for pattern in self.allowed_hosts
        )


class Turns:
    """When each host may be asked next, so that clients side by side keep its limit together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free_at: dict[str, float] = {}

    def take(self, host: str, per_minute: int | None, now: float) -> float:
        """Take the next turn at a host and return the seconds until it comes."""
        with self._lock:
            starts = max(now, self._free_at.get(host, now))
            self._free_at[host] = starts + (60 / per_minute if per_minute else 0)
            return starts - now


TURNS = Turns()


class Client:
    """One session with the hosts of one source, for one thread; use it as a context manager.

    `clock` and `sleep` are for tests. `turns` are shared by all clients of the process unless given.
    """

    def __init__(
        self,
        source_id: str,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        *,
        turns: Turns | None = None,
    ) -> None:
        self.source_id, self.limits = source_id, limits
        self.requests_made = 0
        self._clock, self._sleep = clock, sleep
        self._turns = turns or (TURNS if clock is time.monotonic else Turns())
        self._end: float | None = None
        self._watchdog: threading.Timer | None = None
        self.asking = ""  # the address that is being asked
        self._unreachable: dict[str, str] = {}
        listed = {host for host in limits.allowed_hosts if host == "localhost" or _is_ip_address(host)}
        self._guard = Guard(limits.private_hosts | listed)
        self._adapter = GuardedAdapter(self._guard, Patience.of(self))
        # Only prepares requests and reads proxies and certificates of the environment: its own sending would read
        # the whole body of a redirect, and its cookies and .netrc are nothing a publisher of open data needs.
        self._session = requests.Session()
        self._session.auth = _no_credentials
        self._session.headers.clear()
        self._session.headers.update({"User-Agent": user_agent(), "Accept": "*/*", "Accept-Encoding": "gzip"})

    def __enter__(self) -> "Client":
        """Return the client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        self.close()

    def close(self) -> None:
        """Close every connection."""
        if self._watchdog:
            self._watchdog.cancel()
        self._adapter.close()
        self._guard.close()
        self._session.close()

    def get(
        self,
        address: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
        expect: Sequence[str] = (),
    ) -> Answer:
        """Return what stands at an address; with `etag` or `last_modified`, only if it has changed since.

        `expect` are formats of the catalogue (csv, json, xlsx, ods, xls, zip): an answer that begins like none of
        them, such as an HTML page, is a failure. Raises `PublisherFailed`, with status and content where there are.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        given = {name: value for name, value in conditions.items() if value}
        return self._whole("GET", address, params, {**(headers or {}), **given}, None, tuple(expect), bool(given))

    def post_json(
        self,
        address: str,
        body: Any,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to a question put as JSON; it may be put more than once, so it must change nothing."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        return self._whole("POST", address, params, sent, json.dumps(body).encode(), (), False)

    def require(self, answer: Answer, formats: Sequence[str]) -> None:
        """Raise `PublisherFailed` for an answer that begins like none of some formats of the catalogue."""
        kind = kind_of(answer.content)
        if kind not in kinds_of(formats):
            problem = f"{NAME_OF_KIND[kind]} came where {' or '.join(formats)} was expected"
            raise self.failed(answer.address, problem, CORRECT, status=answer.status, content=answer.content)

    def failed(
        self, address: str, reason: str, advice: str = LATER, *, status: int | None = None, content: bytes = b""
    ) -> PublisherFailed:
        """Return the failure of a request, in words that hold neither the query nor credentials of its address."""
        return PublisherFailed(self.source_id, bare(address), reason, advice, status=status, content=content)

    def _whole(
        self,
        method: str,
        address: str,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        body: bytes | None,
        expect: tuple[str, ...],
        is_conditional: bool,
    ) -> Answer:
        """Return an answer that came whole, downloading it anew where it was cut short."""
        self._begin()
        downloads = Retrying(
            stop=stop_after_attempt(DOWNLOADS),
            wait=wait_exponential(multiplier=0.5, max=10) + wait_random(0, 0.5),
            retry=retry_if_exception_type(_CutShort),
            sleep=self._pause,
            reraise=True,
        )
        try:
            answer: Answer = downloads(self._follow, method, address, params, headers, body, is_conditional)
        except _CutShort as error:
            problem = f"the transfer was cut short {DOWNLOADS} times, at last after {error}"
        else:
            if expect and not answer.is_unchanged:
                self.require(answer, expect)
            return answer
        raise self.failed(address, problem)

    def _follow(
        self,
        method: str,
        address: str,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        body: bytes | None,
        is_conditional: bool,
    ) -> Answer:
        """Return the answer at the end of the redirects, each of which is checked before it is followed."""
        request = self._prepare(method, address, params, headers, body)
        first = request.url or address
        self._check(first, None)
        seen = {first}
        for _ in range(MAX_REDIRECTS + 1):
            current = request.url or address
            with self._send(request) as response:
                location = _location(response)
                if not location:
                    return self._answer(response, first, is_conditional)
                if response.status_code not in (307, 308):
                    method, body = "GET", None
            target = self._joined(current, location)
            self._check(target, current)
            if _host(target) != _host(current):
                headers = {name: value for name, value in headers.items() if name.lower() in CARRIED_HEADERS}
            request = self._prepare(method, target, None, headers, body)
            target = request.url or target
            self._check(target, current)
            if target in seen:
                raise self.failed(address, "it redirects in a circle", CORRECT)
            seen.add(target)
        raise self.failed(address, f"it redirects more than {MAX_REDIRECTS} times", CORRECT)

    def _joined(self, address: str, location: str) -> str:
        try:
            return urljoin(address, location)
        except ValueError:
            problem = "it redirects to what is no address"
        raise self.failed(address, problem, CORRECT)

    def _prepare(
        self,
        method: str,
        address: str,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> requests.PreparedRequest:
        try:
            return self._session.prepare_request(
                requests.Request(method, address, headers=dict(headers), params=dict(params or {}), data=body)
            )
        except (requests.RequestException, ValueError):
            problem = "this is no address that can be asked"
        raise self.failed(address, problem, CORRECT)

    def _check(self, address: str, came_from: str | None) -> None:
        """Raise `PublisherFailed` for an address that this source may not be asked at."""
        try:
            parts = parse_url(address)
        except HTTPError:
            # As an address without scheme and host it is refused below.
            parts = parse_url("")
        scheme, host = parts.scheme or "", (parts.host or "").strip("[]").lower()
        subject = f"it redirects to {scheme}://{host}, which" if came_from else "its address"
        problem = ""
        if scheme not in self.limits.allowed_schemes:
            problem = f"has the scheme {scheme!r} and not {' or '.join(sorted(self.limits.allowed_schemes))}"
        elif came_from and came_from.startswith("https:") and scheme != "https":
            problem = "is not encrypted as the first address is"
        elif parts.auth:
            problem = "holds credentials"
        elif not self.limits.allow(host):
            problem = f"is at {host or 'no host'}, not one of the hosts of the source"
        if problem:
            raise self.failed(came_from or address, f"{subject} {problem}", CORRECT)

    def _send(self, request: requests.PreparedRequest) -> requests.Response:
        """Return the response to one request, with its body still to be read."""
        self.asking = address = request.url or ""
        host = _host(address)
        if host in self._unreachable:
            raise self.failed(address, self._unreachable[host])
        self._take_turn()
        left = self._left(address)
        settings: Any = self._session.merge_environment_settings(address, {}, True, None, None)
        timeout = (min(self.limits.connect_s, left), min(self.limits.read_s, left))
        try:
            return self._adapter.send(request, timeout=timeout, **settings)
        except (requests.RequestException, HTTPError, OSError, RefusedAddress) as error:
            problem, advice, is_unreachable = self._explained(error)
        # Raised outside the handler: the exceptions of requests hold the whole address, secrets included.
        self._left(address)
        if is_unreachable:
            self._unreachable[host] = problem
        raise self.failed(address, problem, advice)

    def _answer(self, response: requests.Response, first: str, is_conditional: bool) -> Answer:
        """Return the answer that a response holds, or raise `PublisherFailed` for one that is no success."""
        status, address = response.status_code, response.url
        if status in SUCCESS or (status == 304 and is_conditional):
            content = b"" if status == 304 else self._body(response, self.limits.max_bytes)
            headers = {name.lower(): value for name, value in response.headers.items()}
            kept = {name: value for name, value in headers.items() if name not in UNRECORDED_HEADERS}
            return Answer(content, recordable(first), recordable(address), status, kept, status == 304)
        content = b""
        if status not in RETRY_STATUSES:
            try:
                content = self._body(response, ERROR_BYTES)
            except (_CutShort, PublisherFailed):
                self._left(address)
        reason = REASONS.get(status, "it failed" if status >= 500 else "it does not accept the request")
        advice = CORRECT if status in MOVED else LATER
        raise self.failed(address, f"{reason} (HTTP {status})", advice, status=status, content=content)

    def _body(self, response: requests.Response, max_bytes: int) -> bytes:
        """Return the unpacked body of a response; raise `_CutShort` where it did not come whole."""
        address = response.url
        length = response.headers.get("Content-Length", "").strip()
        declared = int(length) if length.isdecimal() and len(length) < MAX_DIGITS else None
        too_large = self.failed(address, f"it sends more than the {max_bytes:,} bytes that the source may have", "")
        if declared is not None and declared > max_bytes:
            raise too_large
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise self.failed(address, f"it sends the encoding {encoding[:20]!r}, which was not asked for")
        unpack = _Gzip() if "gzip" in encoding else None
        received = size = 0
        parts: list[bytes] = []
        problem = ""
        try:
            while piece := response.raw.read1(CHUNK_BYTES, decode_content=False):
                received += len(piece)
                self._left(address)
                for part in unpack.unpack(piece) if unpack else (piece,):
                    size += len(part)
                    if size > max_bytes:
                        raise too_large
                    if size > max(RATIO_COUNTS_FROM_BYTES, received * MAX_UNPACK_RATIO):
                        raise self.failed(address, f"it unpacks to more than {MAX_UNPACK_RATIO} times its size", "")
                    parts.append(part)
        except (HTTPError, OSError, zlib.error) as error:
            problem = "an unreadable gzip block" if isinstance(error, zlib.error) else "a lost connection"
            problem = f"{self.limits.read_s:g} s of silence" if isinstance(error, ReadTimeoutError) else problem
        self._left(address)
        of_all = f" of {declared:,}" if declared is not None else ""
        if problem or (unpack and received and not unpack.is_whole):
            raise _CutShort(f"{received:,}{of_all} bytes and {problem or 'no end of the gzip stream'}")
        return b"".join(parts)

    def _begin(self) -> None:
        """Start the clock of the source at its first request."""
        if self._end is None:
            self._end = self._clock() + self.limits.deadline_s
            self._watchdog = threading.Timer(self.limits.deadline_s, self._guard.cut)
            self._watchdog.daemon = True
            self._watchdog.start()

    def _left(self, address: str) -> float:
        """Return the seconds until the deadline, or raise `PublisherFailed` where it has passed."""
        left = (self._end or 0) - self._clock()
        if left <= 0 or self._guard.is_cut:
            raise self._late(address)
        return left

    def _late(self, address: str) -> PublisherFailed:
        return self.failed(address, f"the source took longer than the {self.limits.deadline_s:g} s that it may take")

    def _pause(self, seconds: float) -> None:
        """Wait, unless the deadline comes first: then raise `PublisherFailed` at once."""
        if seconds >= self._left(self.asking):
            raise self._late(self.asking)
        if seconds > 0:
            self._sleep(seconds)

    def _take_turn(self) -> None:
        """Wait for our turn at the host that is being asked, and count the request."""
        self._pause(self._turns.take(_host(self.asking), self.limits.max_requests_per_minute, self._clock()))
        self.requests_made += 1

    def again(self, seconds: float, *, in_turn: bool) -> None:
        """Wait before the same request is made again, which takes a turn if the one before took up the host."""
        self._pause(seconds)
        if in_turn:
            self._take_turn()
        else:
            self.requests_made += 1

    def _explained(self, error: Exception) -> tuple[str, str, bool]:
        """Return (reason, advice, whether nothing was reached at all) of a request that had no response."""
        causes = list(_causes(error))

        def caused_by(*kinds: type[BaseException]) -> Any:
            return next((cause for cause in causes if isinstance(cause, kinds)), None)

        if refused := caused_by(RefusedAddress):
            return str(refused), "Name the host in `private_hosts` if it is a mirror of your own.", False
        if caused_by(requests.exceptions.SSLError, ssl.SSLError, urllib3.exceptions.SSLError):
            certificate = caused_by(ssl.SSLCertVerificationError)
            detail = f" ({certificate.verify_message})" if certificate else ""
            return f"no encrypted connection that can be trusted{detail}", "Encryption is never switched off.", False
        if caused_by(urllib3.exceptions.ProxyError):
            return "the proxy of this machine gives no connection", "Check HTTPS_PROXY.", True
        if caused_by(NameResolutionError):
            return "its name cannot be resolved", f"Is there a network? {LATER}", True
        if closed := caused_by(NewConnectionError):
            detail = getattr(closed.__cause__, "strerror", None) or "no route"
            return f"no connection ({detail})", f"Is there a network? {LATER}", True
        if caused_by(ConnectTimeoutError):
            return f"no connection within {self.limits.connect_s:g} s", f"Is there a network? {LATER}", True
        if caused_by(ReadTimeoutError):
            return f"no answer within {self.limits.read_s:g} s", LATER, False
        return "the connection was closed before an answer came", LATER, False


class _CutShort(Exception):
    """A body that did not come whole; the text says how far it came."""


class _Gzip:
    """Unpacks gzip in small parts, so that a bomb is noticed before it goes off."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def is_whole(self) -> bool:
        """Whether the stream has come to its own end."""
        return self._inflate.eof

    def unpack(self, piece: bytes) -> Iterator[bytes]:
        """Return the unpacked parts of the next piece; what follows the end and is not gzip is left out."""
        while piece:
            if self._inflate.eof:
                if not piece.startswith(b"\x1f\x8b"):
                    return
                self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield self._inflate.decompress(piece, CHUNK_BYTES)
            piece = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail


class _WithoutQueries(logging.Filter):
    """Takes the query out of what urllib3 logs of its requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = QUERY.sub("?...", record.getMessage()), ()
        return True


for _logger in ("urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_logger).addFilter(_WithoutQueries())


def as_https(address: str) -> str:
    """Return an address with the scheme https in place of http, and any other as it is.

    Publishers name the old scheme of what they serve encrypted, and services behind a proxy that ends the encryption
    name themselves by it. A port that only says http is left out.
    """
    return re.sub(r"(?i)^http://([^/?#]*?)(:80)?(?=[/?#]|$)", r"https://\1", address)


def user_agent() -> str:
    """Return the name under which publishers see us."""
    try:
        release = version("community-power")
    except PackageNotFoundError:
        release = "unreleased"
    return f"community-power/{release} (open data pipeline; python-requests/{requests.__version__})"


def _location(response: requests.Response) -> str | None:
    """Return where a response redirects to, if it does; headers are latin-1, and what publishers write is UTF-8."""
    location = response.headers.get("Location") if response.status_code in REDIRECTS else None
    try:
        return location and location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Return an exception and those that it holds: requests and urllib3 wrap them in one another."""
    yield error
    for held in (*error.args, getattr(error, "reason", None), getattr(error, "original_error", None), error.__cause__):
        if isinstance(held, BaseException):
            yield from _causes(held)


def _host(address: str) -> str:
    """Return host and port of an address in lower case."""
    return urlsplit(address).netloc.rpartition("@")[2].lower()


def _is_ip_address(host: str) -> bool:
    return bool(re.fullmatch(r"[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*", host))


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave a request as it is: with an authentication of our own, .netrc is not read."""
    return request
