"""Awards come from the registry's publishers and from the API: whole, under a known licence, and once.

Grants are made up, save where a test takes the real files of ../shared/data.
"""

import json
import re
from pathlib import Path

import pytest
from werkzeug import Response

from tests.support.award_files import HEADINGS, awards_of, grant, table, workbook
from tests.support.fake_services import HTML, said
from tests.support.spreadsheets import ods
from warehouse.catalogue import licences, sources
from warehouse.publishers.answer import Answer
from warehouse.publishers.client import Client
from warehouse.publishers.limits import Limits
from warehouse.publishers.protocol_common import licence_id
from warehouse.publishers.threesixtygiving_registry import fetch, kind_of
from warehouse.storage.landing import Known

DATA = Path(__file__).parents[4] / "shared" / "data" / "funding"
needs_real_files = pytest.mark.skipif(not DATA.is_dir(), reason="the real files under ../shared/data are not here")
REGISTRY, API = "threesixtygiving", "threesixtygiving_api"
CC_BY, CC_BY_SA = "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by-sa/4.0/"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def document(*grants):
    return json.dumps({"grants": list(grants or [grant(n) for n in range(3)])}).encode()


SHEET = workbook(grants=[list(HEADINGS), list(HEADINGS.values())])


class Registry:
    """A registry and the publishers' files that it lists, each with an ETag."""

    def __init__(self, server):
        self.server, self.entries, self.requests = server, [], []
        self.files = {}
        server.expect_request("/data.json").respond_with_handler(self.listing)
        server.expect_request(re.compile("/files/.*")).respond_with_handler(self.file)

    def add(self, name, content, kind="application/json", *, prefix="360G-made-up", licence=CC_BY, **headers):
        self.files[f"/files/{name}"] = (content, kind, headers)
        identifier = f"a0{len(self.entries):02}{name.split('.')[0]}"
        self.entries.append(
            {
                "title": f"Awards in {name}",
                "identifier": identifier,
                "license": licence,
                "publisher": {"name": "Made-up funder", "prefix": prefix},
                "distribution": [{"downloadURL": self.server.url_for(f"/files/{name}"), "title": name}],
                "modified": "2026-01-01T00:00:00.000+0000",
            }
        )
        return identifier

    def listing(self, request):
        self.requests.append(request.path)
        return said(self.entries)

    def file(self, request):
        self.requests.append(request.path)
        if request.path not in self.files:
            return Response("gone", 404)
        content, kind, headers = self.files[request.path]
        etag = f'"{hash(content)}"'
        if request.headers.get("If-None-Match") == etag:
            return Response(status=304)
        sent = {"Content-Type": kind, "ETag": etag, **headers}
        # A stream has the length that its headers say, not the one that it has.
        return Response(iter([content]), headers={name: value for name, value in sent.items() if value})


@pytest.fixture
def registry(httpserver):
    return Registry(httpserver)


@pytest.fixture
def asked(puller, registry):
    """Return a way to pull the registry with some options; all publishers unless named."""

    def ask(**options):
        puller.at(REGISTRY, registry.server.url_for("/data.json"), **({"publishers": "all"} | options))
        return puller.pull(REGISTRY)

    return ask


# The registry.


@needs_real_files
def test_the_licences_of_the_real_registry_are_known():
    accepted = sources()[REGISTRY].options["licences"]
    entries = json.loads((DATA / "registry" / "registry.json").read_bytes())
    found = [licence_id(accepted, entry["license"]) for entry in entries]
    assert "" not in found
    assert found.count("CC-BY-SA-4.0") == 8
    assert set(accepted.values()) <= set(licences())


def test_an_unchanged_registry_costs_one_request_and_one_for_each_file(puller, registry, asked):
    registry.add("one.json", document())
    registry.add("two.json", document(grant(9)))
    assert len(asked().new_files) == 2
    registry.requests.clear()
    again = puller.pull(REGISTRY)
    assert (again.state, again.new_files, again.requests) == ("unchanged", (), 3)
    registry.files["/files/two.json"] = (document(grant(9), grant(10)), "application/json", {})
    assert len(puller.pull(REGISTRY).new_files) == 1


def test_a_file_whose_server_knows_no_conditions_is_told_by_its_bytes(puller, registry, asked):
    registry.add("one.json", document(), ETag="")
    asked()
    assert puller.pull(REGISTRY).state == "unchanged"


def test_a_reissue_in_another_format_takes_the_place_of_the_old_file(puller, registry, asked):
    identifier = registry.add("one.json", document())
    asked()
    registry.files["/files/one.json"] = (table(HEADINGS), "text/csv", {})
    assert asked().state == "ok"
    assert puller.current(REGISTRY) == {identifier: table(HEADINGS)}
    assert len(puller.landing.history(REGISTRY)) == 2


def test_only_the_configured_publishers_are_asked(registry, asked):
    registry.add("one.json", document(), prefix="360G-One")
    registry.add("two.json", document(grant(9)), prefix="360G-two")
    outcome = asked(publishers=["360G-one", "360G-absent"])
    assert registry.requests == ["/data.json", "/files/one.json"]
    assert outcome.state == "ok"
    assert "360g-absent: the registry has no data set of this publisher" in outcome.reason


NOT_AWARDS = {
    "a placeholder": (
        b"data_redirect_url,https://example.org/new/grants.csv\r\n",
        "text/csv",
        "the file is a placeholder that points to https://example.org/new/grants.csv",
    ),
    "a page": (HTML.encode(), "text/html; charset=utf-8", "the file is neither JSON, CSV"),
    "a page called CSV": (HTML.encode(), "text/csv", "expected csv, got an HTML page"),
    "nothing": (b"", "application/json", "expected json, got an empty file"),
    "cut JSON": (document()[:-7], "application/json", "the JSON is cut short"),
    "a cut workbook": (SHEET[:-400], XLSX, "the xlsx file is cut short"),
    "a PDF called XLSX": (b"%PDF-1.7 ...", XLSX, "expected xlsx, got a PDF document"),
    "no awards": (b'{"grants": []}', "application/json", "no grant"),
    "another table": (b"name,colour\r\na,red\r\n", "text/csv", "awards in the 360Giving Data Standard"),
}


@pytest.mark.parametrize(("content", "kind", "reason"), NOT_AWARDS.values(), ids=NOT_AWARDS.keys())
def test_what_is_no_award_file_is_refused_by_name_and_the_others_go_on(puller, registry, asked, content, kind, reason):
    good = registry.add("good.json", document())
    bad = registry.add("bad", content, kind)
    outcome = asked()
    assert bad in outcome.reason
    assert reason in outcome.reason
    assert list(puller.current(REGISTRY)) == [good]
    assert outcome.state in ("ok", "refused")


def test_a_placeholder_does_not_wipe_the_last_good_file(puller, registry, asked):
    identifier = registry.add("one.json", document())
    asked()
    registry.files["/files/one.json"] = (b"data_redirect_url,https://example.org/x.csv\r\n", "text/csv", {})
    outcome = asked()
    assert outcome.is_failing
    assert puller.current(REGISTRY) == {identifier: document()}


def test_a_file_that_is_gone_and_a_host_that_is_not_listed_are_named(registry, asked):
    registry.add("good.json", document())
    registry.add("gone.json", document())
    del registry.files["/files/gone.json"]
    registry.add("far.json", document())
    registry.entries[-1]["distribution"][0]["downloadURL"] = "https://example.org/far.json"
    outcome = asked()
    assert outcome.state == "ok"
    assert "(HTTP 404)" in outcome.reason
    assert "is at example.org, not one of the hosts of the source" in outcome.reason


def test_where_every_file_fails_the_source_fails(registry, asked):
    registry.add("one.json", HTML.encode(), "text/html")
    registry.add("two.json", b"", "application/json")
    outcome = asked()
    assert outcome.state == "failed"
    assert "all 2 parts" in outcome.reason


@pytest.mark.parametrize("body", [HTML, "[]", '{"detail": "x"}', '[{"identi'], ids=["HTML", "empty", "object", "cut"])
def test_a_registry_that_is_none_fails_the_source(puller, httpserver, body):
    httpserver.expect_request("/data.json").respond_with_data(body, content_type="application/json")
    puller.at(REGISTRY, httpserver.url_for("/data.json"))
    assert puller.pull(REGISTRY).state == "failed"


def test_entries_without_a_file_are_named(registry, asked):
    registry.add("good.json", document())
    registry.entries.append({"title": "Nothing", "publisher": {"prefix": "360G-x"}, "distribution": []})
    registry.entries.append({"title": "Nobody", "publisher": None, "distribution": None, "license": None})
    outcome = asked()
    assert "Nothing: the registry has no identifier or no address for it" in outcome.reason
    assert "Nobody" in outcome.reason


def test_data_sets_of_any_identifier_have_files_of_their_own(puller, registry, asked):
    identifiers = ["a/1", "b/1", "a-1", "a 1", "a+2", "a", "..", "é"]
    for number, identifier in enumerate(identifiers):
        registry.add(f"{number}.json", document(grant(number)))
        registry.entries[-1]["identifier"] = identifier
    registry.files["/files/more.json"] = (document(grant(99)), "application/json", {})
    registry.entries[5]["distribution"].append({"downloadURL": registry.server.url_for("/files/more.json")})
    outcome = asked()
    assert (outcome.state, outcome.reason) == ("ok", "")
    names = ["a%2F1", "b%2F1", "a-1", "a%201", "a%2B2", "a", "%2E%2E", "%C3%A9", "a+2"]
    assert sorted(puller.current(REGISTRY)) == sorted(names)
    assert puller.pull(REGISTRY).state == "unchanged"


def test_data_sets_under_one_identifier_are_refused_and_listed_twice_they_are_one(puller, registry, asked):
    good = registry.add("good.json", document())
    registry.entries.append(dict(registry.entries[0]))
    for number in (1, 2):
        registry.add(f"{number}.json", document(grant(number)))
        registry.entries[-1]["identifier"] = "a1"
    outcome = asked()
    assert list(puller.current(REGISTRY)) == [good]
    assert outcome.reason.count("several data sets in the registry have its identifier") == 2
    assert registry.requests == ["/data.json", "/files/good.json"]


def test_a_file_that_the_registry_drops_stays_and_is_said(puller, registry, asked):
    registry.add("one.json", document())
    identifier = registry.add("two.json", document(grant(9)))
    asked()
    registry.entries.pop()
    outcome = asked()
    assert outcome.notes == (
        f"{identifier} is no longer in the registry or not configured; its last file stays in use",
    )
    assert identifier in puller.current(REGISTRY)


def test_an_address_of_the_old_scheme_is_asked_encrypted():
    asked = []

    class Noting(Client):
        def get(self, address, **_):
            asked.append(address)
            content = json.dumps(entries).encode() if len(asked) == 1 else document()
            return Answer(content, address, address, 200, {"content-type": "application/json"})

    distribution = [{"downloadURL": "http://www.made-up.org/grants.json"}]
    entries = [{"identifier": "a1", "license": CC_BY, "publisher": {"prefix": "p"}, "distribution": distribution}]
    source = sources()[REGISTRY].model_copy(update={"options": sources()[REGISTRY].options | {"publishers": "all"}})
    with Noting(REGISTRY, Limits()) as client:
        fetched = fetch(client, source, Known())
    assert asked == [source.address, "https://www.made-up.org/grants.json"]
    assert [file.licence for file in fetched.files] == ["CC-BY-4.0"]


# Licences.


def test_each_file_carries_its_own_licence(puller, registry, asked):
    registry.add("by.json", document())
    registry.add("sa.json", document(grant(8)), licence=CC_BY_SA)
    registry.add(
        "ogl.json",
        document(grant(9)),
        licence="http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    )
    registry.add("zero.json", document(grant(10)), licence="https://creativecommons.org/publicdomain/zero/1.0/")
    asked()
    found = [file.licence for file in puller.landing.current(REGISTRY)]
    assert found == ["CC-BY-4.0", "CC-BY-SA-4.0", "OGL-UK-3.0", "CC0-1.0"]
    assert [licences()[licence].share_alike for licence in found] == [False, True, False, False]


def test_share_alike_files_can_be_left_out(puller, registry, asked):
    good = registry.add("by.json", document())
    registry.add("sa.json", document(grant(8)), licence=CC_BY_SA)
    outcome = asked(exclude_share_alike=True)
    assert list(puller.current(REGISTRY)) == [good]
    assert outcome.notes[0].endswith("CC-BY-SA-4.0 is a share-alike licence")
    assert registry.requests == ["/data.json", "/files/by.json"]


def test_share_alike_files_that_landed_before_are_said(registry, asked):
    registry.add("by.json", document())
    registry.add("sa.json", document(grant(8)), licence=CC_BY_SA)
    asked()
    assert asked(exclude_share_alike=True).notes[0].endswith("the last landed file stays in use")


@pytest.mark.parametrize(
    "licence",
    [
        "",
        "https://creativecommons.org/licenses/by-nc/4.0/",
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/1/",
    ],
    ids=["none", "non-commercial", "OGL 1"],
)
def test_a_file_under_no_open_licence_is_not_even_asked_for(registry, asked, licence):
    registry.add("good.json", document())
    registry.add("closed.json", document(grant(8)), licence=licence)
    outcome = asked()
    assert "its licence is not accepted" in outcome.reason
    assert "/files/closed.json" not in registry.requests


# The kind of a file.

KINDS = {
    "by its type": ({"content-type": "text/csv; charset=utf-8"}, "https://x.org/grants.xlsx", "csv"),
    "a type in capitals": ({"content-type": "Application/JSON"}, "https://x.org/", "json"),
    "by the name it is sent under": (
        {"content-type": "application/octet-stream", "content-disposition": 'attachment; filename="Grants 2024.XLSX"'},
        "https://x.org/download?id=7",
        "xlsx",
    ),
    "by an encoded name": (
        {"content-disposition": "attachment; filename*=UTF-8''Gr%C3%A2nts.ods"},
        "https://x.org/d",
        "ods",
    ),
    "by its address": ({"content-type": "binary/octet-stream"}, "https://x.org/a/grants%20list.json", "json"),
    "by the end of the query": ({}, "https://docs.x.org/ugd/abc?dn=360GivingFINAL.xlsx", "xlsx"),
    "a type that Windows servers give to all": (
        {"content-type": "application/vnd.ms-excel"},
        "https://x.org/a.csv",
        "csv",
    ),
    "an old workbook": ({"content-type": "application/vnd.ms-excel"}, "https://x.org/a.xls", "xls"),
    "a page": ({"content-type": "text/html"}, "https://x.org/node/33476", None),
    "nothing": ({}, "https://x.org/", None),
}


@pytest.mark.parametrize(("headers", "address", "kind"), KINDS.values(), ids=KINDS.keys())
def test_the_kind_of_a_file_is_told(headers, address, kind):
    assert kind_of(Answer(b"", address, address, 200, headers)) == kind


# What is in the files.


OPEN = ods(grants=[list(HEADINGS), list(HEADINGS.values())])
FORMATS = {
    "JSON": (document(grant(1)), "application/json", {}),
    "CSV": (table(HEADINGS), "text/csv", {}),
    "XLSX by its name": (SHEET, "application/octet-stream", {"Content-Disposition": "attachment; filename=a.xlsx"}),
    "ODS": (OPEN, ODS, {}),
}


@pytest.mark.parametrize(("content", "kind", "headers"), FORMATS.values(), ids=FORMATS.keys())
def test_every_format_lands(puller, registry, asked, content, kind, headers):
    identifier = registry.add("one", content, kind, **headers)
    assert asked().state == "ok"
    assert awards_of(puller.current(REGISTRY)[identifier]).kept.height == 1
