"""GrantNav is asked only for the localities that a person names, and a download lands only whole.

All grants are made up, in the shape in which GrantNav streams them.
"""

import json

import pytest
from werkzeug import Response

from tests.support import award_files
from tests.support.award_files import awards_of
from tests.support.fake_services import HTML
from warehouse.catalogue import sources

SOURCE = "threesixtygiving_grantnav"
OGL = "http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
CC_BY_SA = "https://creativecommons.org/licenses/by-sa/4.0/"
LEAD = '{\n    "license": "See dataset/license within each grant.",\n    "grants": [\n'


def grant(number, licence=OGL, night="2026-11-21"):
    """Return a made-up grant with what GrantNav adds to it."""
    return award_files.grant(
        number,
        amountAwarded=500 + number,
        additional_data={"recipientDistrictName": "Cardiff", "GNBestCountyName": "Undetermined"},
        dataset={"license": licence, "datagetter_metadata": {"datetime_downloaded": night}},
    )


def streamed(*grants):
    """Return a download as GrantNav streams it: one grant a line, all but the first after a comma."""
    return LEAD + "".join(f"{', ' if n else ''}{json.dumps(item)}\n" for n, item in enumerate(grants)) + "]}"


class GrantNav:
    def __init__(self, server):
        self.bodies, self.asked, self.kind = {"Cardiff": streamed(*map(grant, range(3)))}, [], "application/json"
        server.expect_request("/search.json").respond_with_handler(self.answer)
        server.expect_request("/district/Vale%20of%20Glamorgan.json").respond_with_handler(self.answer)
        server.expect_request("/district/Vale of Glamorgan.json").respond_with_handler(self.answer)

    def answer(self, request):
        name = request.args.get("recipientDistrictName", "Vale of Glamorgan")
        self.asked.append(request.full_path.rstrip("?"))
        disposition = 'attachment; filename="grantnav-20261122093000.json"'
        body = self.bodies.get(name, LEAD + "]}")
        return Response(body, content_type=self.kind, headers={"Content-Disposition": disposition})


@pytest.fixture
def grantnav(httpserver):
    return GrantNav(httpserver)


@pytest.fixture
def asked(puller, httpserver, grantnav):
    """Return a way to pull some localities."""

    def ask(*localities, accept=False, **options):
        puller.at(SOURCE, httpserver.url_for("/"), localities=list(localities), **options)
        return puller.pull(SOURCE, accept=accept)

    return ask


def test_a_locality_lands_as_it_was_sent(puller, grantnav, asked):
    outcome = asked("Cardiff")
    assert (outcome.state, outcome.notes) == ("ok", ())
    assert grantnav.asked == ["/search.json?recipientDistrictName=Cardiff"]
    assert puller.current(SOURCE) == {"Cardiff.json": grantnav.bodies["Cardiff"].encode()}
    assert awards_of(puller.current(SOURCE)["Cardiff.json"]).kept["amount"].to_list() == [500, 501, 502]
    assert puller.landing.current(SOURCE)[0].licence == "OGL-UK-3.0"


def test_nothing_is_asked_for_unless_a_locality_is_named(puller, httpserver, grantnav):
    assert sources()[SOURCE].options["localities"] == []
    puller.at(SOURCE, httpserver.url_for("/"))
    outcome = puller.pull(SOURCE)
    assert (outcome.is_failing, outcome.requests, grantnav.asked) == (False, 0, [])
    assert "no locality is configured" in outcome.notes[0]


def test_the_name_may_stand_in_the_path(puller, grantnav, asked):
    grantnav.bodies["Vale of Glamorgan"] = streamed(grant(7))
    outcome = asked("Vale of Glamorgan", path="district/{locality}.json")
    assert outcome.state == "ok", outcome.reason
    assert list(puller.current(SOURCE)) == ["Vale%20of%20Glamorgan.json"]


def test_localities_whose_names_differ_have_files_of_their_own(puller, grantnav, asked):
    names = ["Cardiff", "cardiff", "St. Helens", "St Helens", "Môn", "M-n"]
    for number, name in enumerate(names):
        grantnav.bodies[name] = streamed(grant(number))
    assert asked(*names).state == "ok"
    files = ["Cardiff.json", "M%C3%B4n.json", "M-n.json", "St%20Helens.json", "St%2E%20Helens.json", "cardiff.json"]
    assert sorted(puller.current(SOURCE)) == files
    assert asked(*names).state == "unchanged"


def test_what_grantnav_adds_and_the_order_of_the_lines_are_no_change(grantnav, asked):
    asked("Cardiff")
    grantnav.bodies["Cardiff"] = streamed(*(grant(n, night="2026-11-22") for n in (2, 0, 1)))
    again = asked("Cardiff")
    assert (again.state, again.new_files, again.requests) == ("unchanged", (), 1)
    grantnav.bodies["Cardiff"] = streamed(*map(grant, range(4)))
    assert asked("Cardiff").state == "ok"


CUT = {
    "after a line": streamed(*map(grant, range(3))).removesuffix("]}"),
    "within a line": streamed(*map(grant, range(3)))[:-40],
    "before the first line": LEAD,
    "at a closing bracket by chance": streamed(*map(grant, range(3)))[:-60] + "]}",
}


@pytest.mark.parametrize("body", CUT.values(), ids=CUT.keys())
def test_a_cut_transfer_with_status_200_is_refused(puller, grantnav, asked, body):
    asked("Cardiff")
    before = puller.current(SOURCE)
    grantnav.bodies["Cardiff"] = body
    outcome = asked("Cardiff")
    assert outcome.state == "failed"
    assert "the download is cut short" in outcome.reason or "invalid JSON" in outcome.reason
    assert puller.current(SOURCE) == before


def test_a_page_for_browsers_is_told_what_to_do(grantnav, asked):
    grantnav.bodies["Cardiff"], grantnav.kind = HTML, "text/html"
    outcome = asked("Cardiff")
    assert outcome.state == "failed"
    assert "expected JSON, got an HTML page" in outcome.reason
    assert "Download the file in a browser and land it with cpower land" in outcome.reason


def test_another_document_is_refused(grantnav, asked):
    grantnav.bodies["Cardiff"] = '{"data": [{}]}'
    assert "the answer has no list of awards" in asked("Cardiff").reason


def test_one_locality_failing_does_not_stop_the_others(puller, grantnav, asked):
    grantnav.bodies["Newport"] = streamed(grant(8))
    grantnav.bodies["Cardiff"] = grantnav.bodies["Cardiff"][:-9]
    outcome = asked("Cardiff", "Newport")
    assert outcome.state == "ok"
    assert "Cardiff: " in outcome.reason
    assert list(puller.current(SOURCE)) == ["Newport.json"]


def test_a_locality_without_awards_is_said_and_is_no_reason_to_forget_them(puller, grantnav, asked):
    outcome = asked("Cardiff", "Nowhere")
    assert outcome.notes == ("GrantNav has no awards for Nowhere",)
    grantnav.bodies.clear()
    outcome = asked("Cardiff")
    assert outcome.state == "failed"
    assert "no awards, but the last landed file has some" in outcome.reason
    assert list(puller.current(SOURCE)) == ["Cardiff.json"]


def test_share_alike_awards_are_said_and_can_be_left_out(puller, grantnav, asked):
    grantnav.bodies["Cardiff"] = streamed(grant(1), grant(2, CC_BY_SA), grant(3, CC_BY_SA))
    outcome = asked("Cardiff")
    assert outcome.notes == ("Cardiff.json: 2 of 3 awards under a share-alike licence are among them",)
    assert puller.landing.current(SOURCE)[0].licence == "various-open"

    grantnav.bodies["Cardiff"] = streamed(grant(1), grant(2, CC_BY_SA), grant(4, CC_BY_SA))
    outcome = asked("Cardiff", exclude_share_alike=True, accept=True)
    assert outcome.notes == ("Cardiff.json: 2 of 3 awards under a share-alike licence are excluded",)
    assert puller.landing.current(SOURCE)[0].licence == "OGL-UK-3.0"
    assert awards_of(puller.current(SOURCE)["Cardiff.json"]).kept["award_id"].to_list() == ["360G-made-up-1"]


def test_a_locality_whose_awards_are_all_left_out_is_no_failure(grantnav, asked):
    grantnav.bodies["Cardiff"] = streamed(grant(1, CC_BY_SA), grant(2, CC_BY_SA))
    outcome = asked("Cardiff", exclude_share_alike=True)
    assert (outcome.state, outcome.reason) == ("unchanged", "")
    assert outcome.notes == ("Cardiff.json: 2 of 2 awards under a share-alike licence are excluded",)
