"""Awards come from the 360Giving API whole, although its pages have no order.

Grants are synthetic, except where a test takes the real files or the recorded answers of ../shared/data. Recorded are
answers of the publisher's own software.
"""

import json
import re
from urllib.parse import unquote

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from tests.support.award_files import grant
from tests.support.fake_services import ThreeSixtyGivingApi
from tests.unit.publishers.test_threesixtygiving import CC_BY, CC_BY_SA, DATA
from warehouse.publishers.protocol_common import file_name_of
from warehouse.storage.landing import plain_name

API, FUNDER, NAME = "threesixtygiving_api", "GB-CHC-1", "GB-CHC-1.json"
RECORDED = DATA / "api_recorded"
RECORDED_AT = "http://127.0.0.1:8202"
needs_recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers of ../shared/data are not here")


def grants(number, start=0, **others):
    return [grant(at, **others) for at in range(start, start + number)]


@pytest.fixture
def api(puller, httpserver):
    """Return a maker of the API with some grants, and the source pulled from it in pages of ten."""

    def serve(awards, **given):
        found = ThreeSixtyGivingApi(httpserver, awards, **given)
        asking()
        return found

    def asking(*organisations, **options):
        given = {"organisations": list(organisations or [FUNDER]), "page_size": 10, "reread_page_size": 25}
        puller.at(API, httpserver.url_for("/api/v1/org/"), **given | {"readings": 12} | options)

    serve.asking = asking
    return serve


def landed(puller, name=NAME):
    return json.loads(puller.current(API)[name])["grants"]


def in_order(awards):
    return sorted(awards, key=lambda award: json.dumps(award, sort_keys=True))


# Whole documents.


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("number", [1, 9, 10, 11, 25, 30, 95])
def test_all_awards_come_although_pages_begin_anywhere(puller, api, number, seed):
    published = grants(number)
    api(published, seed=seed)
    outcome = puller.pull(API)
    assert outcome.state == "ok", outcome.reason
    assert puller.current(API)[NAME].startswith(b'{"grants": [')
    assert in_order(landed(puller)) == in_order(published)


def test_awards_of_one_amount_are_not_taken_for_whole_by_their_sum(puller, api):
    """Repeats take the place of missing awards of the same amount, so neither number nor sum shows the loss."""
    published = grants(60, amountAwarded=500)
    api(published)
    outcome = puller.pull(API)
    assert in_order(landed(puller)) == in_order(published)
    assert re.fullmatch(r"pages repeated awards of GB-CHC-1, so all were read \d+ times", outcome.notes[0])


def test_pages_that_repeat_nothing_are_read_once(puller, api):
    found = api(grants(25), is_ordered=True)
    assert puller.pull(API).notes == ()
    assert [request.partition("?")[2] for request in found.requests] == [
        "",
        "limit=10",
        "limit=10&offset=10",
        "limit=10&offset=20",
    ]


def test_awards_are_read_again_in_larger_pages(puller, api):
    found = api(grants(60))
    api.asking(reread_page_size=60)
    assert puller.pull(API).notes == ("pages repeated awards of GB-CHC-1, so all were read 2 times",)
    assert len(found.requests) == 1 + 6 + 1


@pytest.mark.parametrize("most", [7, 10, 13])
def test_a_service_that_gives_fewer_awards_a_page_than_asked_for_is_followed(puller, api, most):
    published = grants(30)
    api(published, most_a_page=most)
    api.asking(page_size=100, reread_page_size=100, readings=40)
    assert puller.pull(API).state == "ok"
    assert in_order(landed(puller)) == in_order(published)


def test_awards_that_never_all_come_are_refused_and_asked_for_again(puller, api):
    published = grants(60)
    found = api(published)
    api.asking(readings=1)
    outcome = puller.pull(API)
    assert outcome.state == "failed"
    assert re.search(r"pages repeat some awards and omit others: 1 readings have \d\d different awards", outcome.reason)
    assert puller.current(API) == {}
    found.requests.clear()
    api.asking()
    assert puller.pull(API).state == "ok"
    assert in_order(landed(puller)) == in_order(published)


def test_an_organisation_whose_awards_did_not_all_come_has_no_signal(puller, api):
    """With another organisation that came, what is remembered of the run is written."""
    other = grants(3, fundingOrganization=[{"id": "GB-CHC-9", "name": "Synthetic funder 9"}])
    found = api(grants(60) + other)
    api.asking(FUNDER, "GB-CHC-9")
    puller.pull(API)
    before = puller.current(API)
    assert json.loads(puller.landing.known(API).revision).keys() == {FUNDER, "GB-CHC-9"}
    api.asking(FUNDER, "GB-CHC-9", readings=1, is_always_read=True)
    outcome = puller.pull(API)
    assert outcome.state == "unchanged"
    assert "pages repeat some awards and omit others" in outcome.reason
    assert json.loads(puller.landing.known(API).revision).keys() == {"GB-CHC-9"}
    assert puller.current(API) == before
    api.asking(FUNDER, "GB-CHC-9")
    found.requests.clear()
    assert (puller.pull(API).state, len(found.requests) > 2) == ("unchanged", True)


# Awards that are published more than once.


TWICE = "1 awards of GB-CHC-1 are identical to another one, and are kept"
ALIKE = {
    "twice on a page": ([grant(1), grant(1), grant(2)], True, TWICE),
    "twice on two pages": ([*grants(24), grant(0)], True, TWICE),
    "twice on pages without an order": ([*grants(24), grant(0)], False, TWICE),
    "two under one identifier": ([grant(at, id="360G-made-up-1") for at in range(2)], False, ""),
    "forty under one identifier": (
        [grant(at, id="360G-made-up-1") for at in range(40)],
        False,
        "pages repeated awards",
    ),
}


@pytest.mark.parametrize(("published", "is_ordered", "note"), ALIKE.values(), ids=ALIKE)
def test_awards_that_are_alike_are_all_kept(puller, api, published, is_ordered, note):
    api(published, is_ordered=is_ordered)
    outcome = puller.pull(API)
    assert outcome.state == "ok", outcome.reason
    assert in_order(landed(puller)) == in_order(published)
    assert "".join(outcome.notes[-1:]).startswith(note)


def test_two_readings_that_agree_show_that_awards_are_published_twice(puller, api):
    """In a service whose pages have an order and are too small to hold both."""
    published = [*grants(24), grant(0)]
    found = api(published, is_ordered=True)
    api.asking(page_size=10, reread_page_size=5)
    assert puller.pull(API).state == "ok"
    assert in_order(landed(puller)) == in_order(published)
    assert len(found.requests) == 1 + 3 + 5


def test_two_readings_that_agree_are_refused_where_the_sums_do_not(puller, api):
    """A page that is wrong in the same way each time repeats an award in the place of another one."""
    found = api(grants(25), is_ordered=True)
    first = found._result(found.awards[0])
    found.spoil = lambda page, offset: page | {"results": [first, *page["results"][1:]]}
    api.asking(reread_page_size=10, readings=3)
    outcome = puller.pull(API)
    assert outcome.state == "failed"
    assert "pages repeat some awards and omit others" in outcome.reason


def test_awards_that_change_between_two_readings_are_refused(puller, api):
    found = api(grants(60))

    def reloaded(page, offset):
        if len(found.requests) > 7:
            for award in found.awards:
                award["title"] = "Another title"
        return page

    found.spoil = reloaded
    outcome = puller.pull(API)
    assert outcome.state == "failed"
    assert "the awards of GB-CHC-1 changed while they were read" in outcome.reason


def test_two_states_of_one_award_are_not_counted_for_a_missing_one(puller, api):
    """Two readings that each miss the award of page two, with another one changed in between, add up in number."""
    found = api(grants(25), is_ordered=True)
    first = found._result(grant(1))

    def spoiled(page, offset):
        if len(found.requests) > 4:
            page["results"] = [
                item | {"data": item["data"] | {"title": "New"}} if item["grant_id"].endswith("-0") else item
                for item in page["results"]
            ]
        if offset == 10:
            page["results"][0] = first
        return page

    found.spoil = spoiled
    api.asking(reread_page_size=10, readings=3)
    outcome = puller.pull(API)
    assert outcome.state == "failed", outcome.notes
    assert (
        "25 awards (GBP 25,290.00) of GB-CHC-1 in 2 readings, but the service states 25 awards (GBP 25,300.00)"
        in outcome.reason
    )


# What the detail of an organisation counts.


@pytest.mark.parametrize(("names_linked", "named"), [(True, r" \(GB-COH-2\)"), (False, "")])
@pytest.mark.parametrize("number", [8, 60])
def test_awards_of_linked_identifiers_that_are_counted_and_do_not_come_are_said(
    puller, api, number, names_linked, named
):
    own = grants(number)
    theirs = grants(2, start=100, fundingOrganization=[{"id": "GB-COH-2", "name": "The same funder"}])
    api(own + theirs, primary={"GB-COH-2": FUNDER}, names_linked=names_linked)
    outcome = puller.pull(API)
    assert outcome.state == "ok", outcome.reason
    assert in_order(landed(puller)) == in_order(own)
    assert re.fullmatch(
        rf"received {number} awards \(GBP [\d,.]+\) of GB-CHC-1, but the service states {number + 2} awards "
        rf"\(GBP [\d,.]+\), which can include awards under its other identifiers{named}",
        outcome.notes[-1],
    )


def test_the_order_of_linked_identifiers_and_the_mean_are_no_change(puller, api):
    """Both depend on how the service happened to count."""
    found = api(grants(3), primary={"GB-COH-2": FUNDER, "GB-COH-3": FUNDER}, names_linked=True)
    puller.pull(API)

    def counted_anew(detail):
        detail["linked_orgs"].reverse()
        detail["funder"]["aggregate"]["currencies"]["GBP"]["avg"] += 1
        detail["funder"]["aggregate"]["currencies"]["GBP"]["total"] += 0.000001
        return detail

    found.spoil_detail = counted_anew
    again = puller.pull(API)
    assert (again.state, again.requests) == ("unchanged", 1)


def test_an_organisation_without_sums_is_read_each_time(puller, api):
    """The service knows some funders by another identifier alone, and lists their awards nevertheless."""
    found = api(grants(3))
    found.spoil_detail = lambda detail: detail | {"funder": None}
    assert puller.pull(API).state == "ok"
    again = puller.pull(API)
    assert (again.state, again.requests) == ("unchanged", 2)
    found.awards.append(grant(99))
    assert puller.pull(API).state == "ok"
    assert len(landed(puller)) == 4


def test_an_organisation_that_made_no_awards_is_said_and_is_no_failure(puller, api):
    api(grants(3))
    api.asking("GB-CHC-2", FUNDER)
    for state, number in (("ok", 4), ("unchanged", 3)):
        outcome = puller.pull(API)
        assert (outcome.state, outcome.reason, outcome.requests) == (state, "", number)
        assert outcome.notes == ("the service has no awards made by GB-CHC-2",)
    assert list(puller.current(API)) == [NAME]


def test_no_award_where_the_last_file_held_some_is_no_reason_to_forget_them(puller, api):
    found = api(grants(3))
    puller.pull(API)
    found.awards[:] = [
        grant(
            9,
            fundingOrganization=[{"id": "GB-CHC-3", "name": "x"}],
            recipientOrganization=[{"id": FUNDER, "name": "Synthetic funder"}],
        )
    ]
    outcome = puller.pull(API)
    assert outcome.state == "failed"
    assert "no awards, but the last landed file has some" in outcome.reason
    assert len(landed(puller)) == 3


@pytest.mark.parametrize("organisation", ["GB-CHC-404", "gb-chc-1"])
def test_an_unknown_organisation_is_named_and_the_others_go_on(puller, api, organisation):
    api(grants(1))
    api.asking(organisation, FUNDER)
    outcome = puller.pull(API)
    assert outcome.state == "ok"
    assert outcome.reason.startswith(f"some parts were not downloaded: {organisation}: ")
    assert "unknown organisation; identifiers are case-sensitive (HTTP 404)" in outcome.reason


# Names of files.


def test_identifiers_with_slashes_have_files_of_their_own_and_are_recognised(puller, api):
    first, second = "GB-COH-IP/123 R", "GB-REG/123 R"
    api(
        [
            *grants(2, fundingOrganization=[{"id": first, "name": "One"}]),
            *grants(1, start=5, fundingOrganization=[{"id": second, "name": "Two"}]),
        ]
    )
    api.asking(first, second)
    outcome = puller.pull(API)
    assert outcome.state == "ok", outcome.reason
    assert list(puller.current(API)) == ["GB-COH-IP%2F123%20R.json", "GB-REG%2F123%20R.json"]
    again = puller.pull(API)
    assert (again.state, again.requests) == ("unchanged", 2)


@pytest.mark.parametrize("organisation", ["GB-X-1?limit=1", "GB-X-1#2", "GB-X-50%25", "GB-X-Môn"])
def test_identifiers_are_asked_for_as_they_are(puller, api, organisation):
    api(grants(2, fundingOrganization=[{"id": organisation, "name": "One"}]))
    api.asking(organisation)
    assert puller.pull(API).state == "ok"
    assert len(landed(puller, file_name_of(organisation, ".json"))) == 2


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_identifiers_never_share_a_file_name(one, other):
    endings = ("", ".json", "+2")
    names = {plain_name(file_name_of(identifier, ending)) for identifier in (one, other) for ending in endings}
    assert len(names) == len(endings) * len({one, other})
    assert {unquote(name.partition(".")[0].partition("+")[0]) for name in names} == {one, other}


# Signals and options.


def test_an_organisation_without_a_change_costs_one_request(puller, api):
    found = api(grants(25))
    puller.pull(API)
    found.requests.clear()
    again = puller.pull(API)
    assert (again.state, again.new_files, again.requests) == ("unchanged", (), 1)
    assert len(found.requests) == 1
    found.awards.append(grant(99))
    assert puller.pull(API).state == "ok"
    assert len(landed(puller)) == 26


def test_a_correction_that_leaves_the_sums_is_found_where_all_is_always_read(puller, api):
    found = api(grants(5))
    puller.pull(API)
    found.awards[0]["recipientOrganization"][0]["postalCode"] = "SA1 1AA"
    assert puller.pull(API).state == "unchanged"
    api.asking(is_always_read=True)
    assert puller.pull(API).state == "ok"
    assert puller.pull(API).state == "unchanged"


def test_the_order_of_the_awards_makes_no_difference(puller, api):
    found = api(grants(25))
    puller.pull(API)
    found.awards.reverse()
    api.asking(is_always_read=True)
    assert puller.pull(API).state == "unchanged"


@pytest.mark.parametrize("option", ["page_size", "reread_page_size", "readings"])
def test_an_option_that_asks_for_nothing_is_named(puller, api, option):
    """The service takes a limit of zero for its own, so that no error would show it."""
    api(grants(5))
    api.asking(**{option: 0})
    outcome = puller.pull(API)
    assert outcome.state == "failed"
    assert outcome.reason.startswith(f"option {option}: Input should be greater than or equal to 1. Correct the entry")


# Answers that cannot be used.


SPOILED = {
    "a page that names itself": (
        lambda page, offset: page | {"next": page["next"] and re.sub("offset=.*", "offset=10", page["next"])},
        "a page links to an earlier page",
    ),
    "pages without end": (
        lambda page, offset: page | {"count": 5, "next": page["next"]},
        "pages do not end: 10 of 5 awards were read",
    ),
    "an empty page in between": (
        lambda page, offset: page | {"results": []} if offset == 10 else page,
        "pages do not end",
    ),
    "a count that changes": (
        lambda page, offset: page | {"count": 26} if offset == 10 else page,
        "the number of awards changed from 25 to 26",
    ),
    "an early end": (lambda page, offset: page | {"next": None}, "received only 10 of 25 awards"),
    "a grant that is lost": (
        lambda page, offset: page | {"results": page["results"][1:]} if offset == 20 else page,
        "received only 24 of 25 awards",
    ),
    "no results": (lambda page, offset: {"detail": "x"}, "its JSON is not as documented: count: Field required"),
    "a grant without data": (
        lambda page, offset: page | {"results": [{"grant_id": "360G-1"}]},
        "its JSON is not as documented: results.0.data: Field required",
    ),
    "a list": (lambda page, offset: [], "its JSON is not as documented: the whole: "),
    "a next page elsewhere": (
        lambda page, offset: page | {"next": "https://example.org/?offset=10"},
        "is at example.org, not one of the hosts",
    ),
}


@pytest.mark.parametrize(("spoil", "reason"), SPOILED.values(), ids=SPOILED.keys())
def test_pages_that_do_not_add_up_are_refused_whole(puller, api, spoil, reason):
    found = api(grants(25), is_ordered=True)
    found.spoil = spoil
    outcome = puller.pull(API)
    assert outcome.state == "failed"
    assert reason in outcome.reason
    assert puller.current(API) == {}
    assert len(found.requests) < 8


SPOILED_DETAILS = {
    "no link to the awards": (
        lambda detail: detail | {"grants_made": None},
        "grants_made: Input should be a valid string",
    ),
    "no sums": (lambda detail: detail | {"funder": {}}, "funder.aggregate: Field required"),
    "a message": (lambda detail: {"detail": "x"}, "grants_made: Field required"),
}


@pytest.mark.parametrize(("spoil", "reason"), SPOILED_DETAILS.values(), ids=SPOILED_DETAILS.keys())
def test_a_detail_that_is_not_as_documented_is_told_by_its_field(puller, api, spoil, reason):
    found = api(grants(2))
    found.spoil_detail = spoil
    outcome = puller.pull(API)
    assert outcome.state == "failed"
    assert f"its JSON is not as documented: {reason}" in outcome.reason


def test_the_service_is_waited_for_where_it_throttles(puller, api):
    found = api(grants(3))
    found.throttled = 2
    assert puller.pull(API).state == "ok"
    assert puller.waits.count(1) == 2


# Links that name the old scheme.


@pytest.fixture
def behind_proxy(puller, encrypted):
    """Return a maker of the API on an encrypted server whose links name another address."""
    encrypted.clear()

    def serve(named):
        found = ThreeSixtyGivingApi(encrypted, grants(25), named=named, is_ordered=True)
        options = {"organisations": [FUNDER], "page_size": 10}
        puller.at(API, encrypted.url_for("/api/v1/org/"), **options)
        return found

    return serve


@pytest.mark.usefixtures("trusted")
def test_links_of_the_old_scheme_are_asked_encrypted(puller, encrypted, behind_proxy):
    found = behind_proxy(f"http://localhost:{encrypted.port}")
    outcome = puller.pull(API)
    assert outcome.state == "ok", outcome.reason
    assert len(found.requests) == 4
    assert len(landed(puller)) == 25


@pytest.mark.usefixtures("trusted")
def test_nothing_is_asked_in_the_clear_where_the_first_answer_was_encrypted(puller, httpserver, behind_proxy):
    behind_proxy(httpserver.url_for("").rstrip("/"))
    outcome = puller.pull(API)
    assert outcome.state == "failed"
    assert "no trusted TLS connection" in outcome.reason
    assert httpserver.log == []


# Licences.


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


def test_share_alike_awards_can_be_left_out_of_the_document(puller, api):
    found = api(grants(4))

    def mixed(page, offset):
        for result in page["results"]:
            result["data_license"] = {"url": CC_BY if result["grant_id"].endswith("-0") else CC_BY_SA}
        return page

    found.spoil = mixed
    outcome = puller.pull(API)
    assert outcome.notes == ("some of the awards of GB-CHC-1 are under a share-alike licence",)
    assert puller.landing.current(API)[0].licence == "various-open"
    api.asking(exclude_share_alike=True)
    outcome = puller.pull(API, accept=True)
    assert outcome.notes == ("3 of 4 awards of GB-CHC-1 are excluded: share-alike licence",)
    assert [file.licence for file in puller.landing.current(API)] == ["CC-BY-4.0"]
    assert len(landed(puller)) == 1


def test_an_organisation_whose_awards_are_all_left_out_is_no_failure(puller, api):
    api(grants(4), licence={"url": CC_BY_SA})
    api.asking(exclude_share_alike=True)
    outcome = puller.pull(API)
    assert (outcome.state, outcome.reason) == ("unchanged", "")
    assert outcome.notes == ("4 of 4 awards of GB-CHC-1 are excluded: share-alike licence",)
    api.asking()
    puller.pull(API)
    api.asking(exclude_share_alike=True)
    outcome = puller.pull(API)
    assert outcome.notes[-1] == "GB-CHC-1.json: the last landed file stays in use"


# Recorded answers of the publisher's software.


def recorded(name):
    """Return (status, headers, body) of a recorded answer."""
    head, _, body = (RECORDED / f"{name}.txt").read_bytes().decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return int(first.split()[1]), headers, body


# The local server answers as the publisher's software did.

JSON_ONLY = {"Accept": "application/json"}
ANSWERS = {
    "accept_any": ("GB-CHC-777002/", {"Accept": "*/*"}),
    "accept_csv": ("GB-CHC-777002/", {"Accept": "text/csv"}),
    "accept_html": ("GB-CHC-777002/", {"Accept": "text/html"}),
    "both_funders": ("GB-CHC-777003/grants_made/", JSON_ONLY),
    "grants_made_of_recipient": ("GB-CHC-100005/grants_made/", JSON_ONLY),
    "grants_made_two": ("GB-CHC-777002/grants_made/?limit=2", JSON_ONLY),
    "grants_made_unknown_params": (
        "GB-CHC-777002/grants_made/?page_size=1&limit=2&order_by=x&currency=USD",
        JSON_ONLY,
    ),
    "limit_bad": ("GB-CHC-777002/grants_made/?limit=many&offset=-5", JSON_ONLY),
    "limit_zero": ("GB-CHC-777002/grants_made/?limit=0", JSON_ONLY),
    "no_slash": ("GB-CHC-777002", JSON_ONLY),
    "offset_beyond": ("GB-CHC-777002/grants_made/?limit=2&offset=1000", JSON_ONLY),
    "org_detail_co_funder": ("GB-CHC-777003/", JSON_ONLY),
    "org_detail_funder": ("GB-CHC-777001/", JSON_ONLY),
    "org_detail_recipient_only": ("GB-CHC-100005/", JSON_ONLY),
    "org_lower": ("gb-chc-777002/", JSON_ONLY),
    "org_unknown": ("GB-CHC-404/", JSON_ONLY),
    "org_unknown_grants": ("GB-CHC-404/grants_made/", JSON_ONLY),
    "slash_org": ("GB-COH-IP/123%20R/", JSON_ONLY),
    "throttled_headers": ("GB-CHC-777002/", JSON_ONLY),
}
# Answers that hold the same awards in both, so that they are equal but for their order.
EQUAL = {
    "both_funders",
    "grants_made_of_recipient",
    "limit_bad",
    "limit_zero",
    "offset_beyond",
    "org_lower",
    "org_unknown",
    "org_unknown_grants",
    "accept_csv",
}


def shape(value):
    """Return the names and types in JSON; of a list, those of the item that has most of them."""
    if isinstance(value, dict):
        return {key: "published" if key == "data" else shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [max((shape(item) for item in value), key=lambda found: len(json.dumps(found)))] if value else []
    return type(value).__name__


@needs_recorded
@pytest.mark.parametrize("name", ANSWERS)
def test_the_local_server_answers_as_the_publishers_software_did(httpserver, name):
    awards = [result["data"] for result in json.loads(recorded("limit_zero")[2])["results"]]
    for number, (funder, title) in enumerate({"GB-CHC-777001": "Big", "GB-COH-IP/123 R": "Slash funder"}.items()):
        awards.append(grant(number, fundingOrganization=[{"id": funder, "name": title}]))
    publishers = {"GB-CHC-777001": "360G-big", "GB-CHC-777002": "360G-odd"}
    throttled = int(name == "throttled_headers")
    ThreeSixtyGivingApi(httpserver, awards, publishers=publishers, throttled=throttled)
    status, headers, body = recorded(name)
    path, asked = ANSWERS[name]
    answer = requests.get(httpserver.url_for(f"/api/v1/org/{path}"), headers=asked, allow_redirects=False, timeout=5)
    assert answer.status_code == status
    for told in ("Retry-After", "Location", "ETag", "Last-Modified"):
        assert answer.headers.get(told) == headers.get(told), told
    if status == 301:
        return
    assert answer.headers["Content-Type"] == headers["Content-Type"]
    if name == "accept_html":
        return
    if name == "throttled_headers":
        body = (RECORDED / "throttled_body.json").read_text("utf-8")
    theirs, ours = json.loads(body), json.loads(answer.text.replace(httpserver.url_for("").rstrip("/"), RECORDED_AT))
    assert shape(ours) == shape(theirs)
    for page in (theirs, ours):
        page.get("results", []).sort(key=lambda result: result["grant_id"])
    if name in EQUAL:
        assert ours == theirs
    assert [ours.get(key) for key in ("count", "next", "previous")] == [
        theirs.get(key) for key in ("count", "next", "previous")
    ]


@needs_recorded
def test_the_local_server_counts_as_the_publishers_software_does(httpserver):
    """The mean is left out: it depends on the order in which the software counted."""
    awards = [result["data"] for result in json.loads(recorded("limit_zero")[2])["results"]]
    ThreeSixtyGivingApi(httpserver, awards)
    ours = requests.get(httpserver.url_for("/api/v1/org/GB-CHC-777002/"), timeout=5).json()["funder"]
    theirs = json.loads(recorded("accept_any")[2])["funder"]
    for role in (ours, theirs):
        for found in role["aggregate"]["currencies"].values():
            del found["avg"]
    assert ours == theirs
