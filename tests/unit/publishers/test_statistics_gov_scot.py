"""Cubes of statistics.gov.scot: each whole as CSV, or not at all with a reason.

The rows are made up in the documented shape.
"""

import pytest
from werkzeug import Response

from assets.sources.scottish_household_survey.observations import parse_shs_cube
from warehouse.catalogue import sources
from warehouse.errors import PublisherFailed
from warehouse.storage.landing import Known, KnownFile

CUBES = sources()["shs_cube"].options["cubes"]
INFLUENCE, BELONGING, RATING = CUBES
ROWS = (
    "FeatureCode,DateCode,Measurement,Units,Value,Community Belonging,Age,Gender\n"
    "S12000005,2019,Percent,Percent Of Adults,40,Very strongly,All,All\n"
    "S12000005,2019,Percent,Percent Of Adults,41,Very strongly,16-34,All\n"
)


@pytest.fixture
def service(httpserver):
    """The service: a dictionary of what it answers for each cube, by the last part of its address."""
    answers = {cube: Response(ROWS, headers={"ETag": f'"{cube}"'}) for cube in CUBES}

    def answer(request):
        prefix, _, cube = request.args["uri"].rpartition("/")
        assert prefix == "http://statistics.gov.scot/data"
        found = answers[cube]
        unchanged = found.headers.get("ETag") and request.headers.get("If-None-Match") == found.headers["ETag"]
        return Response(status=304) if unchanged else found

    httpserver.expect_request("/downloads/cube-table").respond_with_handler(answer)
    return answers


@pytest.fixture
def pull(httpserver, fetch):
    """Pull the cubes from the service."""
    return lambda known=None: fetch("shs_cube", httpserver.url_for("/downloads/cube-table"), known)[0]


def test_each_cube_is_a_file_that_its_parser_reads(service, pull):
    found = pull()
    assert [file.file_name for file in found.files] == [f"{cube}.csv" for cube in CUBES]
    assert found.files[0].address.endswith(f"cube-table?uri=http%3A%2F%2Fstatistics.gov.scot%2Fdata%2F{INFLUENCE}")
    assert parse_shs_cube(found.files[1].content).kept.height == 2
    assert (found.is_unchanged, found.refused) == (False, ())


def test_cubes_that_have_not_changed_cost_a_request_each(service, pull, httpserver):
    known = Known(files={f"{cube}.csv": KnownFile("0" * 64, etag=f'"{cube}"') for cube in CUBES})
    found = pull(known)
    assert (found.files, found.is_unchanged) == ((), True)
    assert len(httpserver.log) == len(CUBES)


def test_only_the_cube_that_changed_comes(service, pull):
    known = Known(files={f"{cube}.csv": KnownFile("0" * 64, etag=f'"{cube}"') for cube in (INFLUENCE, RATING)})
    found = pull(known)
    assert [file.file_name for file in found.files] == [f"{BELONGING}.csv"]


@pytest.mark.parametrize("status", [400, 200])
@pytest.mark.parametrize(
    ("said", "reason"),
    [("Response too large", "too large for the service to send whole"), ("Request Timeout", "took too long")],
)
def test_a_cube_that_cannot_be_given_is_named_while_the_others_come(service, pull, said, reason, status):
    service[BELONGING] = Response(said, status=status)
    found = pull()
    assert [file.file_name for file in found.files] == [f"{INFLUENCE}.csv", f"{RATING}.csv"]
    ((cube, told),) = found.refused
    assert cube == BELONGING
    assert reason in told
    assert said in told


def test_a_cube_that_failed_is_told_where_the_others_have_not_changed(service, pull):
    service[BELONGING] = Response("Response too large", status=400)
    known = Known(files={f"{cube}.csv": KnownFile("0" * 64, etag=f'"{cube}"') for cube in CUBES})
    found = pull(known)
    assert (found.files, found.is_unchanged) == ((), False)
    assert [cube for cube, _ in found.refused] == [BELONGING]


def test_where_every_cube_fails_the_source_fails(service, pull):
    for cube in CUBES:
        service[cube] = Response("Response too large", status=400)
    with pytest.raises(
        PublisherFailed, match=r"shs_cube: all 3 parts: .*Response too large.*land a part of it by hand"
    ):
        pull()


def test_an_unknown_cube_is_a_failure_of_its_own(service, pull):
    service[RATING] = Response("<!DOCTYPE html>", content_type="text/html")
    service[INFLUENCE] = Response(status=404)
    found = pull()
    assert [file.file_name for file in found.files] == [f"{BELONGING}.csv"]
    assert "not found (HTTP 404)" in dict(found.refused)[INFLUENCE]
    assert "expected csv, got an HTML page" in dict(found.refused)[RATING]
