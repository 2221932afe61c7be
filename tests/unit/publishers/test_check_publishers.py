"""Publishers are checked without landing anything, and what is not as expected is told apart."""

import json
import re
import time

import pytest
import yaml
from click.testing import CliRunner
from werkzeug import Response

from assets.build_identity import build as identity
from assets.landing.check_publishers import check_publishers
from assets.landing.publisher_report import report_path, write_report
from assets.landing.pull import pullable
from assets.tables.build_metadata import source_status
from orchestration.cli import main
from orchestration.definitions import defs
from orchestration.run_errors import why_failed
from tests.faults.test_schema_drift import SAMPLES
from tests.support.fake_publishers import everybody
from tests.support.fake_services import HTML
from tests.support.vintages import TIDY
from warehouse.errors import InvalidSetting
from warehouse.publishers.client import START_BYTES, Client
from warehouse.publishers.http_file import SMALL_BYTES
from warehouse.publishers.limits import Limits, RateLimiter
from warehouse.storage.home import Home
from warehouse.storage.landing import Landing
from warehouse.storage.workspace import Warehouse

CSV, WORKBOOK, NOMIS = "els_museums", "cls2024", "nomis_population"
# One source of each protocol.
OF_PROTOCOL = {
    "http_file": CSV,
    "nomis": NOMIS,
    "statistics_gov_scot": "shs_cube",
    "arcgis": "ons_localities",
    "statswales": "statswales_deprivation",
    "threesixtygiving_registry": "threesixtygiving",
    "threesixtygiving_api": "threesixtygiving_api",
    "grantnav": "threesixtygiving_grantnav",
}
SENT_AS_CSV = {"http_file", "nomis", "statistics_gov_scot"}


def museums(rows=None):
    sample = SAMPLES[CSV]
    return sample.write(sample.rows if rows is None else rows)


def waiting(source, read_s=20):
    limits = Limits(**{**vars(Limits.of(source)), "connect_s": 5, "read_s": read_s})
    return Client(source.id, limits, sleep=lambda _: None, rate_limiter=RateLimiter())


@pytest.fixture
def check(puller):
    """Check one source at a local address."""

    def run(source_id, address, client=waiting, **options):
        puller.at(source_id, address, **options)
        (found,) = check_publishers(puller.warehouse, [source_id], client=client)
        assert puller.landing.publisher_check(source_id) == found
        assert puller.landing.history(source_id) == puller.landing.refusals(source_id) == []
        assert puller.landing.status(source_id).state == "never"
        return found

    return run


def test_every_publisher_is_checked_with_little_and_nothing_is_landed(
    shared, puller, httpserver, tmp_path, monkeypatch
):
    made = {name: SAMPLES[name].write(SAMPLES[name].rows) for name in ("cls2024", "ons_code_history", NOMIS, *TIDY)}
    (tmp_path / "publishers.yaml").write_text(yaml.safe_dump(everybody(httpserver, made)), "utf-8")
    monkeypatch.setenv("CPOWER_PUBLISHERS", str(tmp_path / "publishers.yaml"))
    checks = {found.source_id: found for found in check_publishers(puller.warehouse, client=puller.client)}
    assert checks.keys() == set(pullable())
    unasked = checks.pop("threesixtygiving_grantnav")
    assert (unasked.status, unasked.requests, unasked.is_failing) == ("not_asked", 0, False)
    assert {name: found.detail for name, found in checks.items() if found.status != "ok"} == {}
    assert "with the expected columns" in checks["iod2025"].came
    assert checks["wimd2025"].came == "an ODS workbook with the expected columns"
    assert len(httpserver.log) == sum(found.requests for found in checks.values()) < 80
    assert not any(path.name != "publisher-check.json" for path in puller.landing.root.rglob("*") if path.is_file())


def test_only_the_start_of_a_file_is_read(check, httpserver):
    whole = museums() + b"E06000001,2024,1\n" * 1_000_000
    asked = []

    def part(request):
        asked.append(request.headers["Range"])
        end = START_BYTES if "part" in request.path else len(whole)
        return Response(whole[:end], 206 if "part" in request.path else 200, content_type="text/csv")

    httpserver.expect_request(re.compile("/.*")).respond_with_handler(part)
    assert check(CSV, httpserver.url_for("/part.csv")).status == "ok"
    assert check(CSV, httpserver.url_for("/whole.csv")).status == "ok"
    assert asked == [f"bytes=0-{START_BYTES - 1}"] * 2


@pytest.mark.parametrize(
    ("heading", "stated", "status", "came", "requests"),
    [
        ("Question", "", "ok", "an XLSX workbook with the expected columns", 2),
        ("Renamed", "", "changed_shape", "no such heading row", 2),
        ("Renamed", SMALL_BYTES + 1, "ok", "columns were not looked at", 1),
        ("Renamed", "*", "ok", "columns were not looked at", 1),
    ],
)
def test_a_workbook_is_read_if_it_is_small(check, httpserver, monkeypatch, heading, stated, status, came, requests):
    monkeypatch.setattr("warehouse.publishers.client.START_BYTES", 500)
    sample = SAMPLES[WORKBOOK]
    whole = sample.write([[heading, *sample.rows[0][1:]], *sample.rows[1:]])

    def part(request):
        if "Range" not in request.headers:
            return Response(whole)
        return Response(whole[:500], 206, headers={"Content-Range": f"bytes 0-499/{stated or len(whole)}"})

    httpserver.expect_request("/file.xlsx").respond_with_handler(part)
    found = check(WORKBOOK, httpserver.url_for("/file.xlsx"))
    assert (found.status, found.requests) == (status, requests)
    assert came in found.came


@pytest.mark.parametrize(
    ("answer", "status", "came", "to_do"),
    [
        (Response("gone", 404), "not_found", "HTTP 404", "correct its address in the catalogue"),
        (Response("no", 403), "denied", "HTTP 403", "land it by hand"),
        (Response("", 429), "rate_limited", "HTTP 429", "Try again later"),
        (Response("", 503), "server_error", "HTTP 503", "Try again later"),
        (Response("", 400), "rejected", "HTTP 400", "Try again later"),
        (Response(HTML, content_type="text/csv"), "wrong_kind", "an HTML page", "land it by hand"),
        (Response(status=302, headers={"Location": "http://elsewhere.example/"}), "redirect", "elsewhere", "hosts"),
        (Response("Name,Other\nA,1\n"), "changed_shape", "name, other", "Compare the file with its parser"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.islower() else "",
)
def test_what_is_not_as_expected_is_told_apart_with_what_to_do(check, httpserver, answer, status, came, to_do):
    httpserver.expect_request("/museums.csv").respond_with_response(answer)
    found = check(CSV, httpserver.url_for("/museums.csv?key=hidden"))
    assert (found.status, found.is_failing) == (status, True)
    assert came in found.came
    assert to_do in found.to_do
    assert found.expected
    assert found.address == httpserver.url_for("/museums.csv")
    assert "hidden" not in repr(found)


def test_a_slow_publisher_nobody_and_an_unknown_certificate_are_told_apart(check, httpserver, encrypted):
    def slowly(_):
        time.sleep(1)
        return Response(museums())

    httpserver.expect_request("/slow.csv").respond_with_handler(slowly)
    encrypted.expect_request("/museums.csv").respond_with_data(museums())
    slow = check(CSV, httpserver.url_for("/slow.csv"), lambda source: waiting(source, read_s=0.2))
    nobody = check(CSV, "http://127.0.0.1:9/museums.csv")
    strange = check(CSV, encrypted.url_for("/museums.csv"))
    assert [slow.status, nobody.status, strange.status] == ["timeout", "unreachable", "certificate"]
    assert "REQUESTS_CA_BUNDLE" in strange.to_do
    assert "network" in nobody.to_do


@pytest.mark.parametrize(("protocol", "source_id"), OF_PROTOCOL.items())
def test_every_protocol_tells_a_page_and_a_changed_service_from_data(check, httpserver, protocol, source_id):
    options = {"localities": ["Made up"]} if protocol == "grantnav" else {}
    httpserver.expect_oneshot_request(re.compile("/.*")).respond_with_data(HTML, content_type="text/html")
    httpserver.expect_request(re.compile("/.*")).respond_with_json({"changed": "shape"})
    address = httpserver.url_for("/")
    assert check(source_id, address, **options).status == "wrong_kind"
    expected = "wrong_kind" if protocol in SENT_AS_CSV else "changed_shape"
    assert check(source_id, address, **options).status == expected


def test_a_fault_of_one_check_is_that_source_s_alone(puller, httpserver, monkeypatch):
    httpserver.expect_request("/museums.csv").respond_with_data(museums())
    puller.at(CSV, httpserver.url_for("/museums.csv"))

    def broken(client, source):
        raise KeyError(source.address + "?key=hidden")

    monkeypatch.setattr("warehouse.publishers.http_file.probe", broken)
    (found,) = check_publishers(puller.warehouse, [CSV], client=waiting)
    assert (found.status, found.came) == ("changed_shape", "one that cannot be read (KeyError in broken)")


def test_a_check_of_a_later_day_is_not_known_on_an_earlier_one(check, httpserver, puller):
    found = check(CSV, "http://127.0.0.1:9/museums.csv")
    day = found.checked_at.date()
    assert Landing(puller.landing.root, day).publisher_check(CSV) == found
    assert Landing(puller.landing.root, day.replace(year=day.year - 1)).publisher_check(CSV) is None


@pytest.mark.long
def test_the_command_prints_a_table_writes_a_report_and_ends_with_1(puller, httpserver, tmp_path, monkeypatch):
    monkeypatch.setenv("CPOWER_HOME", str(tmp_path / "home"))
    httpserver.expect_request("/museums.csv").respond_with_data(museums())
    puller.at(CSV, httpserver.url_for("/museums.csv?key=hidden"))
    good = CliRunner().invoke(main, ["check-publishers", CSV])
    assert (good.exit_code, "As expected: 1 of 1" in good.output) == (0, True), good.output
    puller.at(CSV, httpserver.url_for("/none|csv?key=hidden"))
    bad = CliRunner().invoke(main, ["check-publishers", CSV, "--json", "--report", "mine.json"])
    assert bad.exit_code == 1
    said = json.loads(bad.stdout)
    assert [item["status"] for item in said["checks"]] == ["server_error"]
    kept = json.loads((tmp_path / "home" / "checks" / "mine.json").read_text("utf-8"))
    assert (kept["checks"], kept["sources_asked"], kept["sources_not_as_expected"]) == (said["checks"], 1, 1)
    (shown,) = (tmp_path / "home" / "checks").glob("publishers-*.md")
    told = shown.read_text("utf-8")
    assert f"| {CSV} | {httpserver.url_for('/museums.csv')} | ok |" in told
    assert "hidden" not in told + good.output + bad.output + json.dumps(kept)
    refused = CliRunner().invoke(main, ["check-publishers", CSV, "--report", "../mine.md"])
    assert (refused.exit_code, "without folders" in refused.output) == (2, True)
    unknown = CliRunner().invoke(main, ["check-publishers", "els_museum"])
    assert (unknown.exit_code, CSV in unknown.output) == (2, True)


def test_the_job_shows_each_result_on_its_source_and_makes_no_edition(puller, httpserver, tmp_path, monkeypatch):
    httpserver.expect_request("/museums.csv").respond_with_data(museums())
    mirror = {"hosts": ["localhost"], "schemes": ["http"]}
    mirrors = {CSV: mirror | {"address": httpserver.url_for("/museums.csv?key=hidden")}}
    mirrors[NOMIS] = mirror | {"address": httpserver.url_for("/none")}
    httpserver.expect_request("/none").respond_with_data("gone", status=404)
    (tmp_path / "mirrors.yaml").write_text(yaml.safe_dump(mirrors), "utf-8")
    monkeypatch.setenv("CPOWER_PUBLISHERS", str(tmp_path / "mirrors.yaml"))
    home = Home(tmp_path / "home").prepare()
    warehouse = Warehouse(home)
    before = identity(warehouse)["run_id"][0]

    def run(*names):
        return defs.resolve_job_def("check_publishers").execute_in_process(
            run_config={
                "ops": {"ask_for_little": {"config": {"sources": list(names)}}},
                "resources": {"warehouse": {"config": {"home": str(home.root)}}},
            },
            raise_on_error=False,
        )

    result = run(CSV, NOMIS)
    assert result.success
    seen = [event.asset_observation_data.asset_observation for event in result.get_asset_observation_events()]
    told = {item.asset_key.path[-1]: {name: value.value for name, value in item.metadata.items()} for item in seen}
    assert {name: item["check"] for name, item in told.items()} == {CSV: "ok", NOMIS: "not_found"}
    assert "HTTP 404" in told[NOMIS]["result"]
    assert "correct the address" in told[NOMIS]["what to do"]
    assert "hidden" not in repr(told)
    assert len(list(home.checks.glob("*.md"))) == 1
    rows = {row["source_id"]: row for row in source_status(warehouse).to_dicts()}
    assert (rows[CSV]["check_status"], rows[NOMIS]["check_status"]) == ("ok", "not_found")
    assert rows[NOMIS]["check_detail"] == told[NOMIS]["result"]
    assert rows[CSV]["last_checked_at"] == warehouse.landing.publisher_check(CSV).checked_at.replace(tzinfo=None)
    assert (rows["iod2025"]["last_checked_at"], rows["iod2025"]["check_status"]) == (None, None)
    assert {row["state"] for row in rows.values()} == {"never"}
    assert identity(warehouse)["run_id"][0] == before
    failed = run(NOMIS)
    assert not failed.success
    assert "sources asked: 1" in why_failed(failed.all_events).reason


def test_text_of_a_publisher_cannot_break_the_table_of_a_report(check, httpserver, tmp_path):
    httpserver.expect_request("/museums.csv").respond_with_data("Na|me,<b>\nA,1\n")
    home = Home(tmp_path / "home").prepare()
    path = report_path(home)
    write_report(path, [check(CSV, httpserver.url_for("/museums.csv"))])
    (line,) = (line for line in path.read_text("utf-8").splitlines() if line.startswith(f"| {CSV}"))
    assert len(re.findall(r"(?<!\\)\|", line)) == 7
    assert "&lt;b>" in line
    with pytest.raises(InvalidSetting):
        report_path(home, "report.txt")
