"""The client asks politely, believes nothing and ends in time: each fault against a real server on a real socket.

All answers are made up.
"""

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
from warehouse.publishers.address_guard import is_public
from warehouse.publishers.addresses import bare, recordable
from warehouse.publishers.client import Client, Limits, Turns, as_https

SECRET = "s3cr3t-canary"


def client(sleeps=None, **limits):
    """Return a client that may ask the local servers, and notes its waits instead of waiting."""
    allowed = {
        "allowed_hosts": frozenset({"127.0.0.1", "localhost"}),
        "allowed_schemes": frozenset({"http", "https"}),
        "connect_s": 2,
        "read_s": 2,
    }
    noted = sleeps if sleeps is not None else []
    return Client("made_up", Limits(**(allowed | limits)), sleep=noted.append, turns=Turns())


def failure(ask, *args, **kwargs):
    """Return the failure in which a request ends, and see that it takes no secret with it."""
    with pytest.raises(PublisherFailed) as caught:
        ask(*args, **kwargs)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or SECRET not in repr(caught.value.__context__)
    assert caught.value.exit_code == 1
    return caught.value


class RawServer:
    """A server that says, byte for byte, what a test gives it: `say(connection)` runs for each connection."""

    def __init__(self, say, heard=None):
        self._say, self._heard = say, [] if heard is None else heard
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}/data.csv"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
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
    """A maker of raw servers, all closed afterwards."""
    made = []

    def serve(say, heard=None):
        made.append(RawServer(say, heard))
        return made[-1]

    yield serve
    for server in made:
        server.close()


def dripping(head, piece):
    """Return what a server says that sends `head` and then one piece every few milliseconds, for ever."""

    def say(connection):
        connection.sendall(head)
        while True:
            connection.sendall(piece)
            time.sleep(0.02)

    return say


# What is asked and answered


def test_an_answer_is_whole_with_its_provenance(httpserver):
    body = "Ynys Môn,1\r\n".encode()
    httpserver.expect_request("/data.csv").respond_with_data(body, headers={"ETag": '"1"', "Set-Cookie": "id=7"})
    with client() as asking:
        answer = asking.get(httpserver.url_for("/data.csv"), expect=("csv",))
        assert asking.requests_made == 1
    assert answer.content == body
    assert (answer.status, answer.is_unchanged) == (200, False)
    assert answer.address == answer.final_address == httpserver.url_for("/data.csv")
    assert answer.headers["etag"] == '"1"'
    assert "set-cookie" not in answer.headers
    request, _ = httpserver.log[0]
    assert request.headers["User-Agent"].startswith("community-power/")
    assert request.headers["Accept-Encoding"] == "gzip"


def test_a_packed_answer_is_unpacked(httpserver):
    body = b"a,b\n" * 1000
    padded = gzip.compress(body[:1000]) + gzip.compress(body[1000:]) + b"\0" * 8
    httpserver.expect_request("/").respond_with_data(padded, headers={"Content-Encoding": "gzip"})
    with client() as asking:
        assert asking.get(httpserver.url_for("/")).content == body


def test_what_has_not_changed_is_not_sent_again(httpserver):
    httpserver.expect_request("/", headers={"If-None-Match": '"1"'}).respond_with_data(b"", status=304)
    with client() as asking:
        answer = asking.get(httpserver.url_for("/"), etag='"1"', last_modified="Mon, 01 Jun 2026 00:00:00 GMT")
    assert answer.is_unchanged
    assert answer.content == b""
    assert httpserver.log[0][0].headers["If-Modified-Since"] == "Mon, 01 Jun 2026 00:00:00 GMT"


def test_unchanged_is_no_answer_to_a_plain_question(httpserver):
    httpserver.expect_request("/").respond_with_data(b"", status=304)
    with client() as asking:
        assert failure(asking.get, httpserver.url_for("/")).status == 304


def test_a_question_in_json_is_posted(httpserver):
    httpserver.expect_request("/", method="POST", json={"place": "Gwynedd"}).respond_with_data(b"1", status=201)
    with client() as asking:
        assert asking.post_json(httpserver.url_for("/"), {"place": "Gwynedd"}).content == b"1"


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
    ids=["HTML", "HTML after BOM", "XML", "JSON", "CSV", "zip for CSV", "zip for xls", "blank", "binary"],
)
def test_another_kind_of_file_with_status_200_is_refused_and_handed_on(httpserver, content, expect, came):
    httpserver.expect_request("/").respond_with_data(content, content_type="text/csv")
    with client() as asking:
        failed = failure(asking.get, httpserver.url_for("/"), expect=expect)
    assert f"{came} came where {' or '.join(expect)} was expected" in str(failed)
    assert (failed.status, failed.content) == (200, content)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "does not accept the request"),
        (401, "asks for a login"),
        (403, "refuses to answer us"),
        (404, "has nothing there"),
        (410, "has taken down"),
        (202, "still preparing"),
        (206, "does not accept"),
        (501, "it failed"),
    ],
)
def test_a_refusal_is_named_with_status_and_body(httpserver, status, reason):
    httpserver.expect_request("/").respond_with_data(b"Response too large", status=status)
    with client() as asking:
        failed = failure(asking.get, httpserver.url_for("/"))
        assert asking.requests_made == 1
    assert reason in str(failed)
    assert f"HTTP {status}" in str(failed)
    assert (failed.status, failed.content) == (status, b"Response too large")


# Time


def test_a_server_that_says_nothing_is_asked_thrice(raw):
    server = raw(lambda connection: time.sleep(2))
    sleeps = []
    with client(sleeps, read_s=0.1) as asking:
        assert "no answer within 0.1 s" in str(failure(asking.get, server.address))
        assert asking.requests_made == server.connections == 3
    assert len(sleeps) == 2
    assert sleeps[0] < sleeps[1]


def test_a_closed_port_is_tried_twice_and_then_known():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    with client() as asking:
        assert "no connection (Connection refused)" in str(failure(asking.get, address))
        assert asking.requests_made == 2
        failure(asking.get, address + "other")
        assert asking.requests_made == 2


def test_without_a_network_names_cannot_be_resolved(monkeypatch):
    def fail(*_, **__):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with client(allowed_hosts=frozenset({"publisher.example"})) as asking:
        failed = failure(asking.get, f"https://publisher.example/a?key={SECRET}")
    assert "https://publisher.example/a: its name cannot be resolved. Is there a network?" in str(failed)


def test_a_look_up_of_a_name_that_hangs_is_left(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(1) or [])
    started = time.monotonic()
    with client(allowed_hosts=frozenset({"publisher.example"}), connect_s=0.1) as asking:
        assert "cannot be resolved" in str(failure(asking.get, f"https://publisher.example/?key={SECRET}"))
        assert asking.requests_made == 1
    assert time.monotonic() - started < 0.9


def test_a_connection_that_is_not_answered_is_waited_for_once(monkeypatch):
    def wait(_, seconds, **__):
        assert seconds <= 2
        raise TimeoutError

    monkeypatch.setattr("warehouse.publishers.address_guard.create_connection", wait)
    with client() as asking:
        failed = failure(asking.get, f"https://127.0.0.1/a?key={SECRET}")
        assert asking.requests_made == 1
    assert "no connection within 2 s. Is there a network?" in str(failed)


def test_of_several_addresses_of_a_host_one_that_answers_is_enough(monkeypatch, httpserver):
    httpserver.expect_request("/").respond_with_data(b"x")
    found = [(socket.AF_INET6, 1, 6, "", ("::1", httpserver.port)), (socket.AF_INET, 1, 6, "", ("127.0.0.1", 0))]
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: found if host == "localhost" else real(host, *a, **k)
    )
    with client() as asking:
        assert asking.get(httpserver.url_for("/")).content == b"x"
        assert asking.requests_made == 1


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 50000\r\n\r\n", b"x"),
    ],
    ids=["body", "chunks", "header", "body of a 503", "body of a 404"],
)
def test_a_slow_drip_ends_with_the_deadline(raw, head, piece):
    server = raw(dripping(head, piece))
    started = time.monotonic()
    with client(deadline_s=0.4, read_s=0.3) as asking:
        failed = failure(asking.get, server.address)
    assert time.monotonic() - started < 1.2
    assert "deadline" not in str(failed)
    assert "took longer than the 0.4 s" in str(failed) or "HTTP 503" in str(failed)


def test_the_deadline_holds_for_all_requests_of_a_source(httpserver):
    httpserver.expect_request("/").respond_with_data(b"x")
    now = [100.0]
    with Client(
        "made_up",
        Limits(allowed_hosts=frozenset({"localhost"}), allowed_schemes=frozenset({"http"}), deadline_s=60),
        clock=lambda: now[0],
    ) as asking:
        asking.get(httpserver.url_for("/"))
        now[0] += 61
        assert "took longer than the 60 s" in str(failure(asking.get, httpserver.url_for("/")))


# Patience


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_is_asked_for_is_kept(httpserver, status):
    httpserver.expect_ordered_request("/").respond_with_data(status=status, headers={"Retry-After": "1"})
    httpserver.expect_ordered_request("/").respond_with_data(b"a,b\n")
    sleeps = []
    with client(sleeps) as asking:
        assert asking.get(httpserver.url_for("/")).content == b"a,b\n"
        assert asking.requests_made == 2
    assert sleeps == [1.0]


@pytest.mark.parametrize(
    "asked", ["86400", formatdate(time.time() + 86_400, usegmt=True)], ids=["seconds", "date of tomorrow"]
)
def test_a_wait_of_a_day_is_not_waited_for(httpserver, asked):
    httpserver.expect_request("/").respond_with_data(status=503, headers={"Retry-After": asked})
    sleeps = []
    with client(sleeps) as asking:
        failed = failure(asking.get, httpserver.url_for("/"))
        assert asking.requests_made == 1
    assert failed.status == 503
    assert re.search(r"asks us to wait 8\d,\d{3} s \(HTTP 503\)", str(failed))
    assert "longer than 60 s" in str(failed)
    assert sleeps == []


@pytest.mark.parametrize("asked", ["tomorrow", "-5", "", "Mon, 01 Jan 2001 00:00:00 GMT", "1e9"])
def test_an_unreadable_wait_is_our_own_choice(httpserver, asked):
    httpserver.expect_request("/").respond_with_data(status=429, headers={"Retry-After": asked})
    sleeps = []
    with client(sleeps) as asking:
        failed = failure(asking.get, httpserver.url_for("/"))
        assert asking.requests_made == 5
    assert "asks to be left alone for now (HTTP 429)" in str(failed)
    assert [round(wait - wait % 0.5, 1) for wait in sleeps] == [0.5, 1.0, 2.0, 4.0]


def test_no_wait_goes_beyond_the_deadline(httpserver):
    httpserver.expect_request("/").respond_with_data(status=503, headers={"Retry-After": "30"})
    sleeps = []
    with client(sleeps, deadline_s=5) as asking:
        assert "took longer than the 5 s" in str(failure(asking.get, httpserver.url_for("/")))
    assert sleeps == []


def test_clients_of_a_process_share_the_limit_of_a_host(httpserver):
    httpserver.expect_request("/").respond_with_data(b"x")
    now, waits = [0.0], []

    def sleep(seconds):
        waits.append(seconds)
        now[0] += seconds

    limits = Limits(
        allowed_hosts=frozenset({"localhost"}), allowed_schemes=frozenset({"http"}), max_requests_per_minute=100
    )
    turns = Turns()
    for _ in range(2):
        with Client("made_up", limits, clock=lambda: now[0], sleep=sleep, turns=turns) as asking:
            for _ in range(3):
                asking.get(httpserver.url_for("/"))
    assert waits == pytest.approx([0.6] * 5)


def test_the_turn_of_one_host_is_not_that_of_another():
    turns = Turns()
    assert [turns.take(host, 60, 10.0) for host in ("a", "b", "a", "a", "b")] == [0, 0, 1, 2, 1]
    assert turns.take("a", None, 20.0) == 0


# Transfers that are cut short


CUTS = {
    "Content-Length larger": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\na,b\n1,2\n",
    "chunk cut": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\na,b\n",
    "last chunk missing": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na,b\n\r\n",
    "gzip cut": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\nConnection: close\r\n\r\n"
    + gzip.compress(b"a,b\n1,2\n3,4\n", mtime=0)[:20],
    "gzip damaged": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n\x1f\x8bgarbage garbage",
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_a_cut_transfer_is_made_anew_and_never_kept(raw, cut):
    server = raw(lambda connection: connection.sendall(cut))
    sleeps = []
    with client(sleeps) as asking:
        failed = failure(asking.get, server.address)
    assert "cut short 3 times" in str(failed)
    assert server.connections == 3
    assert len(sleeps) == 2


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_a_transfer_that_is_whole_the_second_time_is_good(raw, cut):
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\na,b\n1,2\n"
    answers = iter([cut, whole])
    server = raw(lambda connection: connection.sendall(next(answers)))
    with client() as asking:
        assert asking.get(server.address).content == b"a,b\n1,2\n"
        assert asking.requests_made == 2


def test_a_transfer_that_falls_silent_is_made_anew(raw):
    def say(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\na,b\n")
        time.sleep(1)

    server = raw(say)
    with client(read_s=0.1) as asking:
        assert "4 of 99 bytes and 0.1 s of silence" in str(failure(asking.get, server.address))
    assert server.connections == 3


@pytest.mark.parametrize("length", ["\xb2", "9" * 5000, "-1", "many"], ids=["sign", "endless", "negative", "words"])
def test_a_length_that_is_none_is_not_believed(raw, length):
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n".encode("latin-1")
    server = raw(lambda connection: connection.sendall(head + b"a,b\n"))
    with client() as asking, contextlib.suppress(PublisherFailed):
        assert asking.get(server.address).content == b"a,b\n"


# Size


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}], ids=["as it is", "packed"])
def test_more_than_the_source_may_have_is_left(httpserver, headers):
    body = b"x" * 20_000
    httpserver.expect_request("/").respond_with_data(gzip.compress(body) if headers else body, headers=headers)
    with client(max_bytes=10_000) as asking:
        assert "more than the 10,000 bytes" in str(failure(asking.get, httpserver.url_for("/")))
        assert asking.requests_made == 1


def test_a_body_without_end_is_left_at_the_limit(raw):
    server = raw(dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 100_000))
    with client(max_bytes=1_000_000) as asking:
        assert "more than the 1,000,000 bytes" in str(failure(asking.get, server.address))


def test_a_gzip_bomb_does_not_go_off(httpserver):
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 60_000
    httpserver.expect_request("/").respond_with_data(bomb, headers={"Content-Encoding": "gzip"})
    with client() as asking:
        assert "unpacks to more than 200 times its size" in str(failure(asking.get, httpserver.url_for("/")))


def test_an_encoding_that_was_not_asked_for_is_refused(httpserver):
    httpserver.expect_request("/").respond_with_data(b"x", headers={"Content-Encoding": "br"})
    with client() as asking:
        assert "sends the encoding 'br'" in str(failure(asking.get, httpserver.url_for("/")))


def test_the_body_of_a_redirect_is_not_read(httpserver):
    bomb = gzip.compress(b"\0" * 5_000_000)
    headers = {"Location": "/data", "Content-Encoding": "gzip"}
    httpserver.expect_request("/").respond_with_data(bomb, status=302, headers=headers)
    httpserver.expect_request("/data").respond_with_data(b"a,b\n")
    with client(max_bytes=1000) as asking:
        assert asking.get(httpserver.url_for("/")).content == b"a,b\n"


# Where we may ask


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


@pytest.mark.parametrize(
    "location",
    [b"/M\xc3\xb4n", b"/M\xf4n", b"M%C3%B4n?a=b#part", b"./x/../M\xc3\xb4n"],
    ids=["UTF-8", "latin-1", "escaped", "relative"],
)
def test_a_redirect_may_be_written_as_publishers_write_it(raw, location):
    answers = iter([b"HTTP/1.1 301 Moved\r\nLocation: " + location, b"HTTP/1.1 200 OK"])

    def say(connection):
        connection.sendall(next(answers) + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    server = raw(say)
    with client() as asking:
        assert asking.get(server.address).final_address.split("/")[-1].startswith("M%C3%B4n")


@pytest.mark.parametrize(
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
        ("http://me:word@localhost/", "holds credentials"),
        ("https://[localhost/", "no address"),
        ("http://localhost:999999/", "has the scheme ''"),
    ],
)
def test_a_redirect_elsewhere_is_refused(raw, target, reason):
    head = f"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {target}\r\n\r\n".encode()
    server = raw(lambda connection: connection.sendall(head))
    with client() as asking:
        assert reason in str(failure(asking.get, server.address, params={"token": SECRET}))
        assert asking.requests_made == 1


def test_a_redirect_in_a_circle_is_left(httpserver):
    httpserver.expect_request("/a").respond_with_data(status=302, headers={"Location": "/b"})
    httpserver.expect_request("/b").respond_with_data(status=302, headers={"Location": "/a"})
    with client() as asking:
        assert "redirects in a circle" in str(failure(asking.get, httpserver.url_for("/a")))
        assert asking.requests_made == 2


def test_redirects_have_an_end(httpserver):
    def onwards(request):
        return Response(status=302, headers={"Location": f"/{int(request.path[1:]) + 1}"})

    for number in range(1, 9):
        httpserver.expect_request(f"/{number}").respond_with_handler(onwards)
    with client() as asking:
        assert "redirects more than 5 times" in str(failure(asking.get, httpserver.url_for("/1")))
        assert asking.requests_made == 6


@pytest.mark.parametrize(("status", "method"), [(302, "GET"), (307, "POST")])
def test_a_question_is_put_again_only_where_the_redirect_says_so(httpserver, status, method):
    httpserver.expect_request("/", method="POST").respond_with_data(status=status, headers={"Location": "/new"})
    httpserver.expect_request("/new", method=method).respond_with_json({})
    with client() as asking:
        assert asking.post_json(httpserver.url_for("/"), {}).content == b"{}"


def test_headers_for_one_host_do_not_go_to_another(httpserver):
    address = redirecting(httpserver, f"http://127.0.0.1:{httpserver.port}/new")
    httpserver.expect_request("/new").respond_with_data(b"x")
    with client() as asking:
        asking.get(address, headers={"X-Api-Key": SECRET, "Accept": "text/csv"})
    first, second = (request.headers for request, _ in httpserver.log)
    assert first["X-Api-Key"] == SECRET
    assert "X-Api-Key" not in second
    assert second["Accept"] == "text/csv"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ftp://localhost/", "its address has the scheme 'ftp'"),
        ("https://elsewhere.example/", "its address is at elsewhere.example"),
        ("https://localhost.elsewhere.example/", "its address is at localhost.elsewhere.example"),
        (f"https://me:{SECRET}@localhost/", "its address holds credentials"),
        ("data.csv", "no address that can be asked"),
        ("https://", "no address that can be asked"),
    ],
)
def test_an_address_outside_the_hosts_is_not_asked(address, reason):
    with client() as asking:
        assert reason in str(failure(asking.get, address))
        assert asking.requests_made == 0


@pytest.mark.parametrize(
    ("hosts", "host", "is_allowed"),
    [
        ({"www.gov.uk"}, "www.gov.uk", True),
        ({"www.gov.uk"}, "gov.uk", False),
        ({"*.gov.uk"}, "assets.publishing.service.gov.uk", True),
        ({"*.gov.uk"}, "gov.uk", False),
        ({"*.gov.uk"}, "evilgov.uk", False),
        ({"*"}, "any.example", True),
        (set(), "any.example", False),
    ],
)
def test_hosts_are_names_or_the_names_below_one(hosts, host, is_allowed):
    assert Limits(allowed_hosts=frozenset(hosts)).allow(host) == is_allowed


@pytest.fixture
def inside(monkeypatch, httpserver):
    """An address whose name a made-up look-up resolves to this machine, as in an attack on what lies inside."""
    real = socket.getaddrinfo

    def resolve(host, *args, **kwargs):
        return real("127.0.0.1" if host == "publisher.example" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    httpserver.expect_request("/").respond_with_data(b"x")
    return f"http://publisher.example:{httpserver.port}/"


@pytest.mark.parametrize("hosts", [{"publisher.example"}, {"*"}], ids=["by name", "any host"])
def test_a_name_that_resolves_to_a_private_address_is_refused(inside, httpserver, hosts):
    with client(allowed_hosts=frozenset(hosts)) as asking:
        assert "resolves to 127.0.0.1, which is no public address" in str(failure(asking.get, inside))
    assert httpserver.log == []


def test_a_redirect_to_a_private_address_is_refused_where_any_host_is_allowed(httpserver):
    httpserver.expect_request("/away").respond_with_data(
        status=302, headers={"Location": "http://169.254.169.254/latest/meta-data"}
    )
    with client(allowed_hosts=frozenset({"localhost", "*"})) as asking:
        failed = failure(asking.get, httpserver.url_for("/away"))
    assert "169.254.169.254, which is no public address" in str(failed)


def test_a_mirror_inside_is_asked_where_the_configuration_says_so(inside):
    hosts = frozenset({"publisher.example"})
    with client(allowed_hosts=hosts, private_hosts=hosts) as asking:
        assert asking.get(inside).content == b"x"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("151.101.0.144", True),
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::9765:90", True),
        ("2002:a00:1::", False),
        ("2a00:1450:4009:80b::200e", True),
    ],
)
def test_public_addresses_are_told_from_private_ones(address, expected):
    assert is_public(address) == expected


# Encryption


def test_a_certificate_of_nobody_is_refused_once(encrypted):
    encrypted.expect_request("/").respond_with_data(b"x")
    with client() as asking:
        failed = failure(asking.get, encrypted.url_for("/") + f"?key={SECRET}")
        assert asking.requests_made == 1
    assert "no encrypted connection that can be trusted (" in str(failed)
    assert "certificate" in str(failed)


@pytest.mark.usefixtures("trusted")
def test_an_authority_of_ones_own_can_be_trusted(encrypted):
    encrypted.expect_request("/mine").respond_with_data(b"x")
    with client() as asking:
        assert asking.get(encrypted.url_for("/mine")).content == b"x"


@pytest.mark.usefixtures("trusted")
def test_encryption_is_not_given_up_by_a_redirect(encrypted, httpserver):
    encrypted.expect_request("/down").respond_with_data(status=301, headers={"Location": httpserver.url_for("/")})
    with client() as asking:
        failed = failure(asking.get, encrypted.url_for("/down"))
    assert "is not encrypted as the first address is" in str(failed)
    assert httpserver.log == []


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_name_is_refused(encrypted):
    with client() as asking:
        failed = failure(asking.get, f"https://127.0.0.1:{encrypted.port}/")
    assert "no encrypted connection that can be trusted" in str(failed)


# Secrets


def test_no_secret_reaches_a_message_or_a_log(httpserver, caplog, raw):
    httpserver.expect_request("/busy").respond_with_data(status=503)
    server = raw(lambda connection: None)
    with caplog.at_level(logging.DEBUG), client() as asking:
        failure(asking.get, httpserver.url_for("/busy"), params={"api_key": SECRET})
        failure(asking.get, server.address, params={"api_key": SECRET})
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


@pytest.mark.parametrize(
    ("address", "recorded"),
    [
        ("https://a.example/f?geography=TYPE424&date=latest", "https://a.example/f?geography=TYPE424&date=latest"),
        ("https://a.example/f?keywords=a%20b&guid=1", "https://a.example/f?keywords=a%20b&guid=1"),
        ("https://a.example/f?uid=0x1&q=1#x", "https://a.example/f?uid=***&q=1"),
        ("https://a.example/f?X-Amz-Signature=1&X-Amz-Security-Token=2&id=3",
         "https://a.example/f?X-Amz-Signature=***&X-Amz-Security-Token=***&id=3"),
        ("https://a.example/f?AWSAccessKeyId=1&sig=2&apikey=3", "https://a.example/f?AWSAccessKeyId=***&sig=***&apikey=***"),
        ("https://me:word@a.example/f", "https://a.example/f"),
    ],
)  # fmt: skip
def test_an_address_is_recorded_without_what_may_be_secret(address, recorded):
    assert recordable(address) == recorded
    assert bare(address) == "https://a.example/f"


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("http://a.example/f?x=http://b.example", "https://a.example/f?x=http://b.example"),
        ("HTTP://a.example:80/f", "https://a.example/f"),
        ("http://a.example:80", "https://a.example"),
        ("http://a.example:8080/f:80", "https://a.example:8080/f:80"),
        ("https://a.example:80/f", "https://a.example:80/f"),
        ("ftp://a.example/f", "ftp://a.example/f"),
        ("/f?next=http://a.example", "/f?next=http://a.example"),
    ],
)
def test_an_address_of_the_old_scheme_becomes_an_encrypted_one(address, asked):
    assert as_https(address) == asked


def test_a_proxy_of_ones_own_network_is_used(raw, monkeypatch):
    asked = []

    def say(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\na,b\n")

    proxy = raw(say, asked)
    monkeypatch.setenv("HTTP_PROXY", proxy.address.removesuffix("/data.csv"))
    with client(allowed_hosts=frozenset({"publisher.example"})) as asking:
        assert asking.get("http://publisher.example/f.csv").content == b"a,b\n"
    assert asked[0].startswith(b"GET http://publisher.example/f.csv HTTP/1.1\r\n")


def test_a_proxy_that_is_not_there_is_named(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = f"http://me:{SECRET}@127.0.0.1:{listening.getsockname()[1]}"
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with client(allowed_hosts=frozenset({"publisher.example"})) as asking:
        assert "the proxy of this machine gives no connection" in str(failure(asking.get, "https://publisher.example/"))
