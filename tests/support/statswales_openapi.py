"""Compares requests with the OpenAPI documents that StatsWales publishes, read from ../shared/data."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jsonschema_path import SchemaPath
from openapi_core import Config, OpenAPI
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest
from openapi_core.templating.paths.exceptions import PathError
from openapi_core.templating.paths.finders import APICallPathFinder
from werkzeug import Request

DOCUMENTS = Path(__file__).parents[3] / "shared" / "data" / "statswales" / "statswales-api-sw3"
# How requests of the client differ from the documents: the server lists the filters of version 1 for a language in this
# case only, and the introduction of the document of version 2 allows a language in any request.
REQUESTS_EXCEPT = {
    f"GET /v1/{path}: lang: 'en-GB' is not one of ['cy', 'en', 'cy-gb', 'en-gb']"
    for path in ("", "{dataset_id}", "{dataset_id}/view/filters", "{dataset_id}/download/{format}")
} | {
    "GET /v1/{dataset_id}/view/filters: lang: 'cy-GB' is not one of ['cy', 'en', 'cy-gb', 'en-gb']",
    "GET /v2/{dataset_id}/query/{filter_id}: lang is not listed",
}


@cache
def document(version: str) -> OpenAPI:
    """Return the document of a version, in which a property that is not listed is not allowed.

    Its address of the server is a placeholder. It is not validated itself: it has keys that OpenAPI does not have.
    """
    content = json.loads((DOCUMENTS / f"openapi-{version}-en.json").read_text("utf-8"))
    content["servers"] = [{"url": f"/{version}"}]
    return OpenAPI.from_dict(
        content, config=Config(spec_validator_cls=None, additional_properties_default_policy="forbid")
    )


def of_request(request: Request) -> set[str]:
    """Return how a request differs from its document: path, parameters, body, and parameters that are not listed."""
    found = _operation(request)
    if not found:
        return {"undocumented operation"}
    named = {(item / "name").read_str() for item in found[1] / "parameters"}
    errors = document(_version(request)).iter_request_errors(WerkzeugOpenAPIRequest(request))
    problems = {*(problem for error in errors for problem in _problems(error))}
    problems |= {f"{name} is not listed" for name in request.args.keys() - named}
    return {f"{request.method} /{_version(request)}{found[0]}: {problem}" for problem in problems}


def _version(request: Request) -> str:
    return request.path.split("/")[1]


def _operation(request: Request) -> tuple[str, SchemaPath] | None:
    """Return (path as the document has it, operation), or None if the document does not have it."""
    try:
        found = APICallPathFinder(document(_version(request)).spec).find(request.method.lower(), request.base_url)
    except PathError:
        return None
    return found.path_result.pattern, found.operation


def _problems(error: BaseException) -> Iterator[str]:
    cause = error
    while cause.__cause__:
        cause = cause.__cause__
    if not hasattr(cause, "schema_errors"):
        yield str(cause)
        return
    for item in cause.schema_errors:
        path = ["*" if isinstance(part, int) else part for part in item.absolute_path]
        place = ".".join([*([error.name] if hasattr(error, "name") else []), *path])
        if item.validator == "properties":
            for name in item.instance.keys() - item.schema["properties"].keys():
                yield f"{place}.{name} is not listed".lstrip(".")
        elif item.validator == "format":
            yield f"{place} is not a {item.validator_value}"
        else:
            yield f"{place}: {item.message}"
