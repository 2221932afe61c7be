"""Awards come from the registry's publishers and from the API: whole, under a known licence, and once.

Grants are made up, save where a test takes the real files of ../shared/data.
"""

import gzip
import io
import json
import re
from pathlib import Path

import pytest
import xlsxwriter
from werkzeug import Response

from tests.publishers import HTML, ThreeSixtyGivingApi, said
from tests.support.award_files import awards_of, places_of
from tests.unit.test_awards import open_document
from warehouse.catalogue import licences, sources
from warehouse.publishers import Known
from warehouse.publishers.http import Answer, Client, Limits
from warehouse.publishers.parts import licence_id
from warehouse.publishers.threesixtygiving_registry import fetch, kind_of, problem_with

DATA = Path(__file__).parents[4] / "shared" / "data" / "funding"
needs_real_files = pytest.mark.skipif(not DATA.is_dir(), reason="the real files under ../shared/data are not here")
REGISTRY, API = "threesixtygiving", "threesixtygiving_api"
CC_BY, CC_BY_SA = "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by-sa/4.0/"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def grant(number, **others):
    """Return a made-up grant in the shape of the standard."""
    return {
        "id": f"360G-made-up-{number}",
        "title": f"Made-up award {number}",
        "currency": "GBP",
        "amountAwarded": 1000 + number,
        "awardDate": "2024-03-17",
        "fundingOrganization": [{"id": "GB-CHC-1", "name": "Made-up funder"}],
        "recipientOrganization": [{"id": "GB-CHC-2", "name": "Made-up group", "postalCode": "CF10 1EP"}],
        **others,
    }


def document(*grants):
    return json.dumps({"grants": list(grants or [grant(n) for n in range(3)])}).encode()


HEADINGS = {
    "Identifier": "360G-made-up-1",
    "Title": "Made-up award",
    "Currency": "GBP",
    "Amount Awarded": "1000",
    "Award Date": "2024-03-17",
    "Funding Org:Identifier": "GB-CHC-1",
    "Funding Org:Name": "Made-up funder",
}


def sheet():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        grants = book.add_worksheet("grants")
        grants.write_row(0, 0, HEADINGS)
        grants.write_row(1, 0, HEADINGS.values())
    return buffer.getvalue()


def table(*rows):
    return "\r\n".join([",".join(HEADINGS), *(rows or [",".join(HEADINGS.values())])]).encode()


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
def test_real_files_of_each_format_are_pulled_by_their_entries_in_the_real_registry(puller, registry, asked):
    """Entries are of the real registry of 2019 with the address of the local server; files are the publishers' own."""
    entries = {
        item["publisher"]["prefix"]: item for item in json.loads((DATA / "registry" / "registry.json").read_bytes())
    }
    served = {
        "360G-ABCT": ("golden_pair/a001p00000zgyHZAAY.xlsx", XLSX),
        "360G-traffordmbc": ("trafford/trafford_grants.csv", "text/csv; charset=utf-8"),
        "360G-esmeefairbairn": ("trafford/trafford_grants_current.json", "application/json"),
    }
    for prefix, (name, kind) in served.items():
        registry.files[f"/files/{name}"] = ((DATA / name).read_bytes(), kind, {})
        address = registry.server.url_for(f"/files/{name}")
        registry.entries.append(entries[prefix] | {"distribution": [{"downloadURL": address}]})
    registry.entries += [item for prefix, item in entries.items() if prefix not in served]
    outcome = asked(publishers=list(served))
    assert (outcome.state, outcome.reason, len(outcome.new_files)) == ("ok", "", 3)
    read = {name: awards_of(content).kept for name, content in puller.current(REGISTRY).items()}
    assert sorted(frame.height for frame in read.values()) == [366, 555, 783]
    assert read["a001p00000zgyHZAAY"]["amount"].sum() == 12_785_625
    found = {file.file_name: file.licence for file in puller.landing.current(REGISTRY)}
    assert found == {
        "a001p00000zgyHZAAY": "CC-BY-4.0",
        entries["360G-traffordmbc"]["identifier"]: "OGL-UK-3.0",
        entries["360G-esmeefairbairn"]["identifier"]: "CC-BY-4.0",
    }
    assert puller.pull(REGISTRY).state == "unchanged"


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
    registry.files["/files/one.json"] = (table(), "text/csv", {})
    assert asked().state == "ok"
    assert puller.current(REGISTRY) == {identifier: table()}
    assert len(puller.landing.history(REGISTRY)) == 2


def test_only_the_configured_publishers_are_asked(registry, asked):
    registry.add("one.json", document(), prefix="360G-One")
    registry.add("two.json", document(grant(9)), prefix="360G-two")
    outcome = asked(publishers=["360G-one", "360G-absent"])
    assert registry.requests == ["/data.json", "/files/one.json"]
    assert outcome.state == "ok"
    assert "360g-absent: the registry lists no data set of this publisher" in outcome.reason


NOT_AWARDS = {
    "a placeholder": (
        b"data_redirect_url,https://example.org/new/grants.csv\r\n",
        "text/csv",
        "a placeholder that points to https://example.org/new/grants.csv came",
    ),
    "a page": (HTML.encode(), "text/html; charset=utf-8", "a file that is neither JSON, CSV"),
    "a page called CSV": (HTML.encode(), "text/csv", "an HTML page in place of csv"),
    "nothing": (b"", "application/json", "an empty answer in place of json"),
    "cut JSON": (document()[:-7], "application/json", "JSON that breaks off"),
    "a cut workbook": (sheet()[:-400], XLSX, "a cut xlsx file"),
    "a PDF called XLSX": (b"%PDF-1.7 ...", XLSX, "a PDF document in place of xlsx"),
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
    assert outcome.is_in_trouble
    assert puller.current(REGISTRY) == {identifier: document()}


def test_a_transfer_that_ends_before_its_length_is_refused_and_tried_again(puller, registry, asked):
    registry.add("good.json", document())
    bad = registry.add("cut.json", document(grant(7)), **{"Content-Length": "9999"})
    registry.requests.clear()
    outcome = asked()
    assert bad in outcome.reason
    assert "cut short" in outcome.reason
    assert registry.requests.count("/files/cut.json") == 3


def test_a_compressed_transfer_that_is_cut_is_refused(puller, registry, asked):
    registry.add("good.json", document())
    packed = gzip.compress(document(*(grant(n) for n in range(400))))[:-30]
    registry.add("cut.json", packed, **{"Content-Encoding": "gzip"})
    assert "no end of the gzip stream" in asked().reason


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
    assert "Nothing: the registry gives no identifier or no address for it" in outcome.reason
    assert "Nobody" in outcome.reason


def test_several_files_of_a_data_set_are_all_fetched(puller, registry, asked):
    identifier = registry.add("one.json", document())
    registry.files["/files/more.json"] = (document(grant(8)), "application/json", {})
    registry.entries[0]["distribution"].append({"downloadURL": registry.server.url_for("/files/more.json")})
    asked()
    assert list(puller.current(REGISTRY)) == [identifier, f"{identifier}-2"]


def test_a_file_that_the_registry_drops_stays_and_is_said(puller, registry, asked):
    registry.add("one.json", document())
    identifier = registry.add("two.json", document(grant(9)))
    asked()
    registry.entries.pop()
    outcome = asked()
    assert outcome.notes == (
        f"{identifier} is not in the registry any more, or not asked for; its last file is still read",
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
    assert asked(exclude_share_alike=True).notes[0].endswith("the file that was landed before is still read")


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
    assert "its licence is not among those accepted" in outcome.reason
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


def test_whole_files_have_no_problem():
    for content, kind in (
        (document(), "json"),
        (table(), "csv"),
        (sheet(), "xlsx"),
        (b"\xef\xbb\xbf" + table(), "csv"),
    ):
        assert problem_with(content, kind) == ""


# What is in the files.


def test_individuals_currencies_extra_keys_and_repeats_land_as_published(puller, registry, asked):
    grants = [
        grant(1, recipientOrganization=None, recipientIndividual={"id": "360G-i-1", "name": "Individual Recipient"}),
        grant(2, currency="USD", amountAwarded="1,234.50"),
        grant(3, amountAwarded=-250, **{"Primary beneficiary": "their own key", "additional_data": {"x": 1}}),
        grant(4, awardDate="2020-03-19T00:00:00+00:00"),
        grant(4, amountAwarded=7),
    ]
    identifier = registry.add("one.json", document(*grants))
    asked()
    intake = awards_of(puller.current(REGISTRY)[identifier])
    assert intake.quarantined.is_empty()
    assert intake.kept.select("is_to_individual", "currency", "amount").rows() == [
        (True, "GBP", 1001.0),
        (False, "USD", 1234.5),
        (False, "GBP", -250.0),
        (False, "GBP", 1004.0),
        (False, "GBP", 7.0),
    ]


OPEN = open_document([list(HEADINGS), list(HEADINGS.values())])
FORMATS = {
    "JSON": (document(grant(1)), "application/json", {}),
    "CSV": (table(), "text/csv", {}),
    "XLSX by its name": (sheet(), "application/octet-stream", {"Content-Disposition": "attachment; filename=a.xlsx"}),
    "ODS": (OPEN, ODS, {}),
}


@pytest.mark.parametrize(("content", "kind", "headers"), FORMATS.values(), ids=FORMATS.keys())
def test_every_format_lands(puller, registry, asked, content, kind, headers):
    identifier = registry.add("one", content, kind, **headers)
    assert asked().state == "ok"
    assert awards_of(puller.current(REGISTRY)[identifier]).kept.height == 1


# The API.


@pytest.fixture
def api(puller, httpserver):
    """Return a maker of the API with some grants, and the source pulled from it."""

    def serve(grants, **given):
        found = ThreeSixtyGivingApi(httpserver, {"GB-CHC-1": grants}, **given)
        options = {"organisations": ["GB-CHC-1"], "page_size": 10}
        puller.at(API, httpserver.url_for("/api/v1/org/"), **options)
        return found

    return serve


@pytest.mark.parametrize("number", [1, 9, 10, 11, 25, 30])
def test_all_pages_of_an_organisation_make_one_document(puller, api, number):
    found = api([grant(n) for n in range(number)])
    outcome = puller.pull(API)
    assert outcome.state == "ok", outcome.reason
    assert len(found.requests) == 1 + -(-number // 10)
    content = puller.current(API)["GB-CHC-1.json"]
    assert json.loads(content).keys() == {"grants"}
    kept = awards_of(content).kept
    assert kept["award_id"].n_unique() == kept.height == number


@needs_real_files
def test_real_grants_through_the_api_are_those_of_the_publishers_file(puller, api):
    """The grants are those of the real file of Trafford Council; the API's envelope is as documented."""
    content = (DATA / "trafford" / "trafford_grants.json").read_bytes()
    api(json.loads(content)["grants"], most_a_page=100)
    assert puller.pull(API).state == "ok"
    landed = puller.current(API)["GB-CHC-1.json"]
    one, other = (awards_of(item).kept.sort("award_id").drop("source_row") for item in (landed, content))
    assert one.equals(other)
    assert places_of(landed).kept.height == places_of(content).kept.height


def test_an_organisation_without_a_change_costs_one_request(puller, api):
    found = api([grant(n) for n in range(25)])
    puller.pull(API)
    found.requests.clear()
    again = puller.pull(API)
    assert (again.state, again.new_files, again.requests) == ("unchanged", (), 1)
    assert len(found.requests) == 1
    found.grants["GB-CHC-1"].append(grant(99))
    assert puller.pull(API).state == "ok"
    assert awards_of(puller.current(API)["GB-CHC-1.json"]).kept.height == 26


def test_a_correction_that_leaves_the_sums_is_found_where_all_is_always_read(puller, api, httpserver):
    found = api([grant(n) for n in range(5)])
    puller.pull(API)
    found.grants["GB-CHC-1"][0]["recipientOrganization"][0]["postalCode"] = "SA1 1AA"
    assert puller.pull(API).state == "unchanged"
    puller.at(API, httpserver.url_for("/api/v1/org/"), organisations=["GB-CHC-1"], is_always_read=True)
    assert puller.pull(API).state == "ok"
    assert puller.pull(API).state == "unchanged"


def test_the_order_of_the_pages_makes_no_difference(puller, api, httpserver):
    found = api([grant(n) for n in range(25)])
    puller.pull(API)
    found.grants["GB-CHC-1"].reverse()
    puller.at(API, httpserver.url_for("/api/v1/org/"), organisations=["GB-CHC-1"], is_always_read=True)
    assert puller.pull(API).state == "unchanged"


SPOILED = {
    "a page that names itself": (
        lambda page, offset: page | {"next": page["next"] and re.sub("offset=.*", "offset=10", page["next"])},
        "read before",
    ),
    "pages without end": (
        lambda page, offset: page | {"count": 5, "next": page["next"]},
        "it names pages without end: 10 of 5 awards were read",
    ),
    "an empty page in between": (
        lambda page, offset: page | {"results": []} if offset == 10 else page,
        "it names pages without end",
    ),
    "a count that changes": (
        lambda page, offset: page | {"count": 26} if offset == 10 else page,
        "it counted 25 awards at first and 26",
    ),
    "an early end": (lambda page, offset: page | {"next": None}, "only 10 of 25 awards came"),
    "a grant that is lost": (
        lambda page, offset: page | {"results": page["results"][1:]} if offset == 20 else page,
        "only 24 of 25 awards came",
    ),
    "no results": (lambda page, offset: {"detail": "x"}, "there is a page without results"),
    "a next page elsewhere": (
        lambda page, offset: page | {"next": "https://example.org/?offset=10"},
        "is at example.org, not one of the hosts",
    ),
}


@pytest.mark.parametrize(("spoil", "reason"), SPOILED.values(), ids=SPOILED.keys())
def test_pages_that_do_not_add_up_are_refused_whole(puller, api, spoil, reason):
    found = api([grant(n) for n in range(25)])
    found.spoil = spoil
    outcome = puller.pull(API)
    assert outcome.state == "failed"
    assert reason in outcome.reason
    assert puller.current(API) == {}
    assert len(found.requests) < 8


def test_an_unknown_organisation_is_named_and_the_others_go_on(puller, api, httpserver):
    api([grant(1)])
    puller.at(API, httpserver.url_for("/api/v1/org/"), organisations=["GB-CHC-404", "GB-CHC-1"])
    outcome = puller.pull(API)
    assert outcome.state == "ok"
    assert "GB-CHC-404" in outcome.reason
    assert "(HTTP 404)" in outcome.reason


def test_the_service_is_waited_for_where_it_asks_for_that(puller, api, httpserver):
    found = api([grant(1)])
    httpserver.clear()
    path = "/api/v1/org/GB-CHC-1/"
    httpserver.expect_ordered_request(path).respond_with_data("", status=429, headers={"Retry-After": "3"})
    httpserver.expect_ordered_request(path).respond_with_handler(found.answer)
    httpserver.expect_ordered_request(f"{path}grants_made/").respond_with_handler(found.answer)
    assert puller.pull(API).state == "ok"
    assert 3 in puller.waits


STATED = {
    "by name": ({"name": "Open Government Licence 3.0 (United Kingdom)"}, "OGL-UK-3.0"),
    "by address": ({"url": CC_BY_SA, "name": "CC BY-SA"}, "CC-BY-SA-4.0"),
    "none": (None, "various-open"),
    "not known": ({"name": "A licence of their own"}, "various-open"),
}


@pytest.mark.parametrize(("stated", "licence"), STATED.values(), ids=STATED.keys())
def test_the_licence_that_the_service_states_is_carried(puller, api, stated, licence):
    api([grant(1), grant(2)], licence=stated)
    puller.pull(API)
    assert puller.landing.current(API)[0].licence == licence


def test_share_alike_awards_can_be_left_out_of_the_document(puller, api, httpserver):
    found = api([grant(n) for n in range(4)])

    def mixed(page, offset):
        for number, result in enumerate(page["results"]):
            result["data_license"] = {"url": CC_BY_SA if number else CC_BY}
        return page

    found.spoil = mixed
    outcome = puller.pull(API)
    assert outcome.notes == ("some of the awards of GB-CHC-1 are under a share-alike licence",)
    assert puller.landing.current(API)[0].licence == "various-open"
    puller.at(
        API,
        httpserver.url_for("/api/v1/org/"),
        organisations=["GB-CHC-1"],
        is_always_read=True,
        exclude_share_alike=True,
    )
    outcome = puller.pull(API, accept=True)
    assert outcome.notes == ("3 of 4 awards of GB-CHC-1 are left out: share-alike licence",)
    assert [file.licence for file in puller.landing.current(API)] == ["CC-BY-4.0"]
    assert awards_of(puller.current(API)["GB-CHC-1.json"]).kept.height == 1


def test_awards_that_come_twice_are_kept_and_said(puller, api):
    api([grant(1), grant(1), grant(2)])
    outcome = puller.pull(API)
    assert outcome.notes == ("1 awards of GB-CHC-1 came twice, word for word",)
    assert awards_of(puller.current(API)["GB-CHC-1.json"]).kept.height == 3


def test_funders_of_one_route_are_not_publishers_of_the_other():
    assert not sources()[API].options["exclude_share_alike"]
    assert sources()["threesixtygiving_covid2020"].protocol == ""
