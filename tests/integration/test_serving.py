"""The editions as `cpower serve` serves them: files for tools, and the data API."""

import csv
import gzip
import io
import itertools
import json
import random
import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from urllib.parse import urlencode

import brotli
import duckdb
import pandas
import polars as pl
import pyogrio
import pytest
import requests

from orchestration.server.listening import CannotServe
from tests.support.edition_server import editions_served
from tests.support.servers import basic
from warehouse.editions.find import current
from warehouse.errors import NotBuilt
from warehouse.exports import SYMBOLS, els, hexmap, workbook
from warehouse.query import DATABASE, EDITION_FILE, records
from warehouse.storage.home import PROJECT, Home

pytestmark = pytest.mark.long

SEED = 20261130


@pytest.fixture(scope="module")
def edition(default_home):
    return current(default_home)


@pytest.fixture(scope="module")
def address(default_home, edition, tmp_path_factory):
    with editions_served(default_home, tmp_path_factory.mktemp("served") / "serve.log") as url:
        yield url


@pytest.fixture(scope="module")
def ask(address):
    """Return a function that asks the API and gives the JSON of the answer."""
    with requests.Session() as session:

        def ask(question, status=200, **parameters):
            answer = session.get(f"{address}/api/v1/{question}", params=parameters, timeout=60)
            assert answer.status_code == status, answer.text
            return answer.json()

        yield ask


def test_the_list_names_the_editions_and_the_current_one(address, edition):
    page = requests.get(address, timeout=60)
    assert f'href="{edition.id}/"' in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_the_latest_edition_is_an_address_that_no_cache_keeps(address, edition):
    for path in ("els.csv", "parquet/core.dim_locality.parquet", ""):
        answer = requests.get(f"{address}/latest/{path}", allow_redirects=False, timeout=60)
        assert (answer.status_code, answer.headers["Location"]) == (307, f"/{edition.id}/{path}")
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("els.csv", "text/csv; charset=utf-8"),
        ("community_power.duckdb", "application/vnd.duckdb"),
        ("community-power.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("parquet/core.dim_locality.parquet", "application/vnd.apache.parquet"),
        ("dcat.jsonld", "application/ld+json"),
        ("localities-hexmap.geojson", "application/geo+json"),
        ("report/index.html", "text/html; charset=utf-8"),
        ("SHA256SUMS", "text/plain; charset=utf-8"),
    ],
)
def test_a_file_is_sent_as_it_is_with_its_type_and_checksum(address, edition, path, kind):
    answer = requests.get(f"{address}/{edition.id}/{path}", headers={"Accept-Encoding": "identity"}, timeout=60)
    content = (edition.path / path).read_bytes()
    assert answer.content == content
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["ETag"] == f'"{sha256(content).hexdigest()}"'
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Last-Modified"]


@pytest.mark.parametrize(("name", "unpack"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_text_is_compressed_for_clients_that_read_that(address, edition, name, unpack):
    where = f"{address}/{edition.id}/els.csv"
    with requests.get(where, headers={"Accept-Encoding": name}, stream=True, timeout=60) as answer:
        sent = answer.raw.read(decode_content=False)
    assert answer.headers["Content-Encoding"] == name
    assert unpack(sent) == (edition.path / "els.csv").read_bytes()
    assert len(sent) == int(answer.headers["Content-Length"]) < 0.2 * (edition.path / "els.csv").stat().st_size
    again = requests.get(where, headers={"Accept-Encoding": name, "If-None-Match": answer.headers["ETag"]}, timeout=60)
    assert (again.status_code, again.content) == (304, b"")
    other = requests.get(where, headers={"Accept-Encoding": "identity", "If-None-Match": answer.headers["ETag"]})
    assert other.status_code == 200


@pytest.mark.parametrize("path", [f"latest/{DATABASE}", "api/v1/data.csv?metric=pop_total"])
def test_a_part_of_a_file_or_of_an_answer_is_its_bytes(address, path):
    where = f"{address}/{path}"
    content = requests.get(where, timeout=60).content
    for asked, expected in (
        ("bytes=0-99", content[:100]),
        ("bytes=-50", content[-50:]),
        ("bytes=1000-1999", content[1000:2000]),
    ):
        part = requests.get(where, headers={"Range": asked}, timeout=60)
        assert (part.status_code, part.content) == (206, expected)
        assert part.headers["Content-Range"].endswith(f"/{len(content)}")
    beyond = requests.get(where, headers={"Range": f"bytes={len(content)}-"}, timeout=60)
    assert beyond.status_code == 416
    head = requests.head(where, allow_redirects=True, timeout=60)
    assert (int(head.headers["Content-Length"]), head.content) == (len(content), b"")


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "nothing/els.csv",
        "{id}/nothing.csv",
        "{id}/report/nothing.html",
        "{id}/../../.serving",
        "{id}/.files.json",
        "{id}/%2e%2e/current/els.csv",
        "latest/nothing",
        "api/v2/data.json",
    ],
)
def test_what_is_not_there_is_not_found(address, edition, path):
    answer = requests.get(f"{address}/{path.format(id=edition.id)}", timeout=60)
    assert answer.status_code == 404
    assert "<html" not in answer.text


def test_nothing_can_be_written(address, edition):
    for path in ("/", f"/{edition.id}/els.csv", "/api/v1/metrics"):
        for method in ("POST", "PUT", "DELETE"):
            assert requests.request(method, address + path, data=b"x", timeout=60).status_code == 405


def test_pages_of_other_sites_may_read(address, edition):
    answer = requests.get(
        f"{address}/{edition.id}/els.csv", headers={"Origin": "https://elsewhere.example"}, timeout=60
    )
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    preflight = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "DELETE"}
    assert requests.options(f"{address}/{edition.id}/els.csv", headers=preflight, timeout=60).status_code == 400


def test_data_tools_read_the_files_over_http(address, edition):
    """Polars, pandas with the reader of workbooks, and GDAL, with which QGIS reads."""
    latest, table = f"{address}/latest", "parquet/core.dim_locality.parquet"
    places = pl.read_parquet(f"{latest}/{table}")
    assert places.equals(pl.read_parquet(edition.path / table))
    assert pandas.read_parquet(f"{latest}/{table}")["locality_name"].to_list() == places["locality_name"].to_list()
    values = pl.read_csv(f"{latest}/{els.FILE}", infer_schema=False)
    assert values.equals(pl.read_csv(edition.path / els.FILE, infer_schema=False))
    assert pandas.read_csv(f"{latest}/{els.FILE}", dtype=str).shape == values.shape
    sheet = pandas.read_excel(f"{latest}/{workbook.FILE}", sheet_name="Population", header=None)
    assert set(places["locality_code"]) <= set(sheet[0])
    drawn = pyogrio.read_info(f"/vsicurl/{latest}/{hexmap.FILE}", force_feature_count=True)
    assert (drawn["features"], drawn["geometry_type"], drawn["crs"]) == (places.height, "Polygon", "EPSG:4326")
    assert {"locality_code", "pop_total", "pop_total_state"} <= set(drawn["fields"])


def test_the_api_answers_the_three_questions_of_the_readme(address, edition, ask):
    asked = re.findall(r'cpower query "(.+)"', (PROJECT / "README.md").read_text("utf-8"))
    with duckdb.connect(str(edition.path / DATABASE), read_only=True) as database:
        studies, influence, gaps = (records(database, sql) for sql in asked)

    metrics = [name for name in studies[0] if name != "locality_name"]
    names = [row["locality_name"] for row in studies]
    rows = ask("data.json", metric=",".join(metrics), locality=",".join(names))["rows"]
    known = {(row["locality_name"], row["metric_id"]): row["value"] for row in rows}
    assert known == {(row["locality_name"], metric): row[metric] for row in studies for metric in metrics}

    rows = ask("data.json", metric="coh_influence_pct", nation="Scotland", state="ok,ok_low")["rows"]
    columns = ("value", "lci", "uci", "state")
    certain = {row["locality_name"]: [row[name] for name in columns] for row in rows}
    assert certain == {row["area_name"]: [row[name] for name in columns] for row in influence}

    missing = "state=not_available,suppressed,not_searched,withheld&limit=100000"
    titles = {row["metric_id"]: row["metric_name"] for row in ask("metrics")["rows"]}
    answer = pandas.read_csv(f"{address}/api/v1/data.csv?{missing}", dtype=str)
    answer["metric_name"] = answer["metric_id"].map(titles)
    reasons = answer.groupby(["nation", "metric_name"])["state_reason"]
    assert reasons.size().nlargest(len(gaps)).to_list() == [row["gap_n"] for row in gaps]
    for row in gaps:
        said = reasons.get_group((row["nation"], row["metric_name"])).value_counts()
        assert (said.sum(), said.idxmax()) == (row["gap_n"], row["main_reason"])


def test_the_api_answers_as_the_warehouse(address, edition, ask):
    """Two hundred values drawn by a seed, in the three forms."""
    with duckdb.connect(str(edition.path / DATABASE), read_only=True) as database:
        rows = database.execute(
            "select metric_id, locality_code, period, value, lci, uci, state, state_reason from metrics.metric_value "
            "where breakdown = 'all' order by all"
        ).fetchall()
    for metric, place, period, *expected in random.Random(SEED).sample(rows, 200):
        found = ask("data.json", metric=metric, locality=place, period=period)
        assert found["total"] == 1
        (row,) = found["rows"]
        assert [row[name] for name in ("value", "lci", "uci", "state", "state_reason")] == expected
        assert found["edition"]["id"] == edition.id


def test_the_three_forms_have_the_same_rows(address, ask):
    asked = {"metric": "pop_total,dep_prop10_areas", "nation": "Wales", "period": "any", "limit": 1000}
    rows = ask("data.json", **asked)["rows"]
    table = requests.get(f"{address}/api/v1/data.csv", params=asked, timeout=60)
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    listed = list(csv.DictReader(io.StringIO(table.content.decode())))
    frame = pl.read_parquet(f"{address}/api/v1/data.parquet?{urlencode(asked)}")
    assert [float(row["value"]) if row["value"] else None for row in listed] == [row["value"] for row in rows]
    assert frame["value"].to_list() == [row["value"] for row in rows]
    assert [row["source_ids"].split(";") for row in listed] == [row["source_ids"] for row in rows]
    assert {row["nation"] for row in rows} == {"Wales"}


def test_the_default_is_the_headline_row_of_each_metric(edition, ask):
    rows = ask("data.json", locality="Sheffield", limit=1000)["rows"]
    with duckdb.connect(str(edition.path / DATABASE), read_only=True) as database:
        expected = database.execute(
            "select metric_id, period from metrics.headline_value where locality_code = 'E08000039' order by all"
        ).fetchall()
    assert sorted((row["metric_id"], row["period"]) for row in rows) == expected


def test_pages_follow_each_other_and_stay_in_their_edition(address, edition, ask):
    where, found = "/api/v1/data.json?metric=pop_total&limit=100", []
    while where:
        answer = requests.get(address + where, timeout=60)
        found += [row["locality_code"] for row in answer.json()["rows"]]
        where = answer.json()["next"]
        assert ("next" in answer.links) == bool(where)
        assert where is None or f"edition={edition.id}" in where
    assert len(found) == len(set(found)) == ask("data.json", metric="pop_total", limit=1)["total"]
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("question", "parameters", "status", "said"),
    [
        ("data.json", {"metric": "poptotal"}, 404, "pop_total"),
        ("data.json", {"locality": "Shefield"}, 404, "Sheffield"),
        ("data.json", {"nation": "France"}, 404, "England"),
        ("data.json", {"state": "fine"}, 404, "ok_low"),
        ("data.json", {"period": "1066-01-01/1066-12-31"}, 404, "period"),
        ("data.json", {"breakdown": "size"}, 404, "breakdown"),
        ("data.json", {"limit": 0}, 400, "limit"),
        ("data.json", {"limit": 10**9}, 400, "limit"),
        ("data.json", {"offset": -1}, 400, "offset"),
        ("data.json", {"edition": "yesterday"}, 404, "edition"),
        ("data.xml", {}, 400, "json"),
        ("explain", {"metric": "pop_total"}, 400, "locality"),
        ("explain", {"metric": "coh_eb_pct", "locality": "Gwynedd"}, 404, "cpower explain"),
        ("localities", {"nation": "'; drop table core.dim_locality; --"}, 404, "locality"),
        ("nothing", {}, 404, "openapi.json"),
    ],
)
def test_a_wrong_question_is_answered_with_problem_details(address, question, parameters, status, said):
    answer = requests.get(f"{address}/api/v1/{question}", params=parameters, timeout=60)
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert said in problem["detail"]
    assert {"type", "title", "detail", "instance"} <= problem.keys()


def test_places_are_found_by_any_of_their_names(ask):
    for name in ("W06000002", "Gwynedd", "gwynedd"):
        assert {row["locality_code"] for row in ask("localities", locality=name)["rows"]} == {"W06000002"}
    assert ask("localities", locality="Bristol, City of")["total"] == 1
    assert ask("localities", locality="Gwynedd,E08000019")["total"] == 2
    assert ask("localities", nation="Cymru")["total"] == ask("localities", nation="W92000004")["total"] == 22


def test_practices_are_found_by_code_and_word(edition, ask):
    with duckdb.connect(str(edition.path / DATABASE), read_only=True) as database:
        expected = database.execute(
            "select practice_id from marts.practice_library where nation = 'Wales' and mechanism = 'food' "
            "and contains(lower(concat_ws(' ', practice_name, summary, lead_actor, place, locality_name)), 'food') "
            "order by all"
        ).fetchall()
    found = ask("practices", nation="Wales", mechanism="food", words="Food", limit=1000)
    assert [(row["practice_id"],) for row in found["rows"]] == expected
    assert found["rows"]
    assert all(row["source_url"] and row["collection"] == "national_scan_2026" for row in found["rows"])
    assert ask("practices", collection="shifting_the_balance", limit=1)["total"] == 65
    ask("practices", 404, mechanism="magic")


def test_the_explanation_leads_to_the_bytes_of_a_publisher(ask):
    found = ask("explain", metric="pop_total", locality="Gwynedd")
    assert found["values"][0]["value"] > 0
    assert all(len(file["file_sha256"]) == 64 for file in found["files"])
    assert found["files"]


def test_the_document_describes_every_question(address, ask):
    document = ask("openapi.json")
    assert set(document["paths"]) >= {"/data.{form}", "/metrics", "/localities", "/practices", "/explain"}
    for item in document["paths"].values():
        assert all(each.get("description") or "$ref" in each["schema"] for each in item["get"]["parameters"])
    page = requests.get(f"{address}/api/v1/", timeout=60).text
    assert all(path in page for path in document["paths"])


def test_states_of_missing_values_are_told_and_never_zero(ask):
    found = ask("data.json", metric="coh_influence_pct", state="not_available,suppressed", limit=1000)
    assert found["rows"]
    assert all(row["value"] is None and row["state_reason"] for row in found["rows"])
    assert {row["state"] for row in found["rows"]} <= SYMBOLS.keys()


def test_a_server_for_others_needs_a_password(default_home, tmp_path, monkeypatch):
    from orchestration.server.edition_server import serve

    monkeypatch.delenv("CPOWER_PASSWORD", raising=False)
    with pytest.raises(CannotServe, match="CPOWER_PASSWORD"):
        serve(default_home, "0.0.0.0", 0)
    with pytest.raises(NotBuilt, match="cpower build"):
        serve(Home(tmp_path / "empty"), "127.0.0.1", 0)
    password = "synthetic, for a test"
    with editions_served(default_home, tmp_path / "serve.log", CPOWER_PASSWORD=password) as address:
        for path in ("/", "/latest/els.csv", "/api/v1/metrics"):
            assert requests.get(address + path, timeout=60).status_code == 401
            assert (
                requests.get(address + path, headers={"Authorization": basic(password)}, timeout=60).status_code == 200
            )
    assert password not in (tmp_path / "serve.log").read_text("utf-8")


def test_a_switch_of_editions_loses_no_request_and_mixes_nothing(default_home, tmp_path):
    """Two thousand requests by fifty clients, while the current edition changes back and forth."""
    home = Home(shutil.copytree(default_home.root, tmp_path / "home", symlinks=True))
    first = current(home)
    other = _changed_copy(home, first)
    values = {edition: _population(home, edition) for edition in (first.id, other)}
    assert values[first.id] != values[other]
    done = threading.Event()

    def switch():
        for name in itertools.cycle((other, first.id)):
            link = home.published / "next"
            link.symlink_to(name)
            link.replace(home.current)
            if done.wait(0.05):
                return

    with editions_served(home, tmp_path / "serve.log") as address:
        switching = threading.Thread(target=switch)
        switching.start()

        def one(number):
            path = "/api/v1/data.json?metric=pop_total&locality=Gwynedd" if number % 2 else f"/latest/{EDITION_FILE}"
            answer = requests.get(address + path, timeout=60)
            assert answer.status_code == 200, answer.text
            found = answer.json()
            if number % 2:
                assert [row["value"] for row in found["rows"]] == [values[found["edition"]["id"]]]
                return found["edition"]["id"]
            assert answer.url.split("/")[3] == found["edition_id"]
            return found["edition_id"]

        try:
            with ThreadPoolExecutor(50) as clients:
                served = list(clients.map(one, range(2000)))
        finally:
            done.set()
            switching.join()
    assert len(served) == 2000
    assert set(served) == {first.id, other}


def _changed_copy(home, edition):
    """Return the id of a copy of an edition in which Gwynedd has other residents."""
    other = "20991231T000000Z-other"
    copy = shutil.copytree(edition.path, home.published / other)
    with duckdb.connect(str(copy / DATABASE)) as database:
        database.execute("update metrics.metric_value set value = value + 1 where metric_id = 'pop_total'")
    said = json.loads((copy / EDITION_FILE).read_text("utf-8")) | {"edition_id": other}
    (copy / EDITION_FILE).write_text(json.dumps(said), "utf-8")
    return other


def _population(home, edition):
    with duckdb.connect(str(home.published / edition / DATABASE), read_only=True) as database:
        return database.execute(
            "select value from metrics.metric_value where metric_id = 'pop_total' and locality_code = 'W06000002'"
        ).fetchall()[0][0]
