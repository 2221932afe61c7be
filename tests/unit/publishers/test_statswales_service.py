"""The local StatsWales service does what the publisher's server was seen to do and no recording shows."""

import pytest
import requests

from tests.support.statswales_service import StatsWales, Table

ONE, OTHER = (f"{number * 8}-0000-4000-8000-{'0' * 12}" for number in "12")
SEXES = {"P": ("Persons", "Personau", None), "M": ("Males", "Gwrywod", None)}
AGES = {"All": ("All ages", "Pob oed", None), "0": ("0 years", "0 oed", "All")}
YEARS = {"2022": ("2022", "2022", None), "2023": ("2023", "2023", None)}


def people(dataset_id=ONE, title="People by age", **others):
    """Return a synthetic data set of one row for each year, sex and age."""
    dimensions = {
        "YearCode": (("Year", "Blwyddyn"), YEARS),
        "SexCode": (("Sex", "Rhyw"), SEXES),
        "AgeCode": (("Age", "Oed"), AGES),
    }
    facts = [("1", (year, sex, age), "1467.25", "") for year in YEARS for sex in SEXES for age in AGES]
    return Table(dataset_id, title, f"{title} (cy)", dimensions, {"1": ("Number", "Nifer")}, facts, **others)


@pytest.fixture
def ask(httpserver):
    """Return what asks a local service with the data sets that it is given."""
    made = StatsWales(httpserver, people(), people(OTHER, "Homes", summary="Where people live."))

    def request(path, *, of=None, **params):
        send = {"json": {"filters": of, "options": {"data_value_type": "raw"}}} if of is not None else {}
        method = "POST" if of is not None else "GET"
        return requests.request(method, httpserver.url_for(path), params=params, timeout=10, **send)

    request.service = made
    return request


def rows(ask, filters):
    """Return how many rows the service counts and sends for filters."""
    filter_id = ask(f"/v2/{ONE}/data", of=filters).json()["filterId"]
    sent = ask(f"/v2/{ONE}/data/{filter_id}", format="csv").text.splitlines()[1:]
    counted = ask(f"/v2/{ONE}/query/{filter_id}").json()["totalLines"]
    assert counted == len(sent)
    return counted


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([], 8),
        ([{"SexCode": ["P"]}, {"AgeCode": ["All"]}], 2),
        ([{"SexCode": ["P"], "AgeCode": ["All"]}], 4),
        ([{"SexCode": ["P"]}, {"SexCode": ["M"]}], 0),
        ([{"sexcode": ["P"]}], 4),
        ([{"Measure": ["1"]}], 8),
        ([{"SexCode": ["Persons"]}], 0),
    ],
    ids=["all", "two columns", "two in one object", "one column twice", "capitals", "the measure", "a label"],
)
def test_filters_choose_rows_by_the_first_column_of_each_object(ask, filters, expected):
    assert rows(ask, filters) == expected


@pytest.mark.parametrize("filters", [[{"Nothing": ["1"]}], [{"SexCode": []}]], ids=["unknown column", "empty list"])
def test_a_wrong_filter_is_an_error_of_the_server(ask, filters):
    assert ask(f"/v2/{ONE}/data", of=filters).status_code == 500


def test_a_filter_id_gives_its_own_rows_under_any_data_set_and_revision(ask):
    filter_id = ask(f"/v2/{ONE}/data", of=[]).json()["filterId"]
    ask.service.tables[ONE] = people(revision="2", title="People by age, revised")
    ask.service.tables[ONE].facts.clear()
    for dataset_id in (ONE, OTHER):
        assert len(ask(f"/v2/{dataset_id}/data/{filter_id}", format="csv").text.splitlines()) == 9
    assert ask(f"/v2/{OTHER}/query/{filter_id}").json()["revisionId"].endswith("1")


def test_of_a_withdrawn_data_set_there_is_only_metadata_of_the_newer_version(ask):
    filter_id = ask(f"/v2/{ONE}/data", of=[]).json()["filterId"]
    ask.service.tables[ONE].is_published = False
    metadata = ask(f"/v2/{ONE}")
    assert (metadata.status_code, metadata.json().get("published_revision")) == (200, None)
    for path in ("filters", f"query/{filter_id}", f"data/{filter_id}"):
        assert ask(f"/v2/{ONE}/{path}", format="csv").status_code == 404
    assert ask(f"/v2/{ONE}/data", of=[]).status_code == 404
    assert ask(f"/v1/{ONE}/view/filters", lang="en-GB").status_code == 404
    assert ask(f"/v1/{ONE}").status_code == 500


def test_past_the_end_a_list_is_empty_and_a_table_an_error(ask):
    for path, params in (("/v2/search", {"keywords": "people"}), ("/v1/", {})):
        answer = ask(path, page_number=9, **params)
        assert (answer.status_code, answer.json()) == (200, {"data": [], "count": 2})
    filter_id = ask(f"/v2/{ONE}/data", of=[]).json()["filterId"]
    assert ask(f"/v2/{ONE}/data/{filter_id}", format="csv", page_number=3, page_size=5).status_code == 400


def test_a_search_is_of_titles_and_summaries_in_no_order(ask):
    found = [[item["title"] for item in ask("/v2/search", keywords="people").json()["data"]] for _ in "12"]
    assert sorted(found) == [["Homes", "People by age"], ["People by age", "Homes"]]
    assert ask("/v2/search", keywords="people", mode="basic_split", lang="cy").json()["count"] == 1
    ask.service.tables[OTHER].archived_at = "2026-01-01T00:00:00.000Z"
    assert ask("/v2/search", keywords="people").json()["count"] == 2
    ask.service.tables[OTHER].is_redirected = True
    assert ask("/v2/search", keywords="people").json()["count"] == 1


@pytest.mark.parametrize("params", [{"page_size": 10_001}, {"mode": "exact"}, {"keywords": ""}])
def test_a_wrong_search_is_not_answered(ask, params):
    assert ask("/v2/search", **{"keywords": "people", **params}).status_code == 400


def test_filters_list_the_newest_year_first_and_count_rows_as_text(ask):
    ask.service.tables[ONE].facts = [fact for fact in ask.service.tables[ONE].facts if fact[1][2] != "0"]
    years, _, ages, measures = ask(f"/v2/{ONE}/filters").json()
    assert [(value["reference"], value["count"]) for value in years["values"]] == [("2023", "2"), ("2022", "2")]
    assert [value["count"] for value in (ages["values"][0], *ages["values"][0]["children"])] == ["4", "0"]
    assert (measures["factTableColumn"], measures["columnName"]) == ("Measure", "Data description")


@pytest.mark.parametrize(("language", "listed"), [("en", 0), ("cy", 0), ("en-GB", 4), ("cy-GB", 4)])
def test_the_older_version_knows_a_language_by_its_long_name(ask, language, listed):
    assert len(ask(f"/v1/{ONE}/view/filters", lang=language).json()) == listed


def test_the_hundred_and_first_request_in_a_minute_is_not_answered(ask):
    now = [0.0]
    ask.service.limit, ask.service.clock, ask.service._window = 100, lambda: now[0], (0.0, 0)
    answers = [ask(f"/v2/{ONE}") for _ in range(101)]
    assert [answer.status_code for answer in answers] == [200] * 100 + [429]
    assert answers[-1].headers["Retry-After"] == answers[-1].headers["RateLimit-Reset"] == "60"
    assert [answers[at].headers["RateLimit-Remaining"] for at in (0, 99, 100)] == ["99", "0", "0"]
    now[0] = 60.0
    assert ask(f"/v2/{ONE}").status_code == 200
