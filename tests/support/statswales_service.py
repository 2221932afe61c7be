"""The API of StatsWales, versions 2 and 1, answering as the publisher's own server software does (July 2026).

What it publishes is synthetic unless a test gives it real figures. It serves CSV in the views `raw` and `raw_extended`
and searches in the modes `basic` and `basic_split`; other formats, views and modes, topics and pivots are not served.
"""

import csv
import hashlib
import io
import json
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

EXTENDED = "raw_extended"
VIEWS = ("raw", EXTENDED, "formatted", "formatted_extended", "with_note_codes")
SERVED_VIEWS = VIEWS[:2]
MAX_PAGE_SIZE = 10_000
WINDOW_S = 60
AT = "2026-01-05T09:30:00.000Z"
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PATHS = {"v2": r"(filters|data(/\w+)?|query/\w+)?", "v1": r"(view/filters|download/csv)?"}
MEASURE = "Measure"
WORDS = {
    "en": ("Data values", "Data description", "Notes", "reference", "sort", "hierarchy"),
    "cy": ("Gwerthoedd data", "Disgrifiad o’r data", "Nodiadau", "cyfeiriad", "didoli", "hierarchiaeth"),
}
NO_DATASET = {"en": "Dataset could not be found", "cy": "Set ddata heb ei chanfod"}
PUBLISHER = {
    "group": {"id": f"{'7' * 8}-0000-4000-8000-{'0' * 12}", "name": "Synthetic group", "email": "group@example.org"},
    "organisation": {"id": f"{'8' * 8}-0000-4000-8000-{'0' * 12}", "name": "Synthetic organisation"},
}
PROVIDER_IDS = {"id": "6", "group_id": "5", "provider_id": "4"}

# Measure, references in the order of the dimensions, value as a plain number or empty, and the words of its notes.
Fact = tuple[str, tuple[str, ...], str, str]


@dataclass
class Table:
    """A data set: dimensions as {column: ((en, cy) names, {reference: (en, cy, parent)})}, and its facts.

    A dimension called Year is one of time. `is_published` is false once the whole data set is withdrawn.
    """

    dataset_id: str
    title: str
    title_cy: str
    dimensions: dict[str, tuple[tuple[str, str], dict[str, tuple[str, str, str | None]]]]
    measures: dict[str, tuple[str, str]]
    facts: list[Fact]
    revision: str = "1"
    summary: str = "A synthetic table."
    summary_cy: str = "Tabl synthetig."
    archived_at: str | None = None
    replaced_by: str | None = None
    is_redirected: bool = False
    is_published: bool = True

    @property
    def revision_id(self) -> str:
        return f"{self.dataset_id[:24]}{self.revision:0>12}"

    def texts(self, language: str) -> tuple[str, str]:
        """Return (title, summary)."""
        return (self.title, self.summary) if language == "en" else (self.title_cy, self.summary_cy)


@dataclass(frozen=True)
class Chosen:
    """What a filter id stands for: the data set as it was then, the allowed references by column, and the view."""

    table: Table
    allowed: list[tuple[str, set[str]]]
    request: dict[str, Any]

    @property
    def view(self) -> str:
        return self.request["options"]["data_value_type"]

    @property
    def facts(self) -> list[Fact]:
        """Return the rows that each of the filters allows, so two filters of one column allow what both do."""
        codes = list(self.table.dimensions)
        return [
            fact
            for fact in self.table.facts
            if all((fact[0] if code == MEASURE else fact[1][codes.index(code)]) in some for code, some in self.allowed)
        ]


class StatsWales:
    """The service. `limit` is how many requests it answers in a minute by `clock`, None for all of them."""

    def __init__(
        self,
        server: HTTPServer,
        *tables: Table,
        limit: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tables = {table.dataset_id: table for table in tables}
        self.limit, self.clock = limit, clock
        # The status of all answers of a version that is not served.
        self.served = {"v2": 200, "v1": 200}
        self.requests: list[str] = []
        # What a test makes the service say instead, by the end of a path: an answer, or what makes one of a request.
        self.instead: dict[str, Response | Callable[[Request], Response]] = {}
        self._filters: dict[str, Chosen] = {}
        self._window, self._lists = (clock(), 0), 0
        server.expect_request(re.compile("/v[12]/.*")).respond_with_handler(self.answer)

    def answer(self, request: Request) -> Response:
        limits = self._limits()
        if "Retry-After" in limits:
            response = said({"message": "Too many requests, please try again later."}, 429)
        else:
            self.requests.append(f"{request.method} {request.path}")
            response = self._answer(request)
            response.headers["Access-Control-Allow-Origin"] = "*"
            if response.status_code != 405:
                response.headers["Vary"] = "Accept-Language"
        response.headers.update(limits)
        # Rows are sent in pieces, without a length or an ETag.
        return response.make_conditional(request) if "ETag" in response.headers else response

    def _limits(self) -> dict[str, str]:
        """Return the headers of the rate limit, with `Retry-After` where this request is above it."""
        if self.limit is None:
            return {}
        (start, number), now = self._window, self.clock()
        start, number = (now, 1) if now - start >= WINDOW_S else (start, number + 1)
        self._window = start, number
        left, reset = self.limit - number, str(max(1, round(start + WINDOW_S - now)))
        headers = {
            "RateLimit-Policy": f"{self.limit};w={WINDOW_S}",
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(left, 0)),
            "RateLimit-Reset": reset,
        }
        return headers if left >= 0 else headers | {"Retry-After": reset}

    def _answer(self, request: Request) -> Response:
        version, _, path = request.path.lstrip("/").partition("/")
        language = request.args.get("lang", "en-GB")
        short = "cy" if language.startswith("cy") else "en"
        if self.served[version] != 200:
            return not_routed(request) if self.served[version] == 404 else unexplained(self.served[version])
        if found := next((said for end, said in self.instead.items() if request.path.endswith(end)), None):
            return found if isinstance(found, Response) else found(request)
        if version == "v1" and request.method != "GET":
            return unexplained(405)
        if path == "":
            return self._listed(request, self._published(), short, has_summary=False)
        if path == "search" and version == "v2":
            return self._search(request, short)
        dataset_id, _, rest = path.partition("/")
        if not re.fullmatch(PATHS[version], rest):
            return not_routed(request)
        if not ID.fullmatch(dataset_id):
            return said({"error": "Dataset id is invalid or missing"}, 404)
        if dataset_id not in self.tables:
            return said({"error": NO_DATASET[short]}, 404)
        table = self.tables[dataset_id]
        if not table.is_published and (rest or version == "v1"):
            return said({"error": "No revision found for dataset"}, 404) if rest else unexplained(500)
        if not rest:
            return said(self._metadata(table, version))
        if rest.endswith("filters"):
            # Version 1 knows a language by its long name only.
            return said([] if version == "v1" and language not in ("en-GB", "cy-GB") else filters_of(table, short))
        if version == "v1":
            return self.csv(Chosen(table, [], {"options": {"data_value_type": request.args["view"]}}), short)
        if rest == "data" and request.method == "POST":
            return self._chosen(table, request)
        what, _, filter_id = rest.partition("/")
        # A filter id is looked for among those of all data sets and revisions.
        chosen = self._filters.get(filter_id)
        if chosen is None:
            return unexplained(404)
        return said(query_of(filter_id, chosen)) if what == "query" else self._data(request, chosen, short)

    def _published(self) -> list[Table]:
        return [table for table in self.tables.values() if table.is_published]

    def _search(self, request: Request, language: str) -> Response:
        keywords = request.args.get("keywords", "").lower()
        mode = request.args.get("mode", "basic")
        parts = keywords.split() if mode == "basic_split" else [keywords]
        size = int(request.args.get("page_size", 100))
        if not keywords.strip() or mode not in ("basic", "basic_split") or size > MAX_PAGE_SIZE:
            return unexplained(400)
        found = [
            table
            for table in self._published()
            if not (table.archived_at and table.is_redirected)
            and all(any(part in text.lower() for text in table.texts(language)) for part in parts)
        ]
        return self._listed(request, found, language, has_summary=True)

    def _listed(self, request: Request, tables: list[Table], language: str, *, has_summary: bool) -> Response:
        """Return a page of data sets, which stand in another order each time; past the end it is empty."""
        start = self._lists % max(len(tables), 1)
        self._lists += 1
        number = int(request.args.get("page_number", 1))
        size = min(int(request.args.get("page_size", 100)), MAX_PAGE_SIZE)
        items = [
            {
                "id": table.dataset_id,
                "title": table.texts(language)[0],
                **({"summary": table.texts(language)[1]} if has_summary else {}),
                "first_published_at": AT,
                "last_updated_at": AT,
                "archived_at": table.archived_at,
            }
            for table in tables[start:] + tables[:start]
        ]
        return said({"data": items[(number - 1) * size : number * size], "count": len(items)})

    def _metadata(self, table: Table, version: str) -> dict[str, Any]:
        found: dict[str, Any] = {"id": table.dataset_id, "first_published_at": AT}
        if table.archived_at:
            found["archived_at"] = table.archived_at
        if table.replaced_by:
            found["replaced_by"] = {
                "dataset_id": table.replaced_by,
                "dataset_title": "The data set that replaces it",
                "auto_redirect": table.is_redirected,
            }
        if table.is_published:
            revision = revision_of(table)
            found["published_revision"] = revision
            if version == "v1":
                found["dimensions"] = dimensions_of(table)
                found["revisions"] = [
                    {key: item for key, item in revision.items() if key not in ("metadata", "providers", "topics")}
                ]
        return found | {"publisher": PUBLISHER}

    def _chosen(self, table: Table, request: Request) -> Response:
        if request.mimetype != "application/json":
            return unexplained(500)
        try:
            body = json.loads(request.data)
        except ValueError:
            return unexplained(400)
        if reason := wrong_request(body):
            return said({"error": "Invalid request object", "reason": [reason]}, 400)
        columns = {code.lower(): code for code in (*table.dimensions, MEASURE)}
        # Of the keys of one object the first counts, in capitals or not.
        pairs = [next(iter(item.items())) for item in body["filters"]]
        if any(code.lower() not in columns or not references for code, references in pairs):
            return unexplained(500)
        allowed = [(columns[code.lower()], set(references)) for code, references in pairs]
        filter_id = checksum([table.revision_id, body])[:12]
        self._filters[filter_id] = Chosen(replace(table, facts=list(table.facts)), allowed, body)
        return said({"filterId": filter_id})

    def _data(self, request: Request, chosen: Chosen, language: str) -> Response:
        kind = request.args.get("format")
        if not kind:
            return said({"error": "Output format is required"}, 400)
        if kind not in ("csv", "json", "xlsx", "frontend", "html"):
            return unexplained(400)
        number, size = int(request.args.get("page_number", 1)), int(request.args.get("page_size", 100))
        if size > MAX_PAGE_SIZE:
            return unexplained(400)
        if number > max(1, -(-len(chosen.facts) // size)):
            # The server leaves the place of the number in its message as it is.
            return said({"error": "Page number must be less than or equal to {{page_number}}"}, 400)
        assert kind == "csv", f"the format {kind} is not served here"
        response = self.csv(chosen, language)
        response.headers["Content-Disposition"] = f"attachment;filename={chosen.table.dataset_id}.csv"
        return response

    def csv(self, chosen: Chosen, language: str) -> Response:
        """Return all rows as CSV, in pieces, without a line end at the last of them."""
        assert chosen.view in SERVED_VIEWS, f"the view {chosen.view} is not served here"
        text = table_text(chosen, language)
        return Response((text[at : at + 4096] for at in range(0, len(text), 4096)), content_type="text/csv")


def said(body: Any, status: int = 200) -> Response:
    """Return JSON as the service sends it, with a weak ETag."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    response = Response(text, status, content_type="application/json; charset=utf-8")
    response.add_etag(weak=True)
    return response


def unexplained(status: int) -> Response:
    """Return an error of which the service says no more."""
    return said({"error": "An unknown error occurred"}, status)


def timed_out() -> Response:
    """Return what the service says where an answer takes it too long."""
    return said({"message": "Request timed out"}, 504)


def not_routed(request: Request) -> Response:
    """Return the page that answers a path which the service does not have."""
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n<body>\n'
        f"<pre>Cannot {request.method} {request.path}</pre>\n</body>\n</html>\n"
    )
    return Response(page, 404, content_type="text/html; charset=utf-8")


def checksum(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def revision_of(table: Table) -> dict[str, Any]:
    """Return the published revision in the metadata of a data set."""
    number = int(table.revision)
    reason = {"reason": "New figures"} if number > 1 else {}
    about = {"collection": "None", "quality": "None", "rounding_description": None, **reason}
    ids = {key: f"{digit * 8}-0000-4000-8000-{'0' * 12}" for key, digit in PROVIDER_IDS.items()}
    provider = {**ids, "revision_id": table.revision_id, "language": "en-gb", "provider_name": "Synthetic provider"}
    return {
        "id": table.revision_id,
        "revision_index": number,
        "previous_revision_id": f"{table.dataset_id[:24]}{number - 1:0>12}" if number > 1 else None,
        **dict.fromkeys(("created_at", "updated_at", "approved_at", "publish_at"), AT),
        "metadata": [
            {"language": "cy-GB", "title": table.title_cy, "summary": table.summary_cy, **about},
            {"language": "en-GB", "title": table.title, "summary": table.summary, **about},
        ],
        "rounding_applied": False,
        "update_frequency": {"date": {"year": "2027", "month": "12"}, "update_type": "update"},
        "designation": "official",
        "coverage_start_date": "2018-04-01",
        "coverage_end_date": "2024-03-31",
        "related_links": [
            {"id": "1", "url": "https://www.example.org/", "created_at": AT, "label_en": "Link", "label_cy": "Dolen"}
        ],
        "providers": [provider | {"source_id": None, "created_at": AT}],
        "topics": [{"id": 1, "path": "1", "name_en": "Synthetic topic", "name_cy": "Pwnc synthetig"}],
    }


def dimensions_of(table: Table) -> list[dict[str, Any]]:
    """Return the dimensions in the metadata of version 1, without the files that they were made from."""
    return [
        {
            "id": str(UUID(checksum([table.dataset_id, code])[:32])),
            "type": "date_period" if is_time(names) else "lookup_table",
            "joinColumn": code,
            "factTableColumn": code,
            "isSliceDimension": False,
            "metadata": [
                {"language": language, "name": name, "description": None, "notes": None}
                for language, name in zip(("cy-GB", "en-GB"), reversed(names), strict=True)
            ],
        }
        for code, (names, _) in table.dimensions.items()
    ]


def filters_of(table: Table, language: str) -> list[dict[str, Any]]:
    """Return the dimensions and the measure with their values; years newest first, and counts of rows as text."""
    index = 0 if language == "en" else 1
    listed = []
    for position, (code, (names, values)) in enumerate(table.dimensions.items()):
        counts = Counter(fact[1][position] for fact in table.facts)
        nodes: dict[str, dict[str, Any]] = {
            reference: {"reference": reference, "description": value[index], "count": str(counts[reference])}
            for reference, value in values.items()
        }
        for reference, (_, _, parent) in values.items():
            if parent in nodes:
                nodes[parent].setdefault("children", []).append(nodes[reference])
        roots = [nodes[reference] for reference, value in values.items() if value[2] not in nodes]
        if is_time(names):
            roots.sort(key=lambda node: end_of_year_ms(node["reference"]), reverse=True)
        listed.append({"factTableColumn": code, "columnName": names[index], "values": roots})
    counts = Counter(fact[0] for fact in table.facts)
    measures = [
        {"reference": code, "description": names[index], "count": str(counts[code])}
        for code, names in table.measures.items()
    ]
    return [*listed, {"factTableColumn": MEASURE, "columnName": WORDS[language][1], "values": measures}]


def wrong_request(body: Any) -> dict[str, Any] | None:
    """Return what is wrong with the shape of a request for rows, in the words of the service, or None."""
    filters, options = body.get("filters", []), body.get("options", {})
    said = {"target": body, "value": filters, "property": "filters", "children": []}
    if not isinstance(filters, list):
        return said | {"constraints": {"isArray": "filters must be an array"}}
    if options.get("data_value_type") not in VIEWS:
        allowed = f"data_value_type must be one of the following values: {', '.join(VIEWS)}"
        value = {"target": options, "value": options.get("data_value_type"), "property": "data_value_type"}
        value |= {"children": [], "constraints": {"isEnum": allowed}}
        return said | {"value": options, "property": "options", "children": [value]}
    return None


def query_of(filter_id: str, chosen: Chosen) -> dict[str, Any]:
    """Return what the service says of a filter id."""
    table = chosen.table
    named = [(code, names) for code, (names, _) in table.dimensions.items()]
    named.append((MEASURE, (WORDS["en"][1], WORDS["cy"][1])))
    return {
        "id": filter_id,
        "hash": checksum(chosen.request),
        "datasetId": table.dataset_id,
        "revisionId": table.revision_id,
        "requestObject": chosen.request,
        "query": {"cy-GB": "SELECT …", "en-GB": "SELECT …"},
        "totalLines": len(chosen.facts),
        "columnMapping": [
            {"language": language, "dimension_name": name, "fact_table_column": code}
            for code, names in named
            for language, name in zip(("en-gb", "cy-gb"), names, strict=True)
        ],
        "createdAt": AT,
        "updatedAt": AT,
    }


def table_text(chosen: Chosen, language: str) -> str:
    """Return rows as CSV text; the headings are written with the first row, so no row is one line end."""
    table, index = chosen.table, 0 if language == "en" else 1
    values, description, notes, reference, sort, hierarchy = WORDS[language]
    extra = (reference, sort, hierarchy) if chosen.view == EXTENDED else ()
    heading = [values, *([f"{values}_{sort}"] if extra else [])]
    for name in (description, *(names[index] for names, _ in table.dimensions.values())):
        heading += [name, *(f"{name}_{part}" for part in extra)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    places = [places_of(names, known) for names, known in table.dimensions.values()]
    for number, (measure, references, value, note) in enumerate(chosen.facts):
        if not number:
            writer.writerow([*heading, notes])
        line = [value, *([value] if extra else []), table.measures[measure][index]]
        line += (measure, "1", "") if extra else ()
        for (_, known), place, code in zip(table.dimensions.values(), places, references, strict=True):
            line += [known[code][index], *((code, place[code], known[code][2] or "") if extra else ())]
        writer.writerow(map(escaped, [*line, note]))
    return text.getvalue().removesuffix("\n") or "\n"


def escaped(cell: str) -> str:
    """Return a cell so that spreadsheets take it for no formula: text, and whole numbers below zero."""
    is_decimal = re.fullmatch(r"-[0-9]+\.[0-9]+", cell)
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) and not is_decimal else cell


def is_time(names: tuple[str, str]) -> bool:
    return names[0] == "Year"


def places_of(names: tuple[str, str], known: dict[str, tuple[str, str, str | None]]) -> dict[str, str]:
    """Return what each reference of a dimension is sorted by: a date, its place or, where it is a label, itself."""
    if is_time(names):
        return {reference: str(end_of_year_ms(reference)) for reference in known}
    is_text = all(reference == label for reference, (label, _, _) in known.items())
    return {reference: reference if is_text else str(place) for place, reference in enumerate(known)}


def end_of_year_ms(reference: str) -> int:
    """Return the last day of a year, or of the financial year of a pair of years, in milliseconds since 1970."""
    first, second = re.fullmatch(r"([0-9]{4})[-/]?([0-9]{2,4})?", reference).groups()  # type: ignore[union-attr]
    end = datetime(int(first) + 1, 3, 31, tzinfo=UTC) if second else datetime(int(first), 12, 31, tzinfo=UTC)
    return int(end.timestamp()) * 1000
