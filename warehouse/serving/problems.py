"""Errors of the API as problem details (RFC 9457): a JSON object with type, title, status, detail and instance."""

from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from warehouse.errors import CommunityPowerError, MovedName, NotBuilt, UnknownName

MEDIA_TYPE = "application/problem+json"


STATUSES: dict[type[CommunityPowerError], int] = {UnknownName: 404, MovedName: 404, NotBuilt: 503}


def problem(request: Request, status: int, detail: str, **more: Any) -> JSONResponse:
    """Return the problem details of a request that failed; `more` are further members, such as the errors found."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
    }
    headers = {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return JSONResponse(content | more, status, headers, MEDIA_TYPE)


def of_error(request: Request, error: Exception) -> JSONResponse:
    """Return the problem details of an error with a message for users.

    The status is 404 for a name that the edition does not have, 503 if there is no edition, else 400.
    """
    status = next((code for kind, code in STATUSES.items() if isinstance(error, kind)), 400)
    return problem(request, status, str(error))
