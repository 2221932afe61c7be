"""HTTP client for all protocols: retries, redirects, allowed hosts, and limits on rate, time and size.

Messages and logs hold no query, credentials or headers of a request. The meaning of an answer is left to the protocols.
"""

import contextlib
import json
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from warehouse.errors import PublisherCause, PublisherFailed
from warehouse.publishers.address_guard import ConnectionGuard, GuardedAdapter, RefusedAddress
from warehouse.publishers.addresses import bare
from warehouse.publishers.answer import Answer, IncompleteBody, RefusedBody, read_body
from warehouse.publishers.file_kind import NAME_OF_KIND, kind_of, kinds_of
from warehouse.publishers.limits import RATE_LIMITER, Limits, RateLimiter
from warehouse.publishers.request_errors import CORRECT, LATER, explain_error, explain_status
from warehouse.publishers.retry import RETRY_AFTER_MAX_S, RETRY_STATUSES, RetryPolicy, backoff

SUCCESS = frozenset({200, 201, 203})
MAX_DOWNLOADS, MAX_REDIRECTS, MAX_ERROR_BYTES = 3, 5, 65_536
# What is read of a publisher's file to check it: the kind, and the headings, which may follow notes.
START_BYTES = 65_536
PARTIAL = 206
RATE_LIMITED = 429
# The name of this machine, and IP addresses.
LITERAL_HOST = re.compile(r"localhost|[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")
CONDITIONS = ("If-None-Match", "If-Modified-Since")
# Headers that a redirect may take to another host; others may be meant for the first host only.
CARRIED_HEADERS = {"accept", "accept-encoding", "accept-language", "content-type", "content-length", "user-agent"}
CARRIED_HEADERS |= {"range"}
CARRIED_HEADERS |= {name.lower() for name in CONDITIONS}
# How much of the body of an answer is read.
Body = Literal["whole", "start", "none"]


class Client:
    """Session with the hosts of one source, for one thread; a context manager.

    `clock` and `sleep` are for tests. All clients of the process share a rate limiter unless one is given.
    """

    def __init__(
        self,
        source_id: str,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        *,
        rate_limiter: RateLimiter = RATE_LIMITER,
    ) -> None:
        self.source_id, self.limits = source_id, limits
        self.requests_made = 0
        self._clock, self._sleep, self._rate_limiter = clock, sleep, rate_limiter
        self._end = 0.0
        self._watchdog: threading.Timer | None = None
        self._asking = ""
        self._unreachable: dict[str, str] = {}
        listed = {host for host in limits.allowed_hosts if LITERAL_HOST.fullmatch(host)}
        self._guard = ConnectionGuard(limits.private_hosts | listed)
        self._adapter = GuardedAdapter(self._guard, RetryPolicy(self._wait_and_count))
        # The session prepares requests and reads proxies and certificates from the environment. It sends none: it
        # would read the whole body of a redirect, and send cookies. With an `auth` of our own it reads no .netrc.
        self._session = requests.Session()
        self._session.auth = lambda request: request
        self._session.headers.clear()
        self._session.headers.update({"User-Agent": user_agent(), "Accept": "*/*", "Accept-Encoding": "gzip"})

    def __enter__(self) -> "Client":
        """Return the client."""
        return self

    def __exit__(self, *_: object) -> None:
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
        """Return the content of an address; with `etag` or `last_modified`, only if it has changed since.

        `expect` are formats of the catalogue (csv, json, xlsx, ods, xls, zip): content of another kind, such as an HTML
        page, is a failure. Raises `PublisherFailed`, with the status and content if there are any.
        """
        given = {name: value for name, value in zip(CONDITIONS, (etag, last_modified), strict=True) if value}
        sent = {**(headers or {}), **given}
        answer = self._download(requests.Request("GET", address, sent, params=dict(params or {})))
        if expect and not answer.is_unchanged:
            self.require(answer, expect)
        return answer

    def reach(self, address: str) -> Answer:
        """Return the answer of an address without its content: asked by HEAD, and by GET if the server fails that.

        Raises `PublisherFailed` as `get` does. A server that limits the rate is not asked a second time.
        """
        try:
            return self._download(requests.Request("HEAD", address), "none")
        except PublisherFailed as failure:
            if failure.status is None or failure.status == RATE_LIMITED:
                raise
        return self._download(requests.Request("GET", address), "none")

    def start(
        self,
        address: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        expect: Sequence[str] = (),
    ) -> Answer:
        """Return the first `START_BYTES` of the content of an address, or all of it if it is shorter.

        A server that sends no parts of files is cut short. Raises `PublisherFailed` as `get` does.
        """
        part = {"Range": f"bytes=0-{START_BYTES - 1}", "Accept-Encoding": "identity"}
        request = requests.Request("GET", address, {**(headers or {}), **part}, params=dict(params or {}))
        answer = self._download(request, "start")
        if expect:
            self.require(answer, expect)
        return answer

    def post_json(
        self,
        address: str,
        body: Any,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to a JSON body. The request may be repeated, so it must not change anything."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        return self._download(
            requests.Request("POST", address, sent, params=dict(params or {}), data=json.dumps(body).encode())
        )

    def require(self, answer: Answer, formats: Sequence[str]) -> None:
        """Raise `PublisherFailed` for an answer that has none of some formats of the catalogue."""
        kind = kind_of(answer.content)
        if kind not in kinds_of(formats):
            problem = f"expected {' or '.join(formats)}, got {NAME_OF_KIND[kind]}"
            raise self.failed(
                answer.address, problem, CORRECT, status=answer.status, content=answer.content, cause="wrong_kind"
            )

    def failed(
        self,
        address: str,
        reason: str,
        advice: str = LATER,
        *,
        status: int | None = None,
        content: bytes = b"",
        cause: PublisherCause = "changed_shape",
    ) -> PublisherFailed:
        """Return the error of a request. Its message holds neither the query nor credentials of the address."""
        return PublisherFailed(
            self.source_id, bare(address), reason, advice, status=status, content=content, cause=cause
        )

    def _download(self, request: requests.Request, body: Body = "whole") -> Answer:
        """Return the answer to a request; repeat it if the body is incomplete, which urllib3 does not."""
        try:
            prepared = self._session.prepare_request(request)
        except (requests.RequestException, ValueError):
            prepared = None
        if prepared is None:
            raise self.failed(request.url, "invalid address", CORRECT, cause="rejected")
        self._start_clock()
        problem = ""
        for attempt in range(MAX_DOWNLOADS):
            if attempt:
                self._wait(backoff(attempt))
            try:
                return self._follow(prepared, body)
            except IncompleteBody as error:
                problem = str(error)
        reason = f"the transfer was cut short {MAX_DOWNLOADS} times; the last sent {problem}"
        raise self.failed(request.url, reason, cause="server_error")

    def _follow(self, request: requests.PreparedRequest, body: Body) -> Answer:
        """Return the answer at the end of the redirects."""
        first = request.url or ""
        self._check(first, None)
        seen = {first}
        for _ in range(MAX_REDIRECTS + 1):
            with self._send(request) as response:
                if not response.is_redirect:
                    return self._answer(response, first, body)
            request = self._redirected(request, response)
            if request.url in seen:
                raise self.failed(first, "redirect loop", CORRECT, cause="redirect")
            seen.add(request.url or "")
        raise self.failed(first, f"more than {MAX_REDIRECTS} redirects", CORRECT, cause="redirect")

    def _redirected(self, request: requests.PreparedRequest, response: requests.Response) -> requests.PreparedRequest:
        """Return the request that a redirect leads to; raise `PublisherFailed` if it is not allowed."""
        current, location = request.url or "", response.headers["Location"]
        request = request.copy()
        # Headers are read as Latin-1; publishers write UTF-8.
        with contextlib.suppress(UnicodeError):
            location = location.encode("latin-1").decode("utf-8")
        try:
            request.prepare_url(urljoin(current, location), None)
            is_valid = True
        except (requests.RequestException, ValueError):
            is_valid = False
        if not is_valid:
            raise self.failed(current, "it redirects to an invalid address", CORRECT, cause="redirect")
        target = request.url or ""
        self._check(target, current)
        self._session.rebuild_method(request, response)
        dropped = set()
        if request.method == "GET":
            request.body = None
            dropped = {"content-type", "content-length"}
        if _host(target) != _host(current):
            dropped |= {name.lower() for name in request.headers} - CARRIED_HEADERS
        for name in dropped:
            request.headers.pop(name, None)
        return request

    def _check(self, address: str, came_from: str | None) -> None:
        """Raise `PublisherFailed` for an address that the source must not request."""
        try:
            parts = parse_url(address)
        except HTTPError:
            parts = parse_url("")
        scheme, host = parts.scheme or "", (parts.host or "").strip("[]").lower()
        problem = ""
        if scheme not in self.limits.allowed_schemes:
            problem = f"has the scheme {scheme!r}, not {' or '.join(sorted(self.limits.allowed_schemes))}"
        elif came_from and came_from.startswith("https:") and scheme != "https":
            problem = "is not encrypted, unlike the first address"
        elif parts.auth:
            problem = "holds credentials"
        elif not self.limits.allow(host):
            problem = f"is at {host or 'no host'}, not one of the hosts of the source"
        if problem:
            subject = f"it redirects to {scheme}://{host}, which" if came_from else "its address"
            cause: PublisherCause = "redirect" if came_from else "rejected"
            raise self.failed(came_from or address, f"{subject} {problem}", CORRECT, cause=cause)

    def _send(self, request: requests.PreparedRequest) -> requests.Response:
        """Return the response to one request, with its body still to be read."""
        self._asking = address = request.url or ""
        host = _host(address)
        if host in self._unreachable:
            raise self.failed(address, self._unreachable[host], cause="unreachable")
        self._wait_and_count()
        left = self._left()
        connect_s, read_s = min(self.limits.connect_s, left), min(self.limits.read_s, left)
        settings: Any = self._session.merge_environment_settings(address, {}, True, None, None)
        try:
            return self._adapter.send(request, timeout=(connect_s, read_s), **settings)
        except (requests.RequestException, HTTPError, OSError, RefusedAddress) as error:
            problem, advice, cause, is_unreachable = explain_error(error, self.limits)
        # Raised outside the handler: the exceptions of requests hold the whole address, secrets included.
        self._left()
        if is_unreachable:
            self._unreachable[host] = problem
        raise self.failed(address, problem, advice, cause=cause)

    def _answer(self, response: requests.Response, first: str, body: Body) -> Answer:
        """Return the answer of a response; raise `PublisherFailed` if it is not a success."""
        status, content = response.status_code, b""
        is_unchanged = status == 304 and any(name in response.request.headers for name in CONDITIONS)
        if is_unchanged:
            return Answer.of(response, first, b"")
        if body == "start" and status in {*SUCCESS, PARTIAL}:
            return Answer.of(response, first, self._body(response, START_BYTES, is_start_enough=True))
        if status in SUCCESS:
            return Answer.of(response, first, self._body(response, self.limits.max_bytes) if body == "whole" else b"")
        reason, advice, cause = explain_status(status)
        if status not in RETRY_STATUSES:
            if body == "none":
                raise self.failed(response.url, reason, advice, status=status, cause=cause)
            try:
                content = self._body(response, MAX_ERROR_BYTES)
            except (IncompleteBody, PublisherFailed):
                self._left()
        elif (asked := self._adapter.max_retries.get_retry_after(response.raw) or 0) > RETRY_AFTER_MAX_S:
            reason += f": it asks us to wait {asked:,.0f} s, longer than {RETRY_AFTER_MAX_S} s"
        raise self.failed(response.url, reason, advice, status=status, content=content, cause=cause)

    def _body(self, response: requests.Response, max_bytes: int, *, is_start_enough: bool = False) -> bytes:
        try:
            return read_body(response, max_bytes, self.limits.read_s, is_start_enough=is_start_enough)
        except RefusedBody as error:
            problem = str(error)
        finally:
            self._left()
        raise self.failed(response.url, problem, "")

    def _start_clock(self) -> None:
        """Start the deadline with the first request. The guard then ends what still waits for a byte."""
        if self._watchdog is None:
            self._end = self._clock() + self.limits.deadline_s
            self._watchdog = threading.Timer(self.limits.deadline_s, self._guard.cut)
            self._watchdog.daemon = True
            self._watchdog.start()

    def _left(self, needed: float = 0) -> float:
        """Return the seconds until the deadline; raise `PublisherFailed` if no more than `needed` are left."""
        left = self._end - self._clock()
        if left <= needed or self._guard.is_cut:
            reason = f"the source took longer than its limit of {self.limits.deadline_s:g} s"
            raise self.failed(self._asking, reason, cause="timeout")
        return left

    def _wait(self, seconds: float) -> None:
        """Wait, unless the deadline comes first: then raise `PublisherFailed` at once."""
        self._left(seconds)
        if seconds > 0:
            self._sleep(seconds)

    def _wait_and_count(self, seconds: float = 0, has_reached_host: bool = True) -> None:
        """Wait for some seconds and, after a request that reached the host, for its rate limit; count the request."""
        self._wait(seconds)
        if has_reached_host:
            limit = self.limits.max_requests_per_minute
            self._wait(self._rate_limiter.reserve(_host(self._asking), limit, self._clock()))
        self.requests_made += 1


class _WithoutQueries(logging.Filter):
    """Removes queries from the log of urllib3."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = re.sub(r"\?[^\s'\")]*", "?...", record.getMessage()), ()
        return True


for _logger in ("urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_logger).addFilter(_WithoutQueries())


def user_agent() -> str:
    """Return the `User-Agent` header of all requests."""
    try:
        release = version("community-power")
    except PackageNotFoundError:
        release = "unreleased"
    return f"community-power/{release} (open data pipeline; python-requests/{requests.__version__})"


def _host(address: str) -> str:
    """Return host and port of an address without credentials, in lower case."""
    return urlsplit(address).netloc.lower()
