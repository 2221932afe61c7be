"""Requests to StatsWales and its answers are as its own OpenAPI documents say, except where it is listed."""

import pytest
from werkzeug import Request, Response
from werkzeug.test import EnvironBuilder

from tests.support.statswales_openapi import (
    DOCUMENTS,
    REQUESTS_EXCEPT,
    UNDOCUMENTED,
    ComparedStatsWales,
    every,
    of_answer,
    of_request,
    operation_of,
)
from tests.support.statswales_recordings import (
    COHESION,
    NAMES,
    POPULATION,
    RECORDED,
    Recording,
    cohesion,
    population,
    recording,
)

pytestmark = pytest.mark.skipif(
    not (DOCUMENTS.is_dir() and RECORDED.is_dir()),
    reason=f"the documents in {DOCUMENTS} or the recorded answers in {RECORDED} are not here",
)

# How recorded answers differ from the documents, by reason.
ANSWERS_EXCEPT = {
    "What may be null is not marked, or is marked with a keyword that OpenAPI 3.1 ignores.": {
        "GET /v1/: data.*.archived_at: None is not of type 'string'",
        "GET /v1/{dataset_id}: published_revision.metadata.*.rounding_description: None is not of type 'string'",
        "GET /v1/{dataset_id}: published_revision.previous_revision_id: None is not of type 'string'",
        "GET /v1/{dataset_id}: revisions.*.previous_revision_id: None is not of type 'string'",
        "GET /v2/search: data.*.archived_at: None is not of type 'string'",
        "GET /v2/{dataset_id}: published_revision.metadata.*.rounding_description: None is not of type 'string'",
        "GET /v2/{dataset_id}: published_revision.previous_revision_id: None is not of type 'string'",
        "GET /v2/{dataset_id}: published_revision.providers.*.source_id: None is not of type 'string'",
    },
    "The bounds of the period are dates without a time.": {
        "GET /v2/{dataset_id}: published_revision.coverage_end_date is not a date-time",
        "GET /v2/{dataset_id}: published_revision.coverage_start_date is not a date-time",
    },
    "The filters have the number of rows, and version 1 also the values below others.": {
        "GET /v1/{dataset_id}/view/filters: *.values.*.children is not listed",
        "GET /v1/{dataset_id}/view/filters: *.values.*.count is not listed",
        "GET /v2/{dataset_id}/filters: *.values.*.children.*.count is not listed",
        "GET /v2/{dataset_id}/filters: *.values.*.count is not listed",
    },
    "The server adds to the metadata of version 1 what only version 2 documents.": {
        "GET /v1/{dataset_id}: publisher is not listed",
        "GET /v1/{dataset_id}: published_revision.providers is not listed",
        *(
            f"GET /v1/{{dataset_id}}: {revision}.{name} is not listed"
            for revision in ("published_revision", "revisions.*")
            for name in (
                "approved_at",
                "coverage_end_date",
                "coverage_start_date",
                "update_frequency.date",
                "update_frequency.update_type",
            )
        ),
    },
    "CSV is documented as a format, but its media type is not.": {
        "GET /v1/{dataset_id}/download/{format}: Content for the following mimetype not found: text/csv. "
        "Valid mimetypes: ['application/octet-stream']",
        "GET /v2/{dataset_id}/data/{filter_id}: Content for the following mimetype not found: text/csv. "
        "Valid mimetypes: ['application/json']",
    },
    "The documents have no status other than 200.": {
        f"{operation}: Unknown response http status: {status}"
        for operation, statuses in {
            "GET /v1/{dataset_id}": (500,),
            "GET /v1/{dataset_id}/view/filters": (404,),
            "GET /v2/search": (400,),
            "GET /v2/{dataset_id}": (304, 404, 429),
            "GET /v2/{dataset_id}/filters": (504,),
            "GET /v2/{dataset_id}/data/{filter_id}": (400, 404),
            "POST /v2/{dataset_id}/data": (400, 500),
        }.items()
        for status in statuses
    },
}
# Recorded requests that the server refuses, and that the documents do not allow.
WRONG = {
    "v1_post": UNDOCUMENTED,
    "v2_unknown_path": UNDOCUMENTED,
    "v2_malformed_id": "GET /v2/{dataset_id}: dataset_id is not a uuid",
    "v2_search_no_keywords": "GET /v2/search: Value of keywords query parameter cannot be empty",
    "v2_data_no_format": "GET /v2/{dataset_id}/data/{filter_id}: Missing required query parameter: format",
    "v2_data_wrong_format": "GET /v2/{dataset_id}/data/{filter_id}: format: 'parquet' is not one of "
    "['csv', 'json', 'xlsx', 'frontend', 'html']",
    "v2_post_bad_filters": "POST /v2/{dataset_id}/data: filters: {'a': 1} is not of type 'array'",
    "v2_post_wrong_type": "POST /v2/{dataset_id}/data: options.data_value_type: 'nonsense' is not one of "
    "['raw', 'raw_extended', 'formatted', 'formatted_extended', 'with_note_codes']",
}
FOUND = {"name": "cohesion", "keywords": ["community cohesion"], "title": ["community cohesion", "local area"]}
PART = {
    "name": "population",
    "id": POPULATION,
    "select": [{"columns": ["Sex"], "values": ["Persons"]}, {"columns": ["Age group"], "values": ["All ages"]}],
}
# What is pulled with a version, and all operations that it takes.
PULLS = {
    "v2": (
        {
            "statswales_cohesion": FOUND,
            "statswales_label": {"name": "cohesion", "id": COHESION},
            "statswales_population": PART,
        },
        {
            "GET /v2/search",
            "GET /v2/{dataset_id}",
            "GET /v2/{dataset_id}/filters",
            "POST /v2/{dataset_id}/data",
            "GET /v2/{dataset_id}/query/{filter_id}",
            "GET /v2/{dataset_id}/data/{filter_id}",
        },
    ),
    "v1": (
        {"statswales_cohesion": FOUND, "statswales_label": {"name": "cohesion", "id": COHESION}},
        {
            "GET /v1/",
            "GET /v1/{dataset_id}",
            "GET /v1/{dataset_id}/view/filters",
            "GET /v1/{dataset_id}/download/{format}",
        },
    ),
}


def request_of(found: Recording) -> Request:
    query = {key: str(value) for key, value in found.params.items()}
    return EnvironBuilder(method=found.method, path=found.path, query_string=query, json=found.asked).get_request()


def test_recorded_answers_are_as_documented_except_where_it_is_listed():
    differences = set()
    for found in map(recording, NAMES):
        response = Response(found.content, found.status, found.headers, content_type=found.kind)
        differences |= of_answer(request_of(found), response)
    assert differences == every(ANSWERS_EXCEPT)


@pytest.mark.parametrize(("name", "difference"), WRONG.items(), ids=WRONG.keys())
def test_a_request_that_the_server_refuses_is_not_as_documented(name, difference):
    found = recording(name)
    assert found.status in (400, 404, 405)
    assert of_request(request_of(found)) == {difference}


@pytest.mark.parametrize("version", PULLS)
def test_every_request_of_whole_pulls_is_as_documented_except_where_it_is_listed(puller, httpserver, version):
    """The local service, whose answers a pull reads, differs from the documents only where the server does."""
    pulls, operations = PULLS[version]
    service = ComparedStatsWales(httpserver, cohesion(), population())
    for source_id, dataset in pulls.items():
        puller.at(source_id, httpserver.url_for(""), versions=[version], datasets=[{"title": [], **dataset}])
        outcome = puller.pull(source_id)
        assert outcome.state == "ok", outcome.reason
    requests = [request for request, _ in httpserver.log]
    assert set(map(operation_of, requests)) == operations
    differences = {item for request in requests for item in of_request(request)}
    assert differences == {item for item in every(REQUESTS_EXCEPT) if f" /{version}/" in item}
    assert service.differences <= every(ANSWERS_EXCEPT)
