"""The addresses of practice records, asked from local servers. All addresses and answers are synthetic."""

import csv
import json
import threading
import time
from datetime import date

import pytest
from click.testing import CliRunner
from werkzeug import Response

from assets.contributions import links
from assets.contributions.links import check_links
from orchestration.cli import main
from tests.support.servers import until
from warehouse.errors import HomeUnavailable
from warehouse.publishers.client import Client
from warehouse.publishers.limits import Limits, RateLimiter
from warehouse.storage.home import Home

DAY = date(2026, 11, 30)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home").prepare()


def client(limits, waits=None):
    """Return a client as the check makes it, but with short limits, for servers of this machine, that does not wait."""
    local = {**vars(limits), "connect_s": 1, "read_s": 0.3, "private_hosts": frozenset({"localhost", "127.0.0.1"})}
    noted = [] if waits is None else waits
    return Client("links", Limits(**local), sleep=noted.append, rate_limiter=RateLimiter())


def check(home, *addresses, **given):
    return check_links(home, {address: ["x-1"] for address in addresses}, day=DAY, **({"client": client} | given))


def ask(home, address):
    (link,) = check(home, address).links
    return link


def test_an_address_that_answers_is_reached_by_one_request_without_its_content(home, httpserver):
    methods = []
    httpserver.expect_request("/page").respond_with_handler(
        lambda request: methods.append(request.method) or Response("x")
    )
    link = ask(home, httpserver.url_for("/page"))
    assert (link.result, link.status, link.error, methods) == ("reached", "200", "", ["HEAD"])
    assert link.final_address == link.address


def test_a_moved_page_is_found_at_its_final_address(home, httpserver):
    httpserver.expect_request("/old").respond_with_data(status=301, headers={"Location": "/new"})
    httpserver.expect_request("/new").respond_with_data("page")
    link = ask(home, httpserver.url_for("/old"))
    assert (link.result, link.status, link.final_address) == ("redirected", "200", httpserver.url_for("/new"))


@pytest.mark.parametrize(("status", "result"), [(404, "gone"), (410, "gone"), (403, "failed"), (500, "failed")])
def test_a_status_that_is_no_success_is_kept_with_its_reason(home, httpserver, status, result):
    httpserver.expect_request("/page").respond_with_data(status=status)
    link = ask(home, httpserver.url_for("/page"))
    assert (link.result, link.status, link.final_address) == (result, str(status), "")
    assert f"HTTP {status}" in link.error


def test_a_failure_that_passes_is_not_a_finding(home, httpserver):
    httpserver.expect_ordered_request("/page").respond_with_data(status=500)
    httpserver.expect_ordered_request("/page").respond_with_data("page")
    assert ask(home, httpserver.url_for("/page")).result == "reached"


@pytest.mark.parametrize("refusal", [405, 501, 404])
def test_a_server_that_fails_head_is_asked_with_get(home, httpserver, refusal):
    httpserver.expect_request("/page", method="HEAD").respond_with_data(status=refusal)
    httpserver.expect_request("/page", method="GET").respond_with_data("page")
    assert ask(home, httpserver.url_for("/page")).result == "reached"


def test_the_content_of_a_large_page_is_not_read(home, httpserver):
    sent = []

    def endless():
        while len(sent) < 10_000:
            sent.append(1)
            yield b"x" * 65_536

    httpserver.expect_request("/page", method="HEAD").respond_with_data(status=405)
    httpserver.expect_request("/page", method="GET").respond_with_handler(lambda _: Response(endless()))
    assert ask(home, httpserver.url_for("/page")).result == "reached"
    assert len(sent) < 1_000


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x", "http://10.0.0.1/x"])
def test_an_address_of_a_private_network_is_not_asked(home, address):
    def guarded(limits):
        return Client("links", limits, sleep=lambda _: None, rate_limiter=RateLimiter())

    (link,) = check(home, address, client=guarded).links
    assert link.result == "failed"
    assert "not a public address" in link.error


@pytest.mark.parametrize("address", ["ftp://localhost/x", "not an address", "http://[::1", ""])
def test_what_is_not_a_web_address_fails_and_stops_nothing(home, httpserver, address):
    httpserver.expect_request("/page").respond_with_data("page")
    results = {link.address: link for link in check(home, address, httpserver.url_for("/page")).links}
    assert results[httpserver.url_for("/page")].result == "reached"
    assert results[address].result == "failed"
    assert results[address].error


def test_a_second_run_of_the_day_asks_only_what_is_left(home, httpserver):
    httpserver.expect_request("/a").respond_with_data("a")
    httpserver.expect_request("/b").respond_with_data("b")
    both = [httpserver.url_for("/a"), httpserver.url_for("/b")]
    first = check(home, *both, limit=1)
    assert (first.asked_n, first.left_n, len(first.links)) == (1, 1, 1)
    # A run that was killed while it wrote its second result.
    with first.path.open("a") as file:
        file.write(f"{both[1]},x-1,reached")
    second = check(home, *both)
    assert (second.asked_n, second.left_n, second.counts) == (1, 0, {"reached": 2})
    assert len(httpserver.log) == 2
    with first.path.open(newline="") as file:
        assert [row["address"] for row in csv.DictReader(file)] == both
    assert first.path == home.root / "links" / "2026-11-30.csv"


def test_the_addresses_of_a_host_are_asked_one_at_a_time_with_a_pause(home, httpserver, monkeypatch):
    at_once, most, waits = [], [], []

    def answer(_request):
        at_once.append(1)
        most.append(len(at_once))
        time.sleep(0.02)
        at_once.pop()
        return Response("page")

    httpserver.expect_request("/", method="HEAD")
    for name in "abcd":
        httpserver.expect_request(f"/{name}").respond_with_handler(answer)
    check(home, *(httpserver.url_for(f"/{name}") for name in "abcd"), client=lambda limits: client(limits, waits))
    assert len(httpserver.log) == 4
    assert max(most) == 1
    assert len([wait for wait in waits if wait > 1]) == 3


def test_two_checks_do_not_run_in_one_home(home):
    with home.lock("check links", links.LOCK), pytest.raises(HomeUnavailable, match="in use: check links"):
        check(home)


def test_a_stopped_run_keeps_what_it_has_and_ends_its_threads(home, httpserver):
    for name in "abc":
        httpserver.expect_request(f"/{name}").respond_with_data("page")

    def stop(_link):
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        check(home, *(httpserver.url_for(f"/{name}") for name in "abc"), on_result=stop)
    until(lambda: threading.active_count() <= before, 10)
    assert check(home, *(httpserver.url_for(f"/{name}") for name in "abc")).asked_n == 2


def test_the_command_prints_dead_addresses_and_a_summary(tmp_path, httpserver, monkeypatch):
    httpserver.expect_request("/here").respond_with_data("page")
    httpserver.expect_request("/gone").respond_with_data(status=410)
    addresses = {httpserver.url_for(name): ["x-1"] for name in ("/here", "/gone")}
    monkeypatch.setattr(links, "addresses_of_records", lambda: addresses)
    monkeypatch.setattr(links, "_client", client)
    monkeypatch.setenv("CPOWER_HOME", str(tmp_path / "home"))
    first = CliRunner().invoke(main, ["practices", "links", "--limit", "1"])
    assert "1 asked now, 1 still to be asked today" in first.output
    second = CliRunner().invoke(main, ["practices", "links"])
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert httpserver.url_for("/gone") in second.stdout
    assert httpserver.url_for("/here") not in second.stdout
    assert "gone: 1\nreached: 1\n" in second.stdout
    told = json.loads(CliRunner().invoke(main, ["practices", "links", "--json"]).stdout)
    assert (told["asked"], told["left"], told["by_result"]) == (0, 0, {"gone": 1, "reached": 1})


def test_a_secret_in_an_address_is_not_written(home, httpserver):
    httpserver.expect_request("/page").respond_with_data("page")
    found = check(home, httpserver.url_for("/page?api_key=s3cr3t"))
    assert "s3cr3t" not in found.path.read_text()
    assert check(home, httpserver.url_for("/page?api_key=s3cr3t")).asked_n == 0
