"""The catalogue: one description of every licence, source, field, table, indicator and metric, used everywhere.

From here descriptions reach the DuckDB comments, the Dagster UI, the data dictionary, the data package and
the explanation of a number. The YAML beside this module is data; this module says what shape it must have.
"""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from warehouse.errors import BadRecord, UnknownName

ROOT = Path(__file__).parent
SCHEMAS = ("staging", "core", "metrics", "marts", "meta")
PUBLISHED_SCHEMAS = ("core", "metrics", "marts", "meta")
ColumnType = Literal["VARCHAR", "BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "VARCHAR[]"]


class Entry(BaseModel):
    """Base of the catalogue's entries: immutable, and closed to keys that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class Licence(Entry):
    """A licence that sources carry; `id` is its SPDX identifier where there is one."""

    id: str
    title: str
    url: str
    attribution: str
    share_alike: bool = False


class Source(Entry):
    """A publisher's file or data set, or a file of reference records (`file`).

    `keep` says whether a landed file replaces the one before or stands beside it; `expected_rows` how many rows a
    whole file has; `is_bounded` that its awards lie in `period`, an ISO interval of dates.
    """

    id: str
    title: str
    publisher: str
    landing_page: str
    address: str
    licence: str
    attribution: str
    kind: Literal["statistics", "awards", "geography", "reference", "practices"]
    formats: tuple[str, ...] = ()
    cadence: Literal["daily", "weekly", "monthly", "yearly", "irregular"] = "irregular"
    period: str = ""
    keep: Literal["newest", "all"] = "newest"
    expected_rows: int | None = None
    is_bounded: bool = False
    file: str = ""
    package: str = ""


class Column(Entry):
    """A column of a table: its DuckDB type, what it says, in which unit, and whether it may be null."""

    name: str
    type: ColumnType
    description: str
    unit: str = ""
    values: tuple[str, ...] = ()
    nullable: bool = False


class Table(Entry):
    """A table: `grain` completes "one row per"; `key` is unique and never null.

    A table of staging, or one that is not `is_published` because another holds all that it does, is in no edition.
    """

    name: str
    grain: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    caveats: tuple[str, ...] = ()
    is_published: bool = True

    @property
    def schema_name(self) -> str:
        """The schema, the part before the dot."""
        return self.name.split(".")[0]

    @property
    def short_name(self) -> str:
        """The table's own name, the part after the dot."""
        return self.name.split(".")[1]

    @property
    def is_in_edition(self) -> bool:
        """Whether an edition holds the table."""
        return self.is_published and self.schema_name in PUBLISHED_SCHEMAS

    @property
    def summary(self) -> str:
        """Grain, description and caveats as one text."""
        return " ".join([f"One row per {self.grain}. {self.description}", *self.caveats])


class Metric(Entry):
    """A metric: what it says, how it is worked out, and where it may be compared (method.md section 5)."""

    id: str
    family: Literal["COH", "DEP", "FUN", "EQ", "PRA", "SOC", "POP", "FRM", "BAL", "QLT"]
    name: str
    name_cy: str
    definition: str
    formula: str
    unit: str
    direction: Literal["up", "down", "none"]
    level: Literal["measured", "recorded", "judged"]
    nations: tuple[Literal["England", "Wales", "Scotland", "Northern Ireland"], ...]
    comparable_within: Literal["group", "nation", "uk", "none"]
    aggregation: Literal["sum", "ratio_of_sums", "pop_weighted", "recompute_from_small_area", "not_aggregable"]
    inputs: tuple["MetricInput", ...]
    edge_cases: str
    method_source: str
    missing_state: Literal["not_available", "not_searched", "not_applicable"] = "not_available"
    missing_reason: str = "no source on record holds a value for this area"
    scope: Literal["locality", "corpus"] = "locality"
    is_name_cy_reviewed: bool = False

    @field_validator("edge_cases", mode="before")
    @classmethod
    def _one_text(cls, said: object) -> object:
        """Return what is said in a list as one text: metrics share a part of it by a YAML anchor."""
        return " ".join(said) if isinstance(said, list) else said


class MetricInput(Entry):
    """Where the rows behind a metric stand: a core table, the column that names the area, and fixed values."""

    table: str
    area_column: str = "locality_code"
    where: dict[str, str | bool] = {}


class CubeLabels(Entry):
    """A dimension of a statistics.gov.scot cube and those of its values that are summed into an indicator."""

    topic: str
    statements: tuple[str, ...]


class Labels(Entry):
    """The words by which an indicator is recognised in each publication."""

    survey_figures: tuple[str, ...] = ()
    statswales_source: tuple[str, ...] = ()
    statswales_measure: tuple[str, ...] = ()
    shs_cube: CubeLabels | None = None
    scotpho_shs: tuple[str, ...] = ()


class Wording(Entry):
    """How one survey asks an indicator, in our own words, and which metric it feeds."""

    item_wording_id: str
    survey: str
    nation: str
    wording: str
    metric_id: str | None = None
    series_break_from: str | None = None
    series_break_to: str | None = None
    series_break_note: str = ""
    labels: Labels


class Indicator(Entry):
    """A survey indicator, with the wordings under which each survey asks it; wordings are never pooled."""

    id: str
    name_en: str
    unit: str
    direction: Literal["up", "down", "none"]
    comparable_note: str
    wordings: tuple[Wording, ...]


T = TypeVar("T")
E = TypeVar("E", bound=Entry)


def _load(path: Path) -> Any:
    try:
        return yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BadRecord(str(path), line, f"not YAML: {error.problem}") from error


def _entries(files: Iterable[Path], model: type[E]) -> dict[str, E]:
    found: dict[str, E] = {}
    for path in sorted(files):
        for item in _load(path) or []:
            entry = _validated(path, model, item)
            identity: str = entry.id  # type: ignore[attr-defined]
            if identity in found:
                raise BadRecord(str(path), 0, f"{identity!r} is described twice")
            found[identity] = entry
    return found


def _validated(path: Path, model: type[E], item: dict[str, Any]) -> E:
    try:
        return model.model_validate(item)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        name = item.get("id") or item.get("name")
        raise BadRecord(str(path), 0, f"{name}: {where}: {problem['msg']}") from error


@cache
def licences() -> dict[str, Licence]:
    """Return the licences by id."""
    return _entries([ROOT / "licences.yaml"], Licence)


@cache
def sources() -> dict[str, Source]:
    """Return the sources by id; each names a licence that is catalogued."""
    found = _entries(ROOT.glob("sources*.yaml"), Source)
    for source in found.values():
        if source.licence not in licences():
            raise BadRecord(str(ROOT / "sources.yaml"), 0, f"{source.id}: no licence {source.licence!r} is catalogued")
    return found


@cache
def metrics() -> dict[str, Metric]:
    """Return the metrics by id."""
    return _entries((ROOT / "metrics").glob("*.yaml"), Metric)


@cache
def indicators() -> dict[str, Indicator]:
    """Return the survey indicators by id."""
    return _entries([ROOT / "indicators.yaml"], Indicator)


@cache
def fields() -> dict[str, dict[str, Any]]:
    """Return the shared column descriptions by column name."""
    found: dict[str, dict[str, Any]] = _load(ROOT / "fields.yaml")
    return found


@cache
def tables() -> dict[str, Table]:
    """Return the tables by `schema.table`; file name and name agree, and keys are columns."""
    raw = {path: _load(path) for path in sorted((ROOT / "tables").glob("*.yaml"))}
    by_name = {item["name"]: item for item in raw.values()}
    found: dict[str, Table] = {}
    for path, item in raw.items():
        if path.stem != item["name"] or item["name"].split(".")[0] not in SCHEMAS:
            raise BadRecord(str(path), 1, f"the file of {item['name']!r} must be called {item['name']}.yaml")
        found[item["name"]] = _validated(path, Table, _table(path, item, by_name))
    return found


def _table(path: Path, item: dict[str, Any], by_name: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a table's entry with shared fields filled in and `like` resolved."""
    item = dict(item)
    if model := item.pop("like", None):
        item = {name: by_name[model][name] for name in ("key", "nullable", "columns") if name in by_name[model]} | item
    nullable = set(item.pop("nullable", []))
    columns: list[dict[str, Any]] = [
        {"name": entry} if isinstance(entry, str) else dict(entry) for entry in item["columns"]
    ]
    names = [column["name"] for column in columns]
    unknown = (nullable | set(item["key"])) - set(names)
    if unknown or nullable & set(item["key"]):
        raise BadRecord(str(path), 1, f"key and nullable must name columns, and a key is never null: {sorted(unknown)}")
    for column in columns:
        shared = fields().get(column["name"], {})
        if "type" not in column and not shared:
            raise BadRecord(str(path), 1, f"column {column['name']!r} has no type here and none in fields.yaml")
        column.update({key: value for key, value in shared.items() if key not in column})
        column["nullable"] = column["name"] in nullable
    return item | {"columns": columns}


def pick(what: str, entries: Callable[[], dict[str, T]], name: str) -> T:
    """Return the entry called `name`; raise `UnknownName` with the near matches otherwise."""
    if name not in entries():
        raise UnknownName(what, name, list(entries()))
    return entries()[name]
