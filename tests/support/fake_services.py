"""Publishers on this machine: local servers that speak the documented protocols, and the pulling of a source from them.

What they answer is made up, or built from the real files of ../shared/data where a test says so.
"""

import json
import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import yaml
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from assets.landing.pull import Pulled, pull
from warehouse.catalogue import Source, sources
from warehouse.publishers.client import Client
from warehouse.publishers.limits import Limits, RateLimiter
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse

LOCAL = {"hosts": ["127.0.0.1", "localhost"], "schemes": ["http", "https"], "max_requests_per_minute": 60_000}
MISSING = "9" * 8 + "-9999-4999-8999-" + "9" * 12
HTML = "<!DOCTYPE html><html><body>Making sure that you are no robot</body></html>"


class Puller:
    """Pulls a source of the catalogue from local servers, waiting for nothing; `waits` are the waits it would make."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.warehouse = Warehouse(Home(folder / "home"))
        self.waits: list[float] = []
        self._folder, self._patch, self._written = folder, monkeypatch, 0

    @property
    def landing(self) -> Any:
        return self.warehouse.landing

    def at(self, source_id: str, address: str, **options: Any) -> Source:
        """Have a source pulled from a local address, with these options in place of the catalogue's."""
        self._written += 1
        path = self._folder / f"publishers-{self._written}.yaml"
        self._patch.delenv("CPOWER_PUBLISHERS", raising=False)
        settings = sources()[source_id].options | options
        path.write_text(yaml.safe_dump({source_id: {"address": address, **LOCAL, "options": settings}}), "utf-8")
        self._patch.setenv("CPOWER_PUBLISHERS", str(path))
        return sources()[source_id]

    def client(self, source: Source) -> Client:
        limits = Limits(**{**vars(Limits.of(source)), "connect_s": 2, "read_s": 2})
        return Client(source.id, limits, sleep=self.waits.append, rate_limiter=RateLimiter())

    def pull(self, source_id: str, **given: Any) -> Pulled:
        return pull(self.warehouse, source_id, client=self.client, **given)

    def current(self, source_id: str) -> dict[str, bytes]:
        """Return what a build would read of a source, by file name."""
        return {file.file_name: file.content for file in self.landing.current(source_id)}


@dataclass
class ThreeSixtyGivingApi:
    """The 360Giving API as the publisher's software answers: organisations, and pages of their awards.

    `awards` are the rows of its table. Organisations are those that the awards name, as funder or as recipient. Like
    PostgreSQL without an order, it begins each page at another row, chosen by `seed`; `is_ordered` switches that off.
    """

    server: HTTPServer
    awards: list[dict[str, Any]]
    licence: dict[str, str] | None = None
    # Primary identifier of each other identifier: the awards of the second are counted, not listed, with the first.
    primary: dict[str, str] = field(default_factory=dict)
    # Of the newer software, which says by what other identifiers an organisation is known.
    names_linked: bool = False
    # Prefix of each organisation that publishes.
    publishers: dict[str, str] = field(default_factory=dict)
    seed: int = 360
    is_ordered: bool = False
    # What the service calls itself in its links, where that is not the address that it is asked at.
    named: str = ""
    most_a_page: int | None = None
    # So many of the next requests are refused because they came too fast.
    throttled: int = 0
    requests: list[str] = field(default_factory=list)
    # What a test changes in a page, or in the detail of an organisation, before it is sent.
    spoil: Any = None
    spoil_detail: Any = None

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self.server.expect_request(re.compile("/api/v1/org/.*")).respond_with_handler(self.answer)

    def answer(self, request: Request) -> Response:
        self.requests.append(request.full_path)
        if not request.path.endswith("/"):
            return Response(status=301, headers={"Location": f"{quote(request.path)}/"})
        wanted = request.accept_mimetypes
        kind = wanted.best_match(["application/json", "text/html"]) if wanted else "application/json"
        if not kind:
            return said({"detail": "Could not satisfy the request Accept header."}, 406)
        if self.throttled:
            self.throttled -= 1
            response = said({"detail": "Request was throttled. Expected available in 1 second."}, 429)
            response.headers["Retry-After"] = "1"
            return response
        match = re.fullmatch(r"/api/v1/org/(.+?)/(grants_made/)?", request.path)
        funded, received = (self._with(role, match[1] if match else "") for role in ROLES)
        if not match or not (funded or received):
            return said({"detail": "Not found."}, 404)
        found = self._page(request, match[1]) if match[2] else self._detail(match[1], funded, received)
        return said(found) if kind == "application/json" else Response(HTML, content_type="text/html; charset=utf-8")

    def _with(self, role: str, organisation: str) -> list[dict[str, Any]]:
        """Return the awards that count for an organisation in a role: for a primary identifier, those of the others."""
        return [
            award
            for award in self.awards
            for party in award.get(role) or []
            if self.primary.get(party["id"], party["id"]) == organisation
        ]

    def _detail(
        self, organisation: str, funded: list[dict[str, Any]], received: list[dict[str, Any]]
    ) -> dict[str, Any]:
        here = self._address(organisation)
        linked = [other for other, primary in self.primary.items() if primary == organisation]
        parties = [party for award in self.awards for role in ROLES for party in award.get(role) or []]
        detail = {
            "self": here,
            "grants_made": f"{here}grants_made/",
            "grants_received": f"{here}grants_received/",
            "funder": aggregated(funded),
            "recipient": aggregated(received),
            "publisher": {"prefix": self.publishers[organisation]} if organisation in self.publishers else None,
            "org_id": organisation,
            "name": next(party["name"] for party in parties if party["id"] in (organisation, *linked)),
            **({"linked_orgs": [{"org_id": other} for other in linked]} if self.names_linked else {}),
        }
        return self.spoil_detail(detail) if self.spoil_detail else detail

    def _page(self, request: Request, organisation: str) -> dict[str, Any]:
        """Return a page, as the framework of the service pages: a limit or offset that it cannot read is its own."""
        limit = whole_number(request.args.get("limit")) or 100
        limit = min(limit, self.most_a_page or limit)
        offset = whole_number(request.args.get("offset")) or 0
        start = 0 if self.is_ordered else self._random.randrange(len(self.awards))
        rows = [
            award
            for award in self.awards[start:] + self.awards[:start]
            if any(party["id"] == organisation for party in award["fundingOrganization"])
        ]
        before = {"offset": offset - limit} if offset > limit else {}
        page = {
            "count": len(rows),
            "next": self._turn(request, limit, {"offset": offset + limit}) if offset + limit < len(rows) else None,
            "previous": self._turn(request, limit, before) if offset > 0 else None,
            "results": [self._result(award) for award in rows[offset : offset + limit]],
        }
        return self.spoil(page, offset) if self.spoil else page

    def _turn(self, request: Request, limit: int, moved: dict[str, int]) -> str:
        """Return the address of another page: it carries whatever was asked, known or not."""
        asked = {name: value for name, value in request.args.items() if name != "offset"} | {"limit": limit} | moved
        return f"{self._base}{quote(request.path)}?{urlencode(sorted(asked.items()))}"

    def _result(self, award: dict[str, Any]) -> dict[str, Any]:
        funders, recipients = ([self._reference(party["id"]) for party in award.get(role) or []] for role in ROLES)
        return {
            "grant_id": award["id"],
            "data": award,
            **({"data_license": self.licence} if self.licence else {}),
            "publisher": funders[0],
            "recipients": recipients,
            "funders": funders,
        }

    def _reference(self, organisation: str) -> dict[str, str]:
        return {"self": self._address(organisation), "org_id": organisation}

    def _address(self, organisation: str) -> str:
        return f"{self._base}/api/v1/org/{quote(organisation)}/"

    @property
    def _base(self) -> str:
        return self.named or self.server.url_for("").rstrip("/")


ROLES = ("fundingOrganization", "recipientOrganization")


def whole_number(text: str | None) -> int | None:
    """Return a number of digits alone, or None for anything else."""
    return int(text) if text and text.isdecimal() else None


def aggregated(awards: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return how the service counts awards, in its own way: the mean is over all currencies met so far."""
    currencies: dict[str, dict[str, Any]] = {}
    for number, award in enumerate(awards, start=1):
        amount = float(award["amountAwarded"])
        found = currencies.setdefault(
            award["currency"], {"avg": 0, "max": amount, "min": amount, "total": 0, "grants": 0}
        )
        found["total"] += amount
        found["grants"] += 1
        found |= {"avg": found["total"] / number, "max": max(found["max"], amount), "min": min(found["min"], amount)}
    return {"aggregate": {"grants": len(awards), "currencies": currencies}} if awards else None


EDITED = {"lastEditDate": 1_757_000_000_000, "dataLastEditDate": 1_757_000_000_001}


class Layer:
    """A layer as the service serves it: described, counted, and given in pages of at most `cap` records."""

    def __init__(
        self,
        records: list[dict[str, Any]],
        *,
        cap: int = 2000,
        edited: dict[str, int] | None = EDITED,
        form: str = "attributes",
    ) -> None:
        self.records = [{**record, "ObjectId": number} for number, record in enumerate(records, start=1)]
        self.names = list(self.records[0]) if records else ["LAD25CD", "LAD25NM", "ObjectId"]
        self.cap, self.edited, self.form = cap, edited, form
        self.count = len(records)
        self.asked: list[str] = []
        # What a test makes of an answer before it is sent.
        self.spoil: Any = lambda answer, kind: answer

    def __call__(self, request: Request) -> Response:
        kind = "description"
        if request.path.endswith("/query"):
            kind = "count" if request.args.get("returnCountOnly") == "true" else "page"
        self.asked.append(kind)
        return Response(json.dumps(self.spoil(getattr(self, f"_{kind}")(request.args), kind)), mimetype="text/plain")

    def _description(self, _: Any) -> dict[str, Any]:
        fields = [{"name": name, "type": "esriFieldTypeString", "alias": name} for name in self.names]
        fields[-1]["type"] = "esriFieldTypeOID"
        described = {"name": "layer", "fields": fields, "maxRecordCount": self.cap, "objectIdField": "ObjectId"}
        return described | ({"editingInfo": self.edited} if self.edited else {})

    def _count(self, _: Any) -> dict[str, int]:
        return {"count": self.count}

    def _page(self, args: Any) -> dict[str, Any]:
        assert args["where"] == "1=1"
        assert args["returnGeometry"] == "false"
        assert args["orderByFields"] == "ObjectId"
        assert int(args["resultRecordCount"]) <= 2000
        start, wanted = int(args["resultOffset"]), args["outFields"].split(",")
        page = self.records[start : start + min(self.cap, int(args["resultRecordCount"]))]
        features = [{self.form: {name: record[name] for name in wanted}} for record in page]
        answer = {"objectIdFieldName": "ObjectId", "features": features}
        if start + len(page) < len(self.records):
            flag = {"exceededTransferLimit": True}
            answer |= flag if self.form == "attributes" else {"properties": flag}
        return answer


def said(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
