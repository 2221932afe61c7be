"""Requests to StatsWales are as its own OpenAPI documents say, except where it is listed."""

import pytest

from tests.support.statswales_openapi import DOCUMENTS, REQUESTS_EXCEPT, every, of_request, operation_of
from tests.support.statswales_recordings import COHESION, POPULATION, RECORDED, cohesion, population
from tests.support.statswales_service import StatsWales

pytestmark = pytest.mark.skipif(
    not (DOCUMENTS.is_dir() and RECORDED.is_dir()),
    reason=f"the documents in {DOCUMENTS} or the recorded answers in {RECORDED} are not here",
)

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


@pytest.mark.parametrize("version", PULLS)
def test_every_request_of_whole_pulls_is_as_documented_except_where_it_is_listed(puller, httpserver, version):
    pulls, operations = PULLS[version]
    StatsWales(httpserver, cohesion(), population())
    for source_id, dataset in pulls.items():
        puller.at(source_id, httpserver.url_for(""), versions=[version], datasets=[{"title": [], **dataset}])
        outcome = puller.pull(source_id)
        assert outcome.state == "ok", outcome.reason
    requests = [request for request, _ in httpserver.log]
    assert set(map(operation_of, requests)) == operations
    differences = {item for request in requests for item in of_request(request)}
    assert differences == {item for item in every(REQUESTS_EXCEPT) if f" /{version}/" in item}
