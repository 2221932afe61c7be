"""What the publisher's own StatsWales server software answered in July 2026, read from ../shared/data.

The data sets of the recordings are synthetic.
"""

import csv
import io
import json
import re
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.support.statswales_service import MEASURE, Fact, Table, not_routed

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "statswales" / "recorded"
NAMES = sorted(path.name.removesuffix(".headers.json") for path in RECORDED.glob("*.headers.json"))
COHESION = "0dbce095-4c1f-4fc5-a3d9-22a9087d2dfd"
SUCCESSOR = "77dddccd-9323-4a00-8c95-9cb877326458"
GAPS = "f7be38c8-420c-4fd5-ac7a-e73152d40c9f"
POPULATION = "30a06e44-a992-427a-88a0-6bc0ec7ed8a8"
LIMITS = {"retry-after", "ratelimit-policy", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}


@dataclass(frozen=True)
class Recording:
    """A request and its answer."""

    name: str
    method: str
    path: str
    params: dict[str, Any]
    asked: Any
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "")

    def json(self) -> Any:
        return json.loads(self.content)

    def is_asked_by(self, request: Request) -> bool:
        """Return whether a request is this one; page sizes and, except of filters, forms of a language may differ."""
        sent = {key: value for key, value in request.args.items() if key != "page_size"}
        params = {key: str(value) for key, value in self.params.items() if key != "page_size"}
        if not self.path.endswith("/filters"):
            sent, params = ({**some, "lang": some.get("lang", "en")[:2]} for some in (sent, params))
        is_same_body = self.method == "GET" or request.get_json(silent=True) == self.asked
        return (request.method, request.path, sent) == (self.method, self.path, params) and is_same_body


@cache
def recording(name: str) -> Recording:
    """Return a recorded answer by the name of its files."""
    about = json.loads((RECORDED / f"{name}.headers.json").read_text("utf-8"))
    (body,) = (path for path in RECORDED.glob(f"{name}.*") if not path.name.endswith(".headers.json"))
    request, headers = about["request"], {key.lower(): value for key, value in about["headers"].items()}
    asked = (request["method"], request["path"], request["params"] or {}, request["json"])
    return Recording(name, *asked, about["status"], headers, body.read_bytes())


class Replay:
    """A server that answers with recordings: each of several answers to one request once, the last from then on.

    `asked` are the names of the recordings given, or the path where there is none, which is answered as an unknown one.
    """

    def __init__(self, server: HTTPServer, *names: str) -> None:
        self.recordings = [recording(name) for name in names]
        self.asked: list[str] = []
        server.expect_request(re.compile(".*")).respond_with_handler(self.answer)

    def answer(self, request: Request) -> Response:
        found = [item for item in self.recordings if item.is_asked_by(request)]
        if not found:
            self.asked.append(request.path)
            return not_routed(request)
        if len(found) > 1:
            self.recordings.remove(found[0])
        self.asked.append(found[0].name)
        limits = {key: value for key, value in found[0].headers.items() if key in LIMITS}
        return Response(found[0].content, found[0].status, limits, content_type=found[0].kind)


def cohesion(dataset_id: str = COHESION, **others: Any) -> Table:
    """Return the recorded data set on cohesion by 22 authorities and Wales in three years."""
    filters = (recording("v2_filters_en").json(), recording("v2_filters_cy").json())
    return published(dataset_id, "v2_metadata_rev1", filters, recording("v2_csv_raw_extended_en"), **others)


def gaps() -> Table:
    """Return the recorded data set with signs before labels, numbers below zero, and no row for one authority."""
    filters = recording("v2_gap_filters_en").json()
    return published(GAPS, "v2_metadata_rev1", (filters, filters), recording("v2_gap_csv_raw_extended_en"))


def population() -> Table:
    """Return a data set with the recorded filters of the population by age and sex; the figures are of the test."""
    filters = recording("v2_population_filters_en").json()
    found = published(POPULATION, "v2_ratelimit_ok", (filters, filters), None)
    found.facts = [
        ("1", references, str(number), "")
        for number, references in enumerate(product(*(values for _, values in found.dimensions.values())))
    ]
    return found


def published(dataset_id: str, metadata: str, filters: tuple[Any, Any], rows: Recording | None, **others: Any) -> Table:
    """Return a data set with the titles, the dimensions (English and Welsh) and the rows of recordings."""
    texts = {text["language"]: text for text in recording(metadata).json()["published_revision"]["metadata"]}
    lines = list(csv.DictReader(io.StringIO(rows.content.decode(), newline=""))) if rows else []
    names = list(lines[0]) if lines else [item["columnName"] for item in filters[0]]
    english, welsh = ({item["factTableColumn"]: item for item in found} for found in filters)
    values = {code: (named(english[code]["values"]), named(welsh[code]["values"])) for code in english}
    dimensions = {
        code: (
            (english[code]["columnName"], welsh[code]["columnName"]),
            {key: (label, values[code][1][key][0], parent) for key, (label, parent) in values[code][0].items()},
        )
        for code in sorted(english.keys() - {MEASURE}, key=lambda code: names.index(english[code]["columnName"]))
    }
    facts: list[Fact] = [
        (
            line["Data description_reference"],
            tuple(bare(line[f"{name}_reference"]) for (name, _), _ in dimensions.values()),
            bare(line["Data values"]),
            line["Notes"],
        )
        for line in lines
    ]
    return Table(
        dataset_id,
        texts["en-GB"]["title"],
        texts["cy-GB"]["title"],
        dimensions,
        {key: (label, values[MEASURE][1][key][0]) for key, (label, _) in values[MEASURE][0].items()},
        facts,
        summary=texts["en-GB"]["summary"],
        summary_cy=texts["cy-GB"]["summary"],
        **others,
    )


def named(values: list[dict[str, Any]], parent: str | None = None) -> dict[str, tuple[str, str | None]]:
    """Return (label, parent) of each value and those below it."""
    found: dict[str, tuple[str, str | None]] = {}
    for value in values:
        found[value["reference"]] = (value["description"], parent)
        found |= named(value.get("children", []), value["reference"])
    return found


def bare(cell: str) -> str:
    """Return a cell without the apostrophe before its sign."""
    return cell[1:] if cell[:2] in ("'=", "'+", "'-", "'@") else cell
