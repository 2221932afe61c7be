"""Rows of the API as JSON, CSV or Parquet, one page of them at a time."""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import polars as pl
from starlette.requests import Request
from starlette.responses import Response

from warehouse.catalogue import Column
from warehouse.editions.find import Edition
from warehouse.storage.table_store import POLARS_TYPES

EDITION_HEADER = "Community-Power-Edition"
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)


class Form(StrEnum):
    """A form of an answer with rows."""

    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


MEDIA_TYPES = {
    Form.JSON: "application/json",
    Form.CSV: "text/csv; charset=utf-8",
    Form.PARQUET: "application/vnd.apache.parquet",
}


@dataclass(frozen=True)
class Page:
    """Rows of an answer in the columns of a table: those from `offset` on, at most `limit`, of `total`.

    For CSV, texts and lists are cells of `warehouse.exports.csv` already.
    """

    edition: Edition
    columns: Sequence[Column]
    rows: Sequence[tuple[Any, ...]]
    total: int
    limit: int
    offset: int


def answer(request: Request, page: Page, form: Form) -> Response:
    """Return a page of rows in a form.

    The header `Community-Power-Edition` names the edition, and `Link` the next page of the same edition, if there is
    one. A missing value is null in JSON and Parquet and empty in CSV. If `Range` asks for one part of the answer, as
    Polars does, that part is returned.
    """
    following = _next(request, page)
    headers = {EDITION_HEADER: page.edition.id, "Cache-Control": "no-store", "Accept-Ranges": "bytes"}
    if following:
        headers["Link"] = f'<{following}>; rel="next"'
    content = {Form.JSON: _json, Form.CSV: _csv, Form.PARQUET: _parquet}[form](page, following)
    part = _part(request.headers.get("Range", ""), len(content))
    if part is None:
        return Response(content, headers=headers, media_type=MEDIA_TYPES[form])
    if not part:
        headers["Content-Range"] = f"bytes */{len(content)}"
        return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(content)}"
    return Response(content[part.start : part.stop], HTTPStatus.PARTIAL_CONTENT, headers, MEDIA_TYPES[form])


def _part(asked: str, size: int) -> range | None:
    """Return the bytes that the header `Range` asks for: none if the answer ends before, None if not for one part."""
    found = RANGE.fullmatch(asked)
    if found is None or asked == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    return range(int(first), min(size, int(last) + 1) if last else size)


def _next(request: Request, page: Page) -> str | None:
    """Return the address of the next page, which names the edition: pages of two editions are never mixed."""
    if page.offset + page.limit >= page.total:
        return None
    wanted = {"offset": page.offset + page.limit, "limit": page.limit, "edition": page.edition.id}
    return f"{request.url.path}?{request.url.include_query_params(**wanted).query}"


def described(edition: Edition) -> dict[str, str]:
    """Return what an answer says of its edition: id, version and as-of date."""
    return {"id": edition.id, "version": edition.version, "as_of": edition.as_of.isoformat()}


def _json(page: Page, following: str | None) -> bytes:
    names = [column.name for column in page.columns]
    content = {
        "edition": described(page.edition),
        "total": page.total,
        "offset": page.offset,
        "next": following,
        "rows": [dict(zip(names, row, strict=True)) for row in page.rows],
    }
    return json.dumps(content, ensure_ascii=False, default=_plain).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no form in JSON")


def _csv(page: Page, _following: str | None) -> bytes:
    file = io.StringIO(newline="")
    rows = csv.writer(file, lineterminator="\r\n")
    rows.writerow([column.name for column in page.columns])
    rows.writerows([str(cell).lower() if isinstance(cell, bool) else cell for cell in row] for row in page.rows)
    return file.getvalue().encode()


def _parquet(page: Page, _following: str | None) -> bytes:
    schema = {column.name: POLARS_TYPES[column.type] for column in page.columns}
    file = io.BytesIO()
    pl.DataFrame(list(page.rows), schema=schema, orient="row").write_parquet(file)
    return file.getvalue()
