"""The HTTP client against servers on real sockets. All answers are synthetic."""

import contextlib
import gzip
import logging
import re
import socket
import threading
import time
from email.utils import formatdate

import pytest
from werkzeug import Response

from warehouse.errors import PublisherFailed
from warehouse.publishers.client import Client
from warehouse.publishers.limits import Limits, RateLimiter

SECRET = "s3cr3t-canary"
GZIP = {"Content-Encoding": "gzip"}
EXAMPLE = frozenset({"publisher.example"})


def client(sleeps=None, clock=time.monotonic, sleep=None, limiter=None, **limits):
    """Return a client for local servers that notes its waits instead of waiting."""
    allowed = {
        "allowed_hosts": frozenset({"127.0.0.1", "localhost"}),
        "allowed_schemes": frozenset({"http", "https"}),
        "connect_s": 2,
        "read_s": 2,
    }
    noted = sleeps if sleeps is not None else []
    return Client(
        "synthetic",
        Limits(**(allowed | limits)),
        clock,
        sleep or noted.append,
        rate_limiter=limiter or RateLimiter(),
    )


def failure(address, reason, requests=None, sleeps=None, given=None, **limits):
    """Return the failure in which a request ends, after a check of its message, its secrets and the requests made."""
    with client(sleeps, **limits) as asking:
        with pytest.raises(PublisherFailed) as caught:
            asking.get(address, **(given or {}))
        assert requests in (None, asking.requests_made)
    assert reason in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or SECRET not in repr(caught.value.__context__)
    assert caught.value.exit_code == 1
    return caught.value


class RawServer:
    """A server that sends the bytes that a test gives it: `say(connection)` runs for each connection."""

    def __init__(self, say, heard):
        self._say, self._heard = say, heard
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}/data.csv"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with connection, contextlib.suppress(OSError):
            self._heard.append(connection.recv(65_536))
            self._say(connection)

    def close(self):
        self._listening.close()


@pytest.fixture
def raw():
    """A maker of raw servers: of bytes, sent one after the other to each connection, or of a function."""
    made = []

    def serve(*answers, heard=None):
        waiting = iter(answers)

        def say(connection):
            connection.sendall(next(waiting, answers[-1]))

        made.append(RawServer(answers[0] if callable(answers[0]) else say, [] if heard is None else heard))
        return made[-1]

    yield serve
    for server in made:
        server.close()


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def http(body=b"", *headers, status="200 OK"):
    """Return a response as bytes, after which the connection is closed."""
    lines = [f"HTTP/1.1 {status}".encode(), *headers, b"Connection: close", b"", body]
    return b"\r\n".join(lines)


def dripping(head, piece):
    """Return what sends `head` and then one piece every few milliseconds without end."""

    def say(connection):
        connection.sendall(head)
        while True:
            connection.sendall(piece)
            time.sleep(0.02)

    return say


# Requests and answers


def test_an_answer_is_returned_with_what_is_recorded_of_it(httpserver):
    body = "Ynys Môn,1\r\n".encode()
    httpserver.expect_request("/data.csv").respond_with_data(body, headers={"ETag": '"1"', "Set-Cookie": "id=7"})
    with client() as asking:
        answer = asking.get(httpserver.url_for("/data.csv"), expect=("csv",))
        asking.get(httpserver.url_for("/data.csv"))
        assert asking.requests_made == 2
    assert (answer.content, answer.status, answer.is_unchanged) == (body, 200, False)
    assert answer.address == answer.final_address == httpserver.url_for("/data.csv")
    assert answer.headers["etag"] == '"1"'
    assert "set-cookie" not in answer.headers
    first, second = (request.headers for request, _ in httpserver.log)
    assert first["User-Agent"].startswith("community-power/")
    assert first["Accept-Encoding"] == "gzip"
    assert "Cookie" not in second


def test_gzip_is_decoded(httpserver):
    body = b"a,b\n" * 1000
    padded = gzip.compress(body[:1000]) + gzip.compress(body[1000:]) + b"\0" * 8
    httpserver.expect_request("/").respond_with_data(padded, headers=GZIP)
    with client() as asking:
        assert asking.get(httpserver.url_for("/")).content == body


def test_unchanged_content_is_not_sent_again(httpserver):
    httpserver.expect_request("/", headers={"If-None-Match": '"1"'}).respond_with_data(b"", status=304)
    with client() as asking:
        answer = asking.get(httpserver.url_for("/"), etag='"1"', last_modified="Mon, 01 Jun 2026 00:00:00 GMT")
    assert (answer.is_unchanged, answer.content) == (True, b"")
    assert httpserver.log[0][0].headers["If-Modified-Since"] == "Mon, 01 Jun 2026 00:00:00 GMT"


@pytest.mark.parametrize(
    ("content", "expect", "came"),
    [
        (b"<!DOCTYPE html><title>Sign in</title>", ("csv",), "an HTML page"),
        (b'\xef\xbb\xbf <html lang="en">', ("csv", "json"), "an HTML page"),
        (b'<?xml version="1.0"?><Error/>', ("csv",), "an XML document"),
        (b'{"error": "no"}', ("csv",), "a JSON document"),
        (b"a,b\n1,2\n", ("xlsx",), "a text file"),
        (b"PK\x03\x04", ("csv",), "a zip archive"),
        (b"PK\x03\x04", ("xls",), "a zip archive"),
        (b" \n", ("csv",), "an empty file"),
        (b"\x01\x00\x02", ("csv",), "a binary file of an unknown kind"),
    ],
)
def test_content_of_another_kind_is_refused(httpserver, content, expect, came):
    httpserver.expect_request("/").respond_with_data(content, content_type="text/csv")
    reason = f"expected {' or '.join(expect)}, got {came}"
    failed = failure(httpserver.url_for("/"), reason, given={"expect": expect})
    assert (failed.status, failed.content) == (200, content)


@pytest.mark.parametrize(
    ("status", "reason", "content"),
    [
        (400, "the request was rejected", b"Response too large"),
        (401, "a login is required", b"x"),
        (403, "access is denied", b"x"),
        (404, "not found", b"x"),
        (410, "the file was removed", b"x"),
        (202, "the file is not ready yet", b"x"),
        (206, "unexpected status", b"x"),
        (304, "unexpected status", b""),
        (501, "server error", b"x"),
    ],
)
def test_an_error_status_is_not_retried_and_keeps_its_body(httpserver, status, reason, content):
    httpserver.expect_request("/").respond_with_data(content, status=status)
    failed = failure(httpserver.url_for("/"), f"{reason} (HTTP {status})", requests=1)
    assert (failed.status, failed.content) == (status, content)


# Time


def test_a_request_without_a_response_is_made_three_times(raw):
    server, sleeps = raw(lambda connection: time.sleep(2)), []
    failure(server.address, "no response within 0.1 s", requests=3, sleeps=sleeps, read_s=0.1)
    assert server.connections == 3
    assert len(sleeps) == 2
    assert sleeps[0] < sleeps[1]


def test_a_closed_port_is_tried_twice_without_the_rate_limit_and_then_remembered(closed_port):
    sleeps = []
    with client(sleeps, max_requests_per_minute=1) as asking:
        for path in ("", "other"):
            with pytest.raises(PublisherFailed, match=r"no connection \(Connection refused\)"):
                asking.get(f"http://127.0.0.1:{closed_port}/{path}")
            assert asking.requests_made == 2
    assert max(sleeps) <= 1


def test_a_name_that_cannot_be_resolved_is_reported(monkeypatch):
    def fail(*_, **__):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    reason = "https://publisher.example/a: the host name cannot be resolved. Check the network connection."
    failure(f"https://publisher.example/a?key={SECRET}", reason, requests=2, allowed_hosts=EXAMPLE)


def test_a_look_up_that_hangs_ends_at_the_time_out(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(1) or [])
    started = time.monotonic()
    address = f"https://publisher.example/?key={SECRET}"
    failure(address, "cannot be resolved", requests=1, allowed_hosts=EXAMPLE, connect_s=0.1)
    assert time.monotonic() - started < 0.9


def test_a_connection_that_times_out_is_not_retried(monkeypatch):
    def wait(_, seconds, **__):
        assert seconds <= 2
        raise TimeoutError

    monkeypatch.setattr("warehouse.publishers.address_guard.create_connection", wait)
    reason = "no connection within 2 s. Check the network connection."
    failure(f"https://127.0.0.1/a?key={SECRET}", reason, requests=1)


def test_each_address_of_a_host_is_tried(monkeypatch, httpserver):
    httpserver.expect_request("/").respond_with_data(b"x")
    found = [(socket.AF_INET6, 1, 6, "", ("::1", httpserver.port)), (socket.AF_INET, 1, 6, "", ("127.0.0.1", 0))]
    real = socket.getaddrinfo

    def resolve(host, *args, **kwargs):
        return found if host == "localhost" else real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with client() as asking:
        assert asking.get(httpserver.url_for("/")).content == b"x"
        assert asking.requests_made == 1


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"x"), b"\0"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 50000\r\n\r\n", b"x"),
    ],
    ids=["body", "chunks", "gzip", "header", "body of a 503", "body of a 404"],
)
def test_a_slow_drip_ends_with_the_deadline(raw, head, piece):
    started = time.monotonic()
    # A busy server is asked again without a wait here, so either limit may come first.
    reason = "" if b"503" in head else "longer than its limit of 0.4 s"
    failure(raw(dripping(head, piece)).address, reason, deadline_s=0.4, read_s=0.3)
    assert time.monotonic() - started < 1.2


def test_the_deadline_applies_to_all_requests_of_a_source(httpserver):
    httpserver.expect_request("/").respond_with_data(b"x")
    now = [100.0]
    with client(clock=lambda: now[0], deadline_s=60) as asking:
        asking.get(httpserver.url_for("/"))
        now[0] += 61
        with pytest.raises(PublisherFailed, match="longer than its limit of 60 s"):
            asking.get(httpserver.url_for("/"))


# Retries and rate limits


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_kept(httpserver, status):
    httpserver.expect_ordered_request("/").respond_with_data(status=status, headers={"Retry-After": "1"})
    httpserver.expect_ordered_request("/").respond_with_data(b"a,b\n")
    sleeps = []
    with client(sleeps) as asking:
        assert asking.get(httpserver.url_for("/")).content == b"a,b\n"
        assert asking.requests_made == 2
    assert sleeps == [1.0]


@pytest.mark.parametrize("asked", ["86400", formatdate(time.time() + 86_400, usegmt=True)], ids=["seconds", "date"])
def test_a_retry_after_of_a_day_is_not_waited_for(httpserver, asked):
    httpserver.expect_request("/").respond_with_data(status=503, headers={"Retry-After": asked})
    failed = failure(httpserver.url_for("/"), "(HTTP 503): it asks us to wait 8", requests=1, sleeps=(sleeps := []))
    assert (failed.status, sleeps) == (503, [])
    assert 80_000 < int(re.search(r"wait ([\d,]+) s", failed.reason)[1].replace(",", "")) <= 86_400
    assert "longer than 60 s" in failed.reason


@pytest.mark.parametrize("asked", ["tomorrow", "-5", "", "Mon, 01 Jan 2001 00:00:00 GMT", "1e9", "9" * 5000])
def test_an_invalid_retry_after_is_replaced_by_the_backoff(httpserver, asked):
    httpserver.expect_request("/").respond_with_data(status=429, headers={"Retry-After": asked})
    failure(httpserver.url_for("/"), "rate limited (HTTP 429). Try again", requests=5, sleeps=(sleeps := []))
    assert [round(wait - wait % 0.5, 1) for wait in sleeps] == [0.5, 1.0, 2.0, 4.0]


def test_no_wait_exceeds_the_deadline(httpserver):
    httpserver.expect_request("/").respond_with_data(status=503, headers={"Retry-After": "30"})
    failure(httpserver.url_for("/"), "longer than its limit of 5 s", sleeps=(sleeps := []), deadline_s=5)
    assert sleeps == []


def test_clients_share_the_rate_limit_of_a_host(httpserver):
    httpserver.expect_request("/").respond_with_data(b"x")
    now, waits, limiter = [0.0], [], RateLimiter()

    def sleep(seconds):
        waits.append(seconds)
        now[0] += seconds

    for _ in range(2):
        with client(clock=lambda: now[0], sleep=sleep, limiter=limiter, max_requests_per_minute=100) as asking:
            for _ in range(3):
                asking.get(httpserver.url_for("/"))
    assert waits == pytest.approx([0.6] * 5)


# Incomplete transfers

PACKED = gzip.compress(b"a,b\n1,2\n3,4\n", mtime=0)
CUTS = {
    "Content-Length larger": http(b"a,b\n1,2\n", b"Content-Length: 99"),
    "chunk cut": http(b"8\r\na,b\n", b"Transfer-Encoding: chunked"),
    "last chunk missing": http(b"4\r\na,b\n\r\n", b"Transfer-Encoding: chunked"),
    "gzip cut": http(PACKED[:20], b"Content-Encoding: gzip", b"Content-Length: 20"),
    "gzip damaged": http(b"\x1f\x8bgarbage garbage", b"Content-Encoding: gzip"),
    "gzip checksum wrong": http(PACKED[:-8] + bytes(8), b"Content-Encoding: gzip"),
    "gzip member damaged": http(PACKED + b"\x1f" + PACKED[2:], b"Content-Encoding: gzip"),
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_an_incomplete_transfer_is_repeated_and_never_kept(raw, cut):
    server = raw(cut)
    failure(server.address, "cut short 3 times", sleeps=(sleeps := []))
    assert server.connections == 3
    assert len(sleeps) == 2
    with client() as asking:
        assert asking.get(raw(cut, http(b"a,b\n1,2\n", b"Content-Length: 8")).address).content == b"a,b\n1,2\n"
        assert asking.requests_made == 2


def test_a_transfer_without_further_data_is_repeated(raw):
    def say(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\na,b\n")
        time.sleep(1)

    failure(raw(say).address, "4 of 99 bytes, then no data for 0.1 s", requests=3, read_s=0.1)


@pytest.mark.parametrize("length", ["\xb2", "9" * 5000, "-1", "many"], ids=["sign", "endless", "negative", "words"])
def test_an_invalid_content_length_is_ignored(raw, length):
    server = raw(http(b"a,b\n", f"Content-Length: {length}".encode("latin-1")))
    with client() as asking, contextlib.suppress(PublisherFailed):
        assert asking.get(server.address).content == b"a,b\n"


# Size


BOMB = gzip.compress(b"\0" * 50_000_000)
REFUSED = {
    "too large": (b"x" * 20_000, "", "larger than the limit of 10,000 bytes"),
    "too large when decoded": (gzip.compress(b"x" * 20_000), "gzip", "larger than the limit of 10,000 bytes"),
    "decompression bomb": (BOMB, "gzip", "decompresses to more than 200 times its size"),
    "other encoding": (b"x", "br", "the content encoding 'br' was not requested"),
}


@pytest.mark.parametrize(("body", "encoding", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_body_beyond_the_limits_is_refused_without_retry(httpserver, body, encoding, reason):
    httpserver.expect_request("/").respond_with_data(body, headers={"Content-Encoding": encoding} if encoding else {})
    failure(httpserver.url_for("/"), reason, requests=1, max_bytes=10**9 if body is BOMB else 10_000)


def test_a_body_without_end_is_refused_at_the_limit(raw):
    server = raw(dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 100_000))
    failure(server.address, "larger than the limit of 1,000,000 bytes", max_bytes=1_000_000)


def test_the_body_of_a_redirect_is_not_read(raw):
    redirect = dripping(b"HTTP/1.1 302 Found\r\nLocation: /data\r\nContent-Length: 99999\r\n\r\n", b"x")
    answers = iter([redirect, lambda connection: connection.sendall(http(b"a,b\n", b"Content-Length: 4"))])
    with client(deadline_s=5) as asking:
        assert asking.get(raw(lambda connection: next(answers)(connection)).address).content == b"a,b\n"


# Redirects and hosts


def redirecting(httpserver, target, status=302):
    httpserver.expect_request("/").respond_with_data(b"", status=status, headers={"Location": target})
    return httpserver.url_for("/") + f"?token={SECRET}"


def test_a_redirect_within_the_hosts_is_followed(httpserver):
    address = redirecting(httpserver, "/new/data.csv?edition=2")
    httpserver.expect_request("/new/data.csv").respond_with_data(b"a,b\n")
    with client() as asking:
        answer = asking.get(address)
        assert asking.requests_made == 2
    assert answer.final_address == httpserver.url_for("/new/data.csv?edition=2")
    assert answer.address == httpserver.url_for("/?token=***")


@pytest.mark.parametrize("location", [b"/M\xc3\xb4n", b"/M\xf4n", b"M%C3%B4n?a=b#part", b"./x/../M\xc3\xb4n"])
def test_a_redirect_in_any_encoding_is_followed(raw, location):
    server = raw(http(b"", b"Location: " + location, status="301 Moved"), http(b"", b"Content-Length: 0"))
    with client() as asking:
        assert asking.get(server.address).final_address.split("/")[-1].startswith("M%C3%B4n")


NOT_ALLOWED = pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("https://elsewhere.example/data.csv", "is at elsewhere.example, not one of the hosts"),
        ("//elsewhere.example/data.csv", "is at elsewhere.example, not one of the hosts"),
        ("http://localhost.elsewhere.example/", "is at localhost.elsewhere.example"),
        ("http://localhost@elsewhere.example/", "holds credentials"),
        ("http://elsewhere.example\\@localhost/", "is at elsewhere.example"),
        ("file:///etc/passwd", "has the scheme 'file'"),
        ("ftp://localhost/data.csv", "has the scheme 'ftp'"),
        ("javascript:alert(1)", "has the scheme 'javascript'"),
        (f"https://me:{SECRET}@localhost/", "holds credentials"),
        ("https://[localhost/", "invalid address"),
        ("http://localhost:999999/", "invalid address"),
        ("https://", "invalid address"),
    ],
)


@NOT_ALLOWED
def test_a_redirect_to_an_address_that_is_not_allowed_is_refused(raw, target, reason):
    server = raw(http(b"", f"Location: {target}".encode(), status="302 Found"))
    failure(server.address, reason, requests=1, given={"params": {"token": SECRET}})


def test_redirects_end(httpserver):
    def onwards(request):
        return Response(status=302, headers={"Location": f"/{int(request.path[1:]) + 1}"})

    for number in range(1, 9):
        httpserver.expect_request(f"/{number}").respond_with_handler(onwards)
    failure(httpserver.url_for("/1"), "more than 5 redirects", requests=6)
    httpserver.expect_request("/a").respond_with_data(status=302, headers={"Location": "/b"})
    httpserver.expect_request("/b").respond_with_data(status=302, headers={"Location": "/a"})
    failure(httpserver.url_for("/a"), "redirect loop", requests=2)


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_json_is_posted_and_sent_on_only_where_the_redirect_says_so(httpserver, status, method):
    body = {"place": "Gwynedd"}
    httpserver.expect_request("/", method="POST", json=body).respond_with_data(
        status=status, headers={"Location": "/new"}
    )
    httpserver.expect_request("/new", method=method).respond_with_data(b"1", status=201)
    with client() as asking:
        assert asking.post_json(httpserver.url_for("/"), body).content == b"1"
    assert httpserver.log[1][0].get_json(silent=True) == (body if method == "POST" else None)


def test_headers_for_one_host_are_not_sent_to_another(httpserver):
    address = redirecting(httpserver, f"http://127.0.0.1:{httpserver.port}/new")
    httpserver.expect_request("/new").respond_with_data(b"x")
    with client() as asking:
        asking.get(address, headers={"X-Api-Key": SECRET, "Accept": "text/csv"}, etag='"1"')
    first, second = (request.headers for request, _ in httpserver.log)
    assert first["X-Api-Key"] == SECRET
    assert "X-Api-Key" not in second
    for name in ("Accept", "If-None-Match", "User-Agent", "Accept-Encoding"):
        assert second[name] == first[name]


@NOT_ALLOWED
def test_an_address_that_is_not_allowed_is_not_requested(target, reason):
    if target.startswith("//"):
        reason = "invalid address"
    failure(target, reason, requests=0)


@pytest.fixture
def inside(monkeypatch, httpserver):
    """An address whose name resolves to this machine, as in an attack on a private network."""
    real = socket.getaddrinfo

    def resolve(host, *args, **kwargs):
        return real("127.0.0.1" if host in EXAMPLE else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    httpserver.expect_request("/data.csv").respond_with_data(b"x")
    return f"http://publisher.example:{httpserver.port}/data.csv"


def test_a_private_address_is_requested_only_if_the_host_is_configured(inside, httpserver):
    for hosts in (EXAMPLE, frozenset({"*"})):
        failure(inside, "resolves to 127.0.0.1, which is not a public address", allowed_hosts=hosts)
    away = redirecting(httpserver, "http://169.254.169.254/latest/meta-data")
    hosts = frozenset({"localhost", "*"})
    failure(away, "169.254.169.254, which is not a public address", allowed_hosts=hosts)
    assert [request.host for request, _ in httpserver.log] == [f"localhost:{httpserver.port}"]


def test_a_mirror_in_a_private_network_is_requested_where_it_is_configured(inside):
    with client(allowed_hosts=EXAMPLE, private_hosts=EXAMPLE) as asking:
        assert asking.get(inside).content == b"x"


# Encryption


def test_an_untrusted_certificate_is_refused_without_retry(encrypted):
    reason = "no trusted TLS connection (unable to get local issuer certificate)"
    failure(encrypted.url_for("/") + f"?key={SECRET}", reason, requests=1)


@pytest.mark.usefixtures("trusted")
def test_a_configured_authority_is_trusted_for_its_names_alone(encrypted):
    encrypted.expect_request("/mine").respond_with_data(b"x")
    with client() as asking:
        assert asking.get(encrypted.url_for("/mine")).content == b"x"
    failure(f"https://127.0.0.1:{encrypted.port}/", "no trusted TLS connection")


@pytest.mark.usefixtures("trusted")
def test_a_redirect_does_not_end_encryption(encrypted, httpserver):
    encrypted.expect_request("/down").respond_with_data(status=301, headers={"Location": httpserver.url_for("/")})
    failure(encrypted.url_for("/down"), "is not encrypted, unlike the first address")
    assert httpserver.log == []


# Secrets


def test_no_secret_is_in_a_message_or_a_log(httpserver, caplog, raw):
    httpserver.expect_request("/busy").respond_with_data(status=503)
    secret = {"params": {"api_key": SECRET}}
    with caplog.at_level(logging.DEBUG):
        failure(httpserver.url_for("/busy"), "/busy: server error (HTTP 503)", given=secret)
        failure(raw(b"").address, "closed before a response", given=secret)
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name != "werkzeug")
    assert "/busy?..." in logged
    assert SECRET not in logged


def test_netrc_is_not_read(httpserver, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text(f"machine localhost login me password {SECRET}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    httpserver.expect_request("/").respond_with_data(b"x")
    with client() as asking:
        asking.get(httpserver.url_for("/"))
    assert "Authorization" not in httpserver.log[0][0].headers


# Proxies


def test_the_proxy_of_the_environment_is_used(raw, monkeypatch):
    asked = []
    proxy = raw(http(b"a,b\n", b"Content-Length: 4"), heard=asked)
    monkeypatch.setenv("HTTP_PROXY", proxy.address.removesuffix("/data.csv"))
    with client(allowed_hosts=EXAMPLE) as asking:
        assert asking.get("http://publisher.example/f.csv").content == b"a,b\n"
    assert asked[0].startswith(b"GET http://publisher.example/f.csv HTTP/1.1\r\n")


def test_a_proxy_that_does_not_answer_is_reported(monkeypatch, closed_port):
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{SECRET}@127.0.0.1:{closed_port}")
    failure("https://publisher.example/", "no connection to the proxy of this machine", allowed_hosts=EXAMPLE)
