"""The data API of an edition: values, metrics, localities, practices and explanations, read-only.

The OpenAPI document at `openapi.json` is made from the signatures here.
"""

from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response

from warehouse.catalogue import WHOLE, Column, tables
from warehouse.errors import CommunityPowerError
from warehouse.explain.explanation import explain_in, find_metric
from warehouse.exports import SYMBOLS
from warehouse.serving.answers import EDITION_HEADER, Form, answer, described
from warehouse.serving.files import PAGES
from warehouse.serving.pool import Pool
from warehouse.serving.problems import of_error, problem
from warehouse.serving.selection import (
    Selection,
    columns_of,
    distinct,
    each,
    listed,
    nations,
    page,
    page_of_table,
    places,
)

MOST_ROWS = 100_000
HEADLINE, ANY = "headline", "any"
VALUES, HEADLINES = "metrics.metric_value", "metrics.headline_value"
LOCALITIES, METRICS, BREAKDOWNS = "core.dim_locality", "core.dim_metric", "core.dim_breakdown"
PRACTICES = "marts.practice_library"
NAMES = (
    Column(name="locality_name", type="VARCHAR", description="Name of the area in English.", nullable=True),
    Column(name="nation", type="VARCHAR", description="Nation of the area.", nullable=True),
)
NAMED_VALUES = f"""
select
    value.*,
    coalesce(place.locality_name, wide.nation) as locality_name,
    coalesce(place.nation, wide.nation) as nation
from {VALUES} as value
left join {LOCALITIES} as place on value.locality_code = place.locality_code
left join core.dim_nation as wide on value.locality_code = wide.nation_code"""
IS_HEADLINE = f"""
exists (
    select 1 from {HEADLINES} as headline
    where
        headline.metric_id = value.metric_id
        and headline.locality_code = value.locality_code
        and headline.period = value.period
)"""

SEARCHED = "practice_name, summary, lead_actor, place, locality_name"

MANY = "Several with commas between them, or by repetition."
MetricIds = Annotated[list[str] | None, Query(description=f"Id of a metric. {MANY}")]
Localities = Annotated[list[str] | None, Query(description=f"GSS code, also a former one, or name. {MANY}")]
Nations = Annotated[list[str] | None, Query(description=f"Code or name of a nation. {MANY}")]
Codes = Annotated[list[str] | None, Query(description=f"A code of this column. {MANY}")]
Families = Annotated[list[str] | None, Query(description=f"Code of a family of metrics, such as COH. {MANY}")]
States = Annotated[list[str] | None, Query(description=f"State of a value, such as ok. {MANY}")]
Parts = Annotated[list[str] | None, Query(description=f"Code of a breakdown; {ANY}: every one; default: the whole.")]
Words = Annotated[str | None, Query(description="Words that name, summary, lead or place of a practice have.")]
Period = Annotated[
    str,
    Query(description=f"{HEADLINE}: the row that represents the metric; {ANY}; the year of its end; or a period."),
]
Format = Annotated[Form, Query(description="Form of the answer.")]
EditionName = Annotated[str | None, Query(description="Id or version of an edition; default: the current one.")]


class Paging:
    """The part of the rows that is asked for."""

    def __init__(
        self,
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="Most rows of the answer.")] = 1000,
        offset: Annotated[int, Query(ge=0, description="Rows to skip; an answer names its next page.")] = 0,
    ) -> None:
        self.limit, self.offset = limit, offset


Part = Annotated[Paging, Depends()]


def create(pool: Pool) -> FastAPI:
    """Return the application of the API, which reads the editions of a pool."""
    api = FastAPI(
        title="Community Power data API",
        version="1",
        description="Values, metrics, localities, practices and explanations of an edition of Community Power. "
        "A value that is not known is null, with its state and reason; it is never zero.",
        docs_url=None,
        redoc_url=None,
    )
    api.add_exception_handler(CommunityPowerError, of_error)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _missing)

    @api.get("/", include_in_schema=False)
    def try_it() -> HTMLResponse:
        """Return a page on which each question of the API can be tried."""
        return HTMLResponse(PAGES.get_template("api.html").render(paths=_questions(api)))

    @api.get("/data.{form}", summary="Values of metrics, with interval, state and reason")
    def data(
        request: Request,
        form: Form,
        part: Part,
        metric: MetricIds = None,
        locality: Localities = None,
        nation: Nations = None,
        period: Period = HEADLINE,
        breakdown: Parts = None,
        state: States = None,
        edition: EditionName = None,
    ) -> Response:
        """Return rows of metrics.metric_value with names, sorted by metric, breakdown, area and period."""
        with pool.reading(edition) as reading:
            database, wanted = reading.database, Selection()
            wanted.among("value.metric_id", [find_metric(database, name).metric_id for name in each(metric)])
            wanted.among("value.locality_code", places(database, locality))
            wanted.among("coalesce(place.nation, wide.nation)", nations(database, nation))
            wanted.among("value.state", listed("state", SYMBOLS, state))
            if ANY not in each(breakdown):
                known = distinct(database, BREAKDOWNS, "breakdown")
                wanted.among("value.breakdown", listed("breakdown", known, breakdown) or [WHOLE])
            if period == HEADLINE:
                wanted.matching(f"(value.breakdown <> ? or {IS_HEADLINE})", WHOLE)
            elif len(period) == 4 and period.isdigit():
                wanted.matching("year(value.period_end) = ?", int(period))
            elif period != ANY:
                wanted.among("value.period", listed("period", distinct(database, VALUES, "period"), [period]))
            columns = [*columns_of(database, VALUES), *NAMES]
            found = page(
                reading,
                wanted.of(NAMED_VALUES),
                columns,
                tables()[VALUES].key,
                wanted,
                form,
                part.limit,
                part.offset,
            )
        return answer(request, found, form)

    @api.get("/metrics", summary="Metrics: definition, formula, unit and how to read a value")
    def metrics(
        request: Request,
        part: Part,
        family: Families = None,
        format: Format = Form.JSON,
        edition: EditionName = None,
    ) -> Response:
        """Return rows of core.dim_metric, sorted by id."""
        with pool.reading(edition) as reading:
            wanted = Selection()
            wanted.among("family", listed("family", distinct(reading.database, METRICS, "family"), family))
            found = page_of_table(reading, METRICS, wanted, format, part.limit, part.offset)
        return answer(request, found, format)

    @api.get("/localities", summary="Localities: code, names, nation, region and type")
    def localities(
        request: Request,
        part: Part,
        locality: Localities = None,
        nation: Nations = None,
        format: Format = Form.JSON,
        edition: EditionName = None,
    ) -> Response:
        """Return rows of core.dim_locality, sorted by code."""
        with pool.reading(edition) as reading:
            wanted = Selection()
            wanted.among("locality_code", places(reading.database, locality))
            wanted.among("nation", nations(reading.database, nation))
            found = page_of_table(reading, LOCALITIES, wanted, format, part.limit, part.offset)
        return answer(request, found, format)

    @api.get("/practices", summary="Practices of the study and of the national scan: examples, not a count")
    def practices(
        request: Request,
        part: Part,
        locality: Localities = None,
        nation: Nations = None,
        collection: Codes = None,
        mechanism: Codes = None,
        primary_type: Codes = None,
        side: Codes = None,
        status: Codes = None,
        words: Words = None,
        format: Format = Form.JSON,
        edition: EditionName = None,
    ) -> Response:
        """Return rows of marts.practice_library, sorted by id."""
        with pool.reading(edition) as reading:
            database, wanted = reading.database, Selection()
            wanted.among("locality_code", places(database, locality))
            wanted.among("nation", nations(database, nation))
            codes = {"collection": collection, "mechanism": mechanism, "primary_type": primary_type}
            for column, given in (codes | {"side": side, "status": status}).items():
                known = distinct(database, PRACTICES, column) - {None}
                wanted.among(column, listed(column, known, given))
            for word in (words or "").lower().split():
                wanted.matching(f"contains(lower(concat_ws(' ', {SEARCHED})), ?)", word)
            found = page_of_table(reading, PRACTICES, wanted, format, part.limit, part.offset)
        return answer(request, found, format)

    @api.get("/explain", summary="How a value comes from the rows and files of publishers")
    def explain(
        metric: Annotated[str, Query(description="Id of a metric.")],
        locality: Annotated[str, Query(description="GSS code, also a former one, or name.")],
        period: Annotated[str | None, Query(description="Period; default: that of the headline value.")] = None,
        breakdown: Annotated[str | None, Query(description="Code of a breakdown; default: the whole.")] = None,
        edition: EditionName = None,
    ) -> JSONResponse:
        """Return the value with its formula, the input rows, their files with SHA-256, and their sources."""
        with pool.reading(edition) as reading:
            found = explain_in(reading.database, metric, locality, period, breakdown).to_dict()
        content = {"edition": described(reading.edition)} | found
        return JSONResponse(content, headers={EDITION_HEADER: reading.edition.id, "Cache-Control": "no-store"})

    return api


def _invalid(request: Request, error: Exception) -> Response:
    """Return the problem details of a request with an invalid parameter, with each error found."""
    assert isinstance(error, RequestValidationError)
    found = [{"parameter": str(each["loc"][-1]), "reason": each["msg"]} for each in error.errors()]
    said = "; ".join(f"{each['parameter']}: {each['reason']}" for each in found)
    return problem(request, 400, said, errors=found)


def _missing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(request, error.status_code, f"{error.detail}: {request.url.path}. See openapi.json.")


def _questions(api: FastAPI) -> list[dict[str, Any]]:
    """Return the questions of the API with their parameters, from its OpenAPI document."""
    document = api.openapi()
    forms = document["components"]["schemas"]["Form"]["enum"]
    found = []
    for path, item in document["paths"].items():
        given = item["get"]["parameters"]
        parameters = [each | {"choices": forms if "$ref" in each["schema"] else []} for each in given]
        found.append({"path": path, "summary": item["get"]["summary"], "parameters": parameters})
    return found
