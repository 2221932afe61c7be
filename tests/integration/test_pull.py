"""Pulling end to end, as `cpower` and the UI do it, from local HTTP servers with synthetic files."""

import json
import re
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import dagster as dg
import polars as pl
import pytest
import yaml
from click.testing import CliRunner
from werkzeug import Request, Response

from assets.edition import edition
from assets.factories.python_tables import computed
from assets.factories.steps import step
from assets.graph import graph, recipes
from assets.landing.ingest_file import landable
from assets.landing.pull import pull_all, pullable
from assets.landing.pull_assets import ANSWERED
from assets.sources.deprivation.indices import NIMDM_RANKS
from orchestration.cli import main
from orchestration.resources import WarehouseResource
from orchestration.run_errors import why_failed
from tests.faults.test_schema_drift import SAMPLES
from tests.support import award_files
from tests.support.exported import exported_tables
from tests.support.fake_publishers import FEWEST, everybody, grants
from tests.support.servers import mirror, unreachable
from tests.support.vintages import TIDY
from warehouse import catalogue, report
from warehouse.editions.find import current, editions
from warehouse.editions.publish import EXPORTS
from warehouse.errors import CommunityPowerError
from warehouse.publishers import PROTOCOLS
from warehouse.query import run
from warehouse.storage.home import PROJECT, Home
from warehouse.storage.table_store import empty
from warehouse.storage.workspace import Warehouse

NIMDM, NOMIS, AWARDS = "nimdm2017", "nomis_population", "threesixtygiving"
TABLE = "staging.nomis__population"
COUNTED = {
    "core.dim_indicator",
    "core.dim_locality",
    "core.dim_metric",
    "core.dim_nation",
    "core.dim_source",
    "core.fct_award",
    "core.fct_observation",
    "core.fct_practice_study",
    "meta.check_result",
    "meta.quarantine",
    "metrics.metric_value",
}
TODAY = datetime.now(UTC).date()


def ranks(first=1):
    """A made-up file of all areas of Northern Ireland, in the order of their numbers from the first one."""
    codes = [f"95AA{number // 10:02}S{number % 10}" for number in range(890)]
    rows = [
        ",".join([code, *[str((number + first - 1) % 890 + 1)] * (len(NIMDM_RANKS) - 1)])
        for number, code in enumerate(codes)
    ]
    return "\n".join([",".join(f'"{heading}"' for heading in NIMDM_RANKS), *rows]).encode()


def estimates(change=None, without="none"):
    """The estimates that ship with the project, as Nomis answers: with other figures, or without some areas."""
    figures = pl.read_csv(PROJECT / "warehouse" / "reference" / "population.csv", infer_schema=False)
    rows = [
        f"2023,{code},Made up,0,200,20100,{(change or {}).get(code, persons)}"
        for code, persons in figures.select("locality_code", "population_persons").iter_rows()
        if not code.startswith(without)
    ]
    return "\n".join(["DATE,GEOGRAPHY_CODE,GEOGRAPHY_NAME,GENDER,C_AGE,MEASURES,OBS_VALUE", *rows, ""]).encode()


def awards(number=3):
    """A made-up publisher's file."""
    return award_files.grants(*({"id": f"360G-madeup-{n}", "amountAwarded": 1000 + n} for n in range(number)))


class Publishers:
    """Publishers on one server: what each holds can be changed, and what each was asked is on record."""

    def __init__(self, server):
        self.server = server
        self.held = {}
        self.asked = []
        self.is_slow = threading.Event()
        server.expect_request(re.compile(".*")).respond_with_handler(self.answer)

    def hold(self, path, content, kind="text/csv"):
        self.held[path] = content, kind

    def answer(self, request: Request) -> Response:
        self.asked.append(request.path)
        while self.is_slow.is_set():
            time.sleep(0.05)
        if request.path not in self.held:
            return Response("gone", status=404)
        content, kind = self.held[request.path]
        response = Response(content, content_type=kind)
        if not request.path.startswith("/nomis"):
            response.add_etag()
        return response.make_conditional(request)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CPOWER_HOME", str(tmp_path / "home"))
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def publishers(httpserver, tmp_path, monkeypatch):
    """Three publishers that answer; every other source is at a port where nobody listens."""
    made = Publishers(httpserver)
    made.hold("/ranks.csv", ranks())
    made.hold("/nomis.csv", estimates())
    listed = {
        "identifier": "made-up",
        "title": "Made-up awards",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "publisher": {"name": "Nobody", "prefix": "360G-madeup"},
        "distribution": [{"downloadURL": httpserver.url_for("/awards.json")}],
    }
    made.hold("/data.json", json.dumps([listed]), "application/json")
    made.hold("/awards.json", awards(), "application/json")
    licences = catalogue.sources()[AWARDS].options["licences"]
    mirrors = unreachable()
    mirrors[NIMDM] = mirror(httpserver.url_for("/ranks.csv"))
    mirrors[NOMIS] = mirror(httpserver.url_for("/nomis.csv"))
    mirrors[AWARDS] = mirror(httpserver.url_for("/data.json")) | {
        "options": {"publishers": "all", "licences": licences},
    }
    path = tmp_path / "publishers.yaml"
    path.write_text(yaml.safe_dump(mirrors), "utf-8")
    monkeypatch.setenv("CPOWER_PUBLISHERS", str(path))
    return made


@pytest.fixture
def all_publishers(shared, httpserver, tmp_path, monkeypatch):
    """Have every publisher answer."""
    made = {"nomis_population": estimates()}
    made |= {name: SAMPLES[name].write(SAMPLES[name].rows) for name in ("cls2024", "ons_code_history", *TIDY)}
    (tmp_path / "publishers.yaml").write_text(yaml.safe_dump(everybody(httpserver, made)), "utf-8")
    monkeypatch.setenv("CPOWER_PUBLISHERS", str(tmp_path / "publishers.yaml"))


def cpower(*arguments):
    """Run the command in this process, since importing takes seconds; return its exit code and what it says."""
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, result.output


def materialize(home, *tables, as_of=""):
    """Build some tables of the graph, as a run does, and return a reader of them."""
    chosen = [recipe for made in recipes().values() for recipe in made if set(tables).issuperset(recipe.names)]
    found = {}

    @dg.asset(deps=[table.split(".") for table in tables])
    def reader(warehouse: dg.ResourceParam[Warehouse]):
        found.update({table: warehouse.tables.read(table) for table in tables})

    resource = WarehouseResource(home=str(home.root), as_of=as_of)
    assert dg.materialize([step("chosen", chosen, []), reader], resources={"warehouse": resource}).success
    return found


@pytest.fixture
def small(monkeypatch):
    """A graph, and editions, of a few tables: those that pulling fills and, left empty, those counted or exported."""
    real = ["meta.build", "meta.landed_file", "meta.revision", "meta.source_status"]
    kept = [recipe for made in recipes().values() for recipe in made if {*real, TABLE}.issuperset(recipe.names)]

    def nothing(table):
        def rows(_):
            return empty(table)

        return computed(table.name, rows, always=True)

    marts = {name for name in catalogue.tables() if name.startswith("marts.")}
    # The workbook and the map read the headline rows beside the profile.
    empty_ones = COUNTED | marts | exported_tables() | {"metrics.headline_value"}
    tables = [catalogue.tables()[name] for name in sorted({*real, *empty_ones})]
    others = [nothing(table) for table in tables if table.name in empty_ones]
    published = edition(table.name for table in tables)
    monkeypatch.setattr("orchestration.definitions.graph", lambda: [step("tables", [*kept, *others], []), published])
    monkeypatch.setattr("warehouse.editions.publish.published_tables", lambda _: tuple(tables))
    # The report is of every locality.
    monkeypatch.setattr(
        "warehouse.editions.publish.EXPORTS", tuple(form for form in EXPORTS if form is not report.write)
    )


def ask(path, sql):
    return run(path, sql)[1]


def backdate(home, source_id, file, days):
    """Make a file one that was landed some days ago."""
    record = home.landing / source_id / f"{file.sha256}.json"
    item = json.loads(record.read_text("utf-8"))
    item["landed_at"] = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    record.write_text(json.dumps(item), "utf-8")


def test_every_source_that_is_pulled_can_be_landed():
    assert set(pullable()) <= set(landable())


@pytest.mark.long
def test_every_source_is_pulled_and_built_and_asked_for_once_more_in_vain(home, small, all_publishers, httpserver):
    code, said = cpower("refresh", "--json")
    report = json.loads(said)
    trouble = {item["source_id"]: item["reason"] for item in report["pulled"] if item["state"] != "ok"}
    assert trouble.keys() == {"threesixtygiving_grantnav"}, trouble
    assert code == 0
    landing = Warehouse(home).landing
    files = {source_id: landing.history(source_id) for source_id in pullable()}
    (file,) = files[AWARDS]
    assert (file.content, file.licence, file.status) == (
        json.dumps({"grants": grants("GB-CHC-7")}).encode(),
        "CC-BY-4.0",
        200,
    )
    assert file.etag
    assert file.profile["staging.threesixtygiving__award"]["kept"] == 3
    first = current(home)
    assert first.id == report["build"]["edition_id"]
    assert set(materialize(home, TABLE)[TABLE]["file_sha256"]) == {files[NOMIS][0].sha256}

    httpserver.clear_log()
    code, said = cpower("refresh")
    assert code == 0, said
    asked = dict(re.findall(r"^(\w+): (?:unchanged|never), (\d+) request", said, re.MULTILINE))
    assert {source_id: int(number) for source_id, number in asked.items()} == FEWEST
    assert len(httpserver.log) == sum(FEWEST.values())
    assert {source_id: landing.history(source_id) for source_id in pullable()} == files
    assert f"No new edition: nothing new was landed. Edition {first.id} is of the same input and code" in said
    assert [edition.id for edition in editions(home)] == [first.id]


@pytest.mark.long
def test_no_protocol_lands_again_or_passes_over_what_was_taken_back(home, all_publishers):
    asked = [source_id for source_id in pullable() if FEWEST[source_id]]
    assert cpower("pull", *asked)[0] == 0
    landing = Warehouse(home).landing
    taken_back = {source_id: landing.unland(source_id, reason="of another year") for source_id in asked}
    for source_id, item in taken_back.items():
        landing.keep(catalogue.sources()[source_id], b"the vintage before", file_name=item.file_name)
    current = {source_id: landing.current(source_id) for source_id in asked}
    # Each pull asks for it, not the first one only.
    for _ in range(2):
        code, said = cpower("pull", "--json", *asked)
        assert code == 1
        for pulled in json.loads(said):
            item = taken_back[pulled["source_id"]]
            assert (pulled["state"], pulled["new_files"]) == ("refused", []), pulled
            assert f"got {item.called}, taken back on {TODAY} (of another year)" in pulled["reason"]
        assert {source_id: landing.current(source_id) for source_id in asked} == current
    _, said = cpower("pull", "--json", "--accept", *asked)
    assert {pulled["source_id"]: pulled["reason"] for pulled in json.loads(said) if pulled["state"] != "ok"} == {}
    assert {source_id: landing.find(source_id).sha256 for source_id in asked} == {
        source_id: item.sha256 for source_id, item in taken_back.items()
    }


def test_a_file_is_landed_taken_back_and_landed_again(home, tmp_path):
    old, new = tmp_path / "2023.csv", tmp_path / "2024.csv"
    for path, change in ((old, {}), (new, {"E06000001": 100_000})):
        path.write_bytes(estimates(change))
        assert cpower("land", NOMIS, str(path))[0] == 0
    before, bad = Warehouse(home).landing.history(NOMIS)
    code, said = cpower("unland", NOMIS, "2025.csv")
    assert (code, before.called in said, bad.called in said) == (2, True, True)
    assert cpower("unland", "nomis")[0] == 2

    code, said = cpower("unland", NOMIS, "2024.csv", "--reason", "of [another] year")
    assert code == 0
    assert f"{NOMIS}: {bad.called} taken back on {TODAY} (of [another] year)\n" in said
    assert f"  {before.called}, landed on {TODAY}, is used again\n" in said
    told = f"2024.csv {bad.sha256[:12]} taken back on {TODAY} (of [another] year)"
    assert told in cpower("status")[1]
    sources = {source["source_id"]: source for source in json.loads(cpower("status", "--json")[1])["sources"]}
    assert (sources[NOMIS]["state"], sources[NOMIS]["files"]) == ("ok", 1)
    assert [item["sha256"] for item in sources[NOMIS]["unlanded"]] == [bad.sha256]

    files = materialize(home, "meta.landed_file")["meta.landed_file"].filter(pl.col("source_id") == NOMIS)
    rows = files.select("file_sha256", "is_current", pl.col("unlanded_at").dt.date(), "unlanded_reason").rows()
    assert set(rows) == {(before.sha256, True, None, None), (bad.sha256, False, TODAY, "of [another] year")}

    assert cpower("land", NOMIS, str(new))[0] == 0
    assert told not in cpower("status")[1]
    assert json.loads(cpower("unland", NOMIS, bad.sha256[:6], "--json")[1]) | {"unlanded_at": ""} == {
        "source_id": NOMIS,
        "file_name": "2024.csv",
        "sha256": bad.sha256,
        "unlanded_at": "",
        "reason": "",
        "used_again": [{"file_name": "2023.csv", "sha256": before.sha256}],
        "files": 1,
    }
    assert "files of nomis_population that are still used: 0" in cpower("unland", NOMIS)[1]


@pytest.mark.long
def test_the_edition_after_a_file_was_taken_back_is_as_if_it_had_not_been_landed(home, publishers, small, tmp_path):
    def published():
        return {path.stem: pl.read_parquet(path) for path in (current(home).path / "parquet").iterdir()}

    cpower("pull", NOMIS)
    assert cpower("build")[0] == 0
    before, tables = current(home), published()
    path = tmp_path / "by hand.csv"
    path.write_bytes(estimates({"E06000001": 100_000}))
    cpower("land", NOMIS, str(path))
    assert cpower("build")[0] == 0
    bad = current(home)
    assert ask(bad.path, "select new_value from meta.revision") == [(100_000.0,)]

    assert cpower("unland", NOMIS)[0] == 0
    assert json.loads(cpower("status", "--json")[1])["is_up_to_date"] is False
    assert "out of date: the input has changed" in cpower("status")[1]
    assert current(home) == bad
    outcome = json.loads(cpower("build", "--json")[1])
    after = current(home)
    assert (outcome["is_new"], after.id) == (True, outcome["edition_id"])
    assert after.run_id == before.run_id != bad.run_id
    assert after.id != before.id
    changed = {name for name, rows in published().items() if not rows.equals(tables[name])}
    assert changed == {"meta.landed_file"}
    landed = "from meta.landed_file where landed_at is not null order by landed_at"
    assert ask(after.path, f"select is_current, unlanded_at is null {landed}") == [(True, True), (False, False)]
    assert json.loads(cpower("status", "--json")[1])["is_up_to_date"] is True
    assert "the input has changed" not in cpower("status")[1]


def test_what_a_publisher_changes_after_a_file_was_taken_back_is_landed(home, publishers):
    for first in (1, 2):
        publishers.hold("/ranks.csv", ranks(first))
        cpower("pull", NIMDM)
    landing = Warehouse(home).landing
    old, bad = landing.history(NIMDM)
    assert cpower("unland", NIMDM)[0] == 0
    assert landing.current(NIMDM) == [old]
    code, said = cpower("pull", NIMDM)
    assert code == 1
    assert f"{NIMDM}: refused, 1 request" in said
    assert f"cpower pull {NIMDM} --accept" in said
    assert landing.status(NIMDM).state == "refused"
    publishers.hold("/ranks.csv", ranks(3))
    code, said = cpower("pull", NIMDM)
    assert (code, f"{NIMDM}: ok, 1 new file" in said) == (0, True)
    assert landing.current(NIMDM)[0].content == ranks(3)
    assert "unchanged, 1 request" in cpower("pull", NIMDM)[1]
    assert [item.sha256 for item in landing.unlanded(NIMDM)] == [bad.sha256]


def test_a_publisher_that_goes_back_to_the_file_before_has_nothing_new(home, publishers):
    for first in (1, 2):
        publishers.hold("/ranks.csv", ranks(first))
        cpower("pull", NIMDM)
    landing = Warehouse(home).landing
    old = landing.history(NIMDM)[0]
    cpower("unland", NIMDM)
    publishers.hold("/ranks.csv", ranks(1))
    assert f"{NIMDM}: unchanged, 1 request" in cpower("pull", NIMDM)[1]
    assert landing.current(NIMDM) == [old]


def test_nobody_comes_between_the_pull_and_the_build_of_a_refresh(home, publishers, monkeypatch):
    held = []

    def look(*_, **given):
        held.append((Home(home.root).holder(), given["is_held"]))
        raise CommunityPowerError("far enough")

    monkeypatch.setattr("orchestration.build_runner.run_build", look)
    assert cpower("refresh", NOMIS)[0] == 1
    ((holder, is_held),) = held
    assert holder.startswith("refresh by ")
    assert is_held
    assert home.holder() == ""


@pytest.mark.long
def test_an_edition_of_an_earlier_day_takes_nobody_s_place(home, publishers, small):
    cpower("pull", NOMIS)
    landing = Warehouse(home).landing
    backdate(home, NOMIS, landing.current(NOMIS)[0], days=5)
    publishers.hold("/nomis.csv", estimates({"E06000001": 100_000}))
    cpower("pull", NOMIS)
    code, said = cpower("build")
    assert code == 0, said
    now = current(home)
    assert ask(now.path, "select new_value from meta.revision") == [(100_000.0,)]

    day = TODAY - timedelta(days=3)
    code, said = cpower("build", "--as-of", day.isoformat())
    assert code == 0, said
    assert f"It is built from the files landed by {day}. The current edition has not changed." in said
    assert current(home) == now
    (then,) = (edition for edition in editions(home) if edition.id != now.id)
    assert then.as_of == day
    assert ask(then.path, "select count(*) from meta.landed_file where landed_at is not null") == [(1,)]
    assert ask(then.path, "select count(*) from meta.revision") == [(0,)]

    outcome = json.loads(cpower("build", "--as-of", day.isoformat(), "--json")[1])
    assert (outcome["edition_id"], outcome["is_new"], outcome["is_current"]) == (then.id, False, False)
    assert json.loads(cpower("build", "--json")[1])["edition_id"] == now.id
    assert not list((home.root / "as-of").iterdir())


def test_a_source_that_fails_stops_no_other_and_its_last_landing_stays(home, publishers):
    assert cpower("pull", NIMDM, NOMIS)[0] == 0
    del publishers.held["/ranks.csv"]
    publishers.hold("/nomis.csv", estimates({"E06000001": 100_000}))
    code, said = cpower("pull", NIMDM, NOMIS)
    assert code == 1
    assert f"{NOMIS}: ok, 1 new file" in said
    assert re.search(rf"{NIMDM}: failed, 1 request: .*HTTP 404.*cpower land {NIMDM} FILE", said)
    landing = Warehouse(home).landing
    assert len(landing.current(NIMDM)) == 1
    assert landing.status(NIMDM).last_success_at < landing.status(NIMDM).last_try_at

    report = json.loads(cpower("status", "--json")[1])
    sources = {source["source_id"]: source for source in report["sources"]}
    assert (sources[NIMDM]["state"], sources[NIMDM]["files"], sources[NIMDM]["age_days"]) == ("failed", 1, 0)
    assert sources[NOMIS]["state"] == "ok"
    assert sources["simd2020"]["state"] == "never"
    assert "HTTP 404" in cpower("status")[1]

    rows = {row["source_id"]: row for row in materialize(home, "meta.source_status")["meta.source_status"].to_dicts()}
    assert rows.keys() == set(landable())
    assert (rows[NIMDM]["state"], rows[NIMDM]["is_pulled"], rows[NIMDM]["age_days"]) == ("failed", True, 0)
    assert "HTTP 404" in rows[NIMDM]["reason"]
    assert (rows["simd2020"]["state"], rows["simd2020"]["last_try_at"]) == ("never", None)


def test_a_pull_that_fails_or_is_refused_makes_no_edition(home, publishers, small):
    assert cpower("refresh", NOMIS)[0] == 0
    before = current(home).id
    answers = {"gone": None, "half": estimates(without="E07"), "page": b"<!DOCTYPE html>", "again": estimates()}
    for answer in answers.values():
        publishers.held.pop("/nomis.csv", None)
        if answer:
            publishers.hold("/nomis.csv", answer)
        code, said = cpower("refresh", NOMIS)
        assert (code, "No new edition" in said) == (answer != answers["again"], True), said
        assert json.loads(cpower("status", "--json")[1])["is_up_to_date"]
    assert [edition.id for edition in editions(home)] == [before]


def test_half_a_file_is_refused_and_kept_until_a_person_accepts_it(home, publishers):
    half = estimates(without="E07")
    cpower("pull", NOMIS)
    publishers.hold("/nomis.csv", half)
    for _ in range(2):
        code, said = cpower("pull", NOMIS)
        assert code == 1
        assert f"{NOMIS}: refused" in said
        assert f"rows of {TABLE}: 197, compared with 361 in the last file" in said
    landing = Warehouse(home).landing
    assert len(landing.history(NOMIS)) == 1
    (refusal,) = landing.refusals(NOMIS)
    assert refusal.path.read_bytes() == half
    assert "197, compared with 361" in refusal.reason

    code, said = cpower("pull", NOMIS, "--accept")
    assert (code, f"{NOMIS}: ok, 1 new file" in said) == (0, True)
    assert Warehouse(home).landing.current(NOMIS)[0].content == half
    assert Warehouse(home).landing.refusals(NOMIS) == []
    assert cpower("pull", NOMIS)[0] == 0


def test_a_file_that_a_person_brings_ends_the_trouble_and_is_judged_alike(home, publishers, tmp_path):
    del publishers.held["/nomis.csv"]
    cpower("pull", NOMIS)
    path = tmp_path / "by hand.csv"
    path.write_bytes(estimates())
    assert cpower("land", NOMIS, str(path))[0] == 0
    assert Warehouse(home).landing.status(NOMIS).state == "ok"
    path.write_bytes(estimates(without="E07"))
    code, said = cpower("land", NOMIS, str(path))
    assert (code, "--accept" in said) == (3, True)
    assert cpower("land", NOMIS, str(path), "--accept")[0] == 0


@pytest.mark.long
def test_without_a_network_every_source_says_so_in_time_and_what_there_is_is_built(home, publishers, small, tmp_path):
    (tmp_path / "publishers.yaml").write_text(yaml.safe_dump(unreachable()), "utf-8")
    started = time.monotonic()
    command = [sys.executable, "-m", "orchestration.cli", "pull"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60)
    assert time.monotonic() - started < 30
    assert done.returncode == 1
    lines = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    # Of GrantNav nothing is asked unless a person names a locality.
    unasked = "threesixtygiving_grantnav: never, 0 requests"
    assert [line.partition(": ")[0] for line in lines] == pullable()
    assert all(": failed, " in line and "no connection" in line for line in lines if line != unasked)
    assert done.stderr == ""
    assert not list(home.landing.glob("*/*.bytes"))

    code, said = cpower("build")
    assert code == 0
    assert re.search(rf"failing sources +{len(pullable()) - 1}", said)
    assert re.search(rf"{NIMDM} +failed; nothing landed yet", said)
    warned = json.loads((current(home).path / "edition.json").read_text("utf-8"))["warnings"]
    assert len(warned) == len(pullable()) - 1
    assert any(
        re.search(rf"\({NIMDM}\): the pull of {TODAY} failed, so the edition has no file of it\.", text)
        for text in warned
    )
    told = "from meta.source_status where is_pulled and source_id <> 'threesixtygiving_grantnav'"
    assert ask(current(home).path, f"select distinct state {told}") == [("failed",)]


def test_a_second_pull_says_who_holds_the_home(home, publishers):
    publishers.is_slow.set()
    command = [sys.executable, "-m", "orchestration.cli", "pull", NIMDM]
    first = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    try:
        while not publishers.asked:
            assert first.poll() is None
            time.sleep(0.05)
        code, said = cpower("pull", NIMDM)
    finally:
        publishers.is_slow.clear()
        told, _ = first.communicate(timeout=30)
    assert code == 4
    assert re.search(rf"is in use: pull by \w+, process {first.pid}, since", said)
    assert (first.returncode, "ok, 1 new file" in told) == (0, True)


def test_what_is_not_pulled_says_what_to_do(home):
    assert cpower("pull", "iod2052")[0] == 2
    code, said = cpower("pull", "reference_population")
    assert (code, "ships with the project" in said) == (1, True)
    code, said = cpower("pull", "scotpho_shs")
    assert (code, "cpower land scotpho_shs FILE" in said) == (1, True)


def test_a_fault_of_a_protocol_is_that_source_s_alone(home, publishers, monkeypatch):
    def broken(*_):
        return {}["published_revision"]

    monkeypatch.setitem(PROTOCOLS, "http_file", broken)
    states = {pulled.source_id: pulled for pulled in pull_all(Warehouse(home), [NIMDM, NOMIS])}
    assert states[NOMIS].state == "ok"
    assert states[NIMDM].state == "failed"
    assert re.search(r"KeyError: 'published_revision' \(test_pull\.py, line \d+\)", states[NIMDM].reason)


def test_a_build_knows_what_had_landed_by_its_day(home, publishers):
    cpower("pull", NOMIS)
    landing = Warehouse(home).landing
    backdate(home, NOMIS, landing.current(NOMIS)[0], days=5)
    publishers.hold("/nomis.csv", estimates({"E06000001": 100_000}))
    cpower("pull", NOMIS)
    old, new = Warehouse(home).landing.history(NOMIS)
    wanted = (TABLE, "meta.build", "meta.landed_file", "meta.source_status", "meta.revision")

    then = materialize(home, *wanted, as_of=(TODAY - timedelta(days=3)).isoformat())
    assert set(then[TABLE]["file_sha256"]) == {old.sha256}
    assert then["meta.build"]["as_of"][0] == TODAY - timedelta(days=3)
    status = then["meta.source_status"].row(by_predicate=pl.col("source_id") == NOMIS, named=True)
    assert (status["state"], status["age_days"], status["last_try_at"]) == ("ok", 2, None)
    assert then["meta.revision"].is_empty()
    assert not Warehouse(home).tables.path(TABLE).exists()

    now = materialize(home, *wanted)
    assert set(now[TABLE]["file_sha256"]) == {new.sha256}
    files = now["meta.landed_file"].filter(pl.col("source_id") == NOMIS)
    assert dict(files.select("file_sha256", "is_current").iter_rows()) == {old.sha256: False, new.sha256: True}


def test_a_run_pulls_and_goes_on_with_what_there_is(home, publishers):
    del publishers.held["/ranks.csv"]
    keys = {source: dg.AssetKey(["landing", source]) for source in (NIMDM, NOMIS)}
    (pulling,) = (item for item in graph() if isinstance(item, dg.AssetsDefinition) and keys[NIMDM] in item.keys)
    built = []

    @dg.asset(deps=list(keys.values()))
    def table():
        built.append("table")

    def run(instance):
        return dg.materialize(
            [pulling, table],
            instance=instance,
            selection=dg.AssetSelection.assets(*keys.values(), table),
            resources={"warehouse": WarehouseResource(home=str(home.root))},
            raise_on_error=False,
        )

    def told(events):
        return {
            event.asset_key.path[-1]: {name: value.value for name, value in data.metadata.items()}
            for event in events
            for data in [
                event.asset_observation_data.asset_observation if event.is_asset_observation else event.materialization
            ]
        }

    with dg.DagsterInstance.ephemeral() as instance:
        result = run(instance)
        assert result.success
        # The table is made from what there is, although a source did not answer.
        assert built == ["table"]
        landed = told(event for event in result.get_asset_materialization_events() if event.asset_key != table.key)
        seen = told(result.get_asset_observation_events())
        assert (landed.keys(), seen.keys()) == ({NOMIS}, {NIMDM})
        assert (landed[NOMIS]["state"], landed[NOMIS]["new files"], landed[NOMIS]["requests"]) == ("ok", 1, 1)
        assert (seen[NIMDM]["state"], seen[NIMDM]["new files"]) == ("failed", 0)
        assert "HTTP 404" in seen[NIMDM]["reason"]
        # A source is as fresh as its last good answer.
        assert instance.get_latest_materialization_event(keys[NIMDM]) is None
        last = instance.get_latest_materialization_event(keys[NOMIS]).timestamp

        publishers.held.clear()
        failed = run(instance)
        assert not failed.success
        assert built == ["table"]
        assert instance.get_latest_materialization_event(keys[NOMIS]).timestamp == last
        assert [check.passed for check in failed.get_asset_check_evaluations()] == [False, False]
        cause = why_failed(failed.all_events)
        assert "No publisher gave a usable answer; sources asked: 2." in cause.reason
        assert all(f"\n  {name}: " in cause.reason for name in (NIMDM, NOMIS))
        assert "cpower check-publishers" in cause.advice
    checks = {check.asset_key: check for check in result.get_asset_check_evaluations()}
    assert (checks[keys[NOMIS]].passed, checks[keys[NIMDM]].passed) == (True, False)
    assert (checks[keys[NIMDM]].check_name, checks[keys[NIMDM]].severity) == (ANSWERED, dg.AssetCheckSeverity.WARN)
