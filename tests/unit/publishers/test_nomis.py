"""Nomis: pages of 25,000 cells joined into one file, empty answers told, recoded areas asked for under both codes.

The figures are made up in the documented shape.
"""

import csv
import io

import pytest
from werkzeug import Response

from assets.sources.nomis.population import parse_nomis_population
from warehouse.catalogue import sources
from warehouse.errors import PublisherFailed

HEADINGS = [
    "DATE", "GEOGRAPHY_CODE", "GEOGRAPHY_NAME", "GENDER", "GENDER_NAME", "C_AGE", "C_AGE_NAME", "MEASURES",
    "OBS_VALUE", "OBS_STATUS", "RECORD_COUNT",
]  # fmt: skip
# Of most tests; the service's own is 25,000.
PAGE = 25
BARNSLEY, SHEFFIELD = ("E08000038", "E08000016"), ("E08000039", "E08000019")
DISTRICTS = ["E06000001", "E06000002", BARNSLEY[1], SHEFFIELD[1]]


class Nomis:
    """The data set as the service answers: by geography, capped, with nothing for what it does not know."""

    def __init__(self):
        self.page = PAGE
        self.areas = {"TYPE424": DISTRICTS, **{code: [code] for code in DISTRICTS}}
        self.has_headings, self.has_count, self.ages = True, True, 1
        self.spoil = lambda text, offset: text

    def __call__(self, request):
        offset = int(request.args.get("RecordOffset", 0))
        named = request.args["geography"].split(",")
        rows = [
            [2024, code, f"Name of {code}", 0, "Total", 200, f"Made up {age}", 20100, 1000 + age, "A"]
            for name in named
            for code in self.areas.get(name, [])
            for age in range(self.ages)
        ]
        count = [len(rows)] if self.has_count else []
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        if self.has_headings or rows:
            writer.writerow(HEADINGS if self.has_count else HEADINGS[:-1])
        writer.writerows(row + count for row in rows[offset : offset + self.page])
        return Response(self.spoil(text.getvalue(), offset), content_type="text/csv")


@pytest.fixture
def nomis(httpserver):
    service = Nomis()
    httpserver.expect_request("/api/v01/dataset/NM_2002_1.data.csv").respond_with_handler(service)
    return service


@pytest.fixture
def asked_for(httpserver, nomis, fetch):
    """Pull the population from the service, with other params where a test gives them."""

    def run(**params):
        usual = sources()["nomis_population"].options["params"]
        address = httpserver.url_for("/api/v01/dataset/NM_2002_1.data.csv")
        return fetch("nomis_population", address, params=usual | params, page_size=nomis.page)[0]

    return run


def rows_of(found):
    (file,) = found.files
    return list(csv.DictReader(io.StringIO(file.content.decode(), newline="")))


def asked(httpserver):
    return [(request.args["geography"], request.args.get("RecordOffset")) for request, _ in httpserver.log]


def test_one_page_is_one_request_and_the_bytes_as_sent(nomis, asked_for, httpserver):
    found = asked_for()
    assert asked(httpserver) == [("TYPE424", None)]
    assert b",".join(name.encode() for name in HEADINGS) + b"\r\n" in found.files[0].content
    intake = parse_nomis_population(found.files[0].content)
    assert (intake.kept.height, intake.quarantined.height) == (4, 0)
    assert (found.files[0].file_name, found.is_unchanged, found.revision, found.notes) == (
        "nomis_population.csv", False, None, (),
    )  # fmt: skip
    sent = httpserver.log[0][0]
    assert sent.args["measures"] == "20100"
    assert b"select=date,geography_code" in sent.query_string


@pytest.mark.parametrize(("page", "has_count"), [(25_000, True), (PAGE, False)], ids=["with RECORD_COUNT", "without"])
def test_pages_are_joined_into_one_file_with_one_header(nomis, asked_for, httpserver, page, has_count):
    nomis.page, nomis.has_count = page, has_count
    nomis.ages = page * 3 // 5 + 1
    found = asked_for()
    assert asked(httpserver) == [("TYPE424", None), ("TYPE424", str(page)), ("TYPE424", str(2 * page))]
    rows = rows_of(found)
    assert len(rows) == len({(row["GEOGRAPHY_CODE"], row["C_AGE_NAME"]) for row in rows}) == 4 * nomis.ages
    assert found.files[0].content.count(b"GEOGRAPHY_CODE") == 1


@pytest.mark.parametrize(("has_count", "requests"), [(True, 2), (False, 3)], ids=["with RECORD_COUNT", "without"])
def test_a_last_page_that_is_full_loses_nothing(nomis, asked_for, httpserver, has_count, requests):
    nomis.areas["TYPE424"] = [*DISTRICTS, "E06000003"]
    nomis.ages, nomis.has_count = 10, has_count
    assert len(rows_of(asked_for())) == 50
    assert len(httpserver.log) == requests


def test_a_page_without_a_last_line_break_is_joined_at_a_line(nomis, asked_for):
    nomis.ages, nomis.spoil = 15, lambda text, _: text.rstrip("\r\n")
    rows = rows_of(asked_for())
    assert len(rows) == 60
    assert {row["RECORD_COUNT"] for row in rows} == {"60"}


@pytest.mark.parametrize("has_headings", [True, False], ids=["headings alone", "nothing at all"])
@pytest.mark.parametrize(
    "geography", ["TYPE999", f"{BARNSLEY[0]},{SHEFFIELD[0]}", "E06000001,E08000038"], ids=["type", "codes", "mixed"]
)
def test_no_row_is_a_failure_and_not_an_empty_table(nomis, asked_for, has_headings, geography):
    nomis.areas, nomis.has_headings = {}, has_headings
    with pytest.raises(
        PublisherFailed, match="the answer has no rows; Nomis sends none for an unknown area, dimension or date"
    ):
        asked_for(geography=geography)


def test_a_wider_question_without_an_answer_is_not_answered_by_two_areas(nomis, asked_for, httpserver):
    del nomis.areas["TYPE424"]
    with pytest.raises(PublisherFailed, match="the answer has no rows"):
        asked_for()
    assert asked(httpserver) == [("TYPE424", None)]


def test_areas_that_a_type_lacks_are_asked_for_by_current_and_former_code(nomis, asked_for, httpserver):
    nomis.areas["TYPE424"] = DISTRICTS[:2]
    found = asked_for()
    current, former = f"{BARNSLEY[0]},{SHEFFIELD[0]}", f"{BARNSLEY[1]},{SHEFFIELD[1]}"
    assert [geography for geography, _ in asked(httpserver)] == ["TYPE424", current, former]
    assert [row["GEOGRAPHY_CODE"] for row in rows_of(found)] == DISTRICTS
    assert found.notes == (f"no row for {BARNSLEY[0]}, {SHEFFIELD[0]}, so {BARNSLEY[1]}, {SHEFFIELD[1]} was requested",)


def test_a_current_code_that_answers_empty_is_asked_for_under_its_former_one(nomis, asked_for, httpserver):
    found = asked_for(geography=f"E06000001,{SHEFFIELD[0]},{BARNSLEY[1]}")
    assert [geography for geography, _ in asked(httpserver)][1:] == [SHEFFIELD[1]]
    assert [row["GEOGRAPHY_CODE"] for row in rows_of(found)] == ["E06000001", BARNSLEY[1], SHEFFIELD[1]]


def test_current_codes_are_not_asked_for_again_once_they_are_known(nomis, asked_for, httpserver):
    nomis.areas["TYPE424"] = ["E06000001", BARNSLEY[0], SHEFFIELD[0]]
    assert asked_for().notes == ()
    assert len(httpserver.log) == 1


def test_an_area_under_neither_code_is_told(nomis, asked_for):
    nomis.areas = {"TYPE424": ["E06000001", BARNSLEY[1]]}
    found = asked_for()
    assert [row["GEOGRAPHY_CODE"] for row in rows_of(found)] == ["E06000001", BARNSLEY[1]]
    assert found.notes[-1] == f"no row for {SHEFFIELD[0]}, and none under a former code"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (
            lambda text, offset: text.replace(",60\r\n", ",61\r\n") if offset else text,
            "its total changed from 60 to 61",
        ),
        (
            lambda text, offset: text.partition("\r\n")[0] + "\r\n" if offset == PAGE else text,
            "it sent 25 of 60 records",
        ),
        (
            lambda text, offset: text.replace("OBS_STATUS", "OBS_STATE") if offset else text,
            "the pages have different columns",
        ),
        (lambda text, _: text.replace("\r\n", ',"x"y\r\n', 3), "is not valid CSV"),
        (lambda text, _: text.encode("utf-16"), "expected csv, got UTF-16 text"),
        (lambda text, _: '{"error": "no"}', "expected csv, got a JSON document"),
        (lambda text, _: "<html>", "expected csv, got an HTML page"),
    ],
    ids=["changing total", "missing page", "other columns", "stray quotes", "UTF-16", "JSON error", "HTML page"],
)
def test_pages_that_make_no_whole_are_refused(nomis, asked_for, spoil, reason):
    nomis.ages, nomis.spoil = 15, spoil
    with pytest.raises(PublisherFailed, match=reason):
        asked_for()


def test_pages_without_end_are_left(nomis, asked_for, monkeypatch):
    """A service that fills every page and never says how many there are."""
    monkeypatch.setattr("warehouse.publishers.nomis.MAX_PAGES", 4)
    nomis.ages, nomis.has_count = 1000, False
    with pytest.raises(PublisherFailed, match="more than 4 pages"):
        asked_for()


@pytest.mark.parametrize("has_count", [True, False], ids=["with RECORD_COUNT", "without"])
def test_the_same_page_again_is_no_next_page(nomis, asked_for, httpserver, has_count):
    """A service that does not know the offset would send the first page for ever."""
    nomis.ages, nomis.has_count = 15, has_count
    first = []

    def spoil(text, _):
        first.append(text)
        return first[0]

    nomis.spoil = spoil
    with pytest.raises(PublisherFailed, match="the page after 25 records repeats an earlier page"):
        asked_for()
    assert len(httpserver.log) == 2
