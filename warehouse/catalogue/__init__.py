"""The catalogue: one description of every licence, source, field, table, indicator and metric.

The DuckDB comments, the Dagster UI, the data dictionary, the Data Package and the explanation of a value use these
descriptions. The YAML files beside this module have the data; this module defines their structure.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal, TypeVar, get_args
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from warehouse.errors import BadRecord, UnknownName
from warehouse.yaml_loader import YAML_LOADER

ROOT = Path(__file__).parent
SCHEMAS = ("staging", "core", "metrics", "marts", "meta")
# The code of the breakdown for values without a breakdown.
WHOLE = "all"
Tier = Literal["public", "detail", "internal"]
TIERS: tuple[Tier, ...] = get_args(Tier)
ColumnType = Literal["VARCHAR", "BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "VARCHAR[]"]


class Entry(BaseModel):
    """Base of the catalogue's entries: immutable, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class Licence(Entry):
    """A licence of sources; `id` is its SPDX identifier if there is one."""

    id: str
    title: str
    url: str
    attribution: str
    share_alike: bool = False


class TidyFile(Entry):
    """The headings of a tidy file: one row per value, with bounds, of one measure, area and period.

    `where` has further columns with the text that a row must have there, for example the kind of estimate. Files
    without a column of bounds, statuses, names, units or notes leave it out. A file without a column `measure` has one
    measure.
    """

    area_code: str
    period: str
    value: str
    measure: str = ""
    unit: str = ""
    lower: str = ""
    upper: str = ""
    status: str = ""
    area_name: str = ""
    notes: str = ""
    where: dict[str, str] = {}

    @model_validator(mode="after")
    def _has_both_bounds(self) -> "TidyFile":
        """Return the entry; raise `ValueError` if it has only one bound."""
        if bool(self.lower) != bool(self.upper):
            raise ValueError("give both lower and upper, or neither")
        return self


class Source(Entry):
    """A publisher's file or data set, or a file of reference records (`file`).

    A source with a `protocol` (a module of `warehouse.publishers`) is pulled from `hosts` only, also across redirects,
    with the `options` of the protocol. `private_hosts` are the hosts that may be in a private network. Secrets must not
    be here.

    `by_hand` gives the reason why files need a manual upload. `known_faults` lists earlier errors of the source, and
    properties that a reader would not expect.

    `keep` says whether a landed file replaces the previous one or is kept in addition. `expected_rows` is the number of
    rows of a complete file. `is_bounded` says that its awards are in `period`, an ISO interval of dates. A `tidy` file
    is read by its headings, without its own parser.
    """

    id: str
    title: str
    publisher: str
    landing_page: str
    address: str
    licence: str
    attribution: str
    by_hand: str = ""
    known_faults: tuple[str, ...] = ()
    kind: Literal["statistics", "awards", "geography", "reference", "practices"]
    formats: tuple[str, ...] = ()
    cadence: Literal["daily", "weekly", "monthly", "yearly", "irregular"] = "irregular"
    period: str = ""
    keep: Literal["newest", "all"] = "newest"
    expected_rows: int | None = None
    is_bounded: bool = False
    file: str = ""
    package: str = ""
    tidy: TidyFile | None = None
    protocol: str = ""
    hosts: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ("https",)
    private_hosts: tuple[str, ...] = ()
    options: dict[str, Any] = {}
    max_requests_per_minute: int | None = None
    deadline_s: float = 600
    max_bytes: int = 1_000_000_000


class Mirror(Entry):
    """A mirror of a source, in the file that `CPOWER_PUBLISHERS` names; missing fields keep their values.

    For mirrors in a local network and for tests. Secrets must not be here.
    """

    id: str
    address: str | None = None
    hosts: tuple[str, ...] | None = None
    schemes: tuple[str, ...] | None = None
    private_hosts: tuple[str, ...] | None = None
    options: dict[str, Any] | None = None
    max_requests_per_minute: int | None = None
    deadline_s: float | None = None


class Named(Entry):
    """An entry with a name in both languages, and a sentence on how to read it."""

    id: str
    en: str
    cy: str
    reading: str

    def name(self, language: str) -> str:
        """Return the name in a language, `en` or `cy`."""
        return self.cy if language == "cy" else self.en


class Family(Named):
    """A family of metrics."""


class Unit(Named):
    """A unit of values or columns, and its number format.

    A figure has the `symbol`, and beside it `beside_en` or `beside_cy`, or the name if there is no symbol. It has
    `decimals` decimals, or at most two. Pages show a unit with `shown_as` in that unit, multiplied by `factor`. `kind`
    is the kind of value as in Explore Local Statistics.
    """

    kind: str
    symbol: Literal["", "£", "%"] = ""
    beside_en: str = ""
    beside_cy: str = ""
    decimals: int | None = None
    shown_as: str = ""
    factor: int = 1

    def beside(self, language: str) -> str:
        """Return the text beside a figure in a language."""
        return (self.beside_cy if language == "cy" else self.beside_en) or ("" if self.symbol else self.name(language))

    def label(self, language: str = "en") -> str:
        """Return the unit for headings: its symbol with the text beside it, or its name."""
        return f"{self.symbol} {self.beside(language)}".strip() if self.symbol else self.name(language)

    def signed(self, number: str) -> str:
        """Return a formatted number with the symbol: before it, after its minus sign, or behind it for a percentage."""
        if self.symbol == "%":
            return f"{number}%"
        digits = number.lstrip("-−")
        return f"{number.removesuffix(digits)}{self.symbol}{digits}"

    @property
    def said(self) -> str:
        """The label with the id, as in the column `unit`."""
        return self.id if self.label() == self.id else f"{self.label()} ({self.id})"


class Column(Entry):
    """A column of a table: name, DuckDB type, description, unit, and whether it can be null."""

    name: str
    type: ColumnType
    description: str
    unit: str = ""
    values: tuple[str, ...] = ()
    nullable: bool = False

    @field_validator("unit")
    @classmethod
    def _is_listed(cls, unit: str, given: ValidationInfo) -> str:
        """Raise `ValueError` for a unit that is not in `units.yaml`."""
        return unit if given.context else unit and listed_unit(unit)

    @property
    def said_unit(self) -> str:
        """The unit as a sentence; empty if the column has none."""
        return f"Unit: {units()[self.unit].said}." if self.unit else ""


class Table(Entry):
    """A table: `grain` completes "one row per"; `key` is unique and never null.

    `joined` lists the tables that it joins, each with the join columns (`joins.yaml`).

    `tier` is the audience: `public` tables are for a first analysis, `detail` tables for tracing or recomputing a
    value, and `internal` tables, such as all staging tables, stay in the table store and are in no edition. A table
    that is `only_with` an option of a build is in an edition only if that option is on. `empty_when` completes "Has no
    rows" for a table of an edition that can be empty.

    `not_given` lists the columns of a shared contract that its query does not give; they are null in every row.
    `volatile` lists the columns that identify the build or the files of a row, or the state of pulls. They change with
    every build. A query depends on them only if it names one (or selects `*`), and a change of these columns alone does
    not make a new edition.
    """

    name: str
    tier: Tier
    grain: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    caveats: tuple[str, ...] = ()
    only_with: Literal["composite"] | None = None
    empty_when: str = ""
    not_given: tuple[str, ...] = ()
    volatile: tuple[str, ...] = ()
    joined: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def schema_name(self) -> str:
        """The schema: the part before the dot."""
        return self.name.split(".")[0]

    @property
    def short_name(self) -> str:
        """The name without schema: the part after the dot."""
        return self.name.split(".")[1]

    @property
    def is_in_edition(self) -> bool:
        """Whether an edition contains the table, given that the option in `only_with` is on."""
        return self.tier != "internal"

    @property
    def summary(self) -> str:
        """Tier, grain, description, notes and joins as one text."""
        said = f"{self.tier.capitalize()}. One row per {self.grain}. {self.description}"
        return " ".join(filter(None, [said, *self.notes, self.joins]))

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes, and when the table has no rows or is in no edition."""
        option = f"Only in an edition if the {self.only_with} is turned on." if self.only_with else ""
        empty = f"Has no rows {self.empty_when}." if self.empty_when else ""
        return tuple(filter(None, (*self.caveats, option, empty)))

    @property
    def joins(self) -> str:
        """How to join the table with others of the edition; empty for a staging table."""
        if not self.is_in_edition:
            return ""
        joined = "; ".join(f"{', '.join(columns)} to {name}" for name, columns in self.joined)
        return f"Joins: {joined or 'no other table'}."


class BreakdownValue(Entry):
    """A part of which a metric can have a value. `is_beyond_localities`: no locality has this part."""

    code: str
    name: str
    name_cy: str
    is_beyond_localities: bool = False


class BreakdownList(Entry):
    """An ordered list of parts, such as size classes (method.md section 3.1)."""

    id: str
    name: str
    name_cy: str
    values: tuple[BreakdownValue, ...]
    is_name_cy_reviewed: bool = False


class MetricBreakdown(Entry):
    """The parts of a metric: those of the list `of`, or only those in `codes`.

    `sums_to` is the sum of the values of all parts, if any: their common denominator (`n_den`) or 1 (`one`).
    """

    of: str
    codes: tuple[str, ...] = ()
    sums_to: Literal["n_den", "one"] | None = None


class Metric(Entry):
    """A metric: definition, formula, and where it can be compared (method.md section 5).

    `headline` is the rule for the row that represents the metric in an area (`headline_period.sql`): the
    newest row, or, for a metric with a row per window of awards, the row of all awards. `missing_reason` is the code of
    the reason for an area without a value in any source (`reasons.yaml`). `is_in_profile` adds a column to
    `marts.locality_profile`. `is_of_other_metrics` marks a metric that counts values of other metrics, so that it is
    computed after them. A metric without `has_source` is only described: it has no source and no value.

    `breakdowns` lists the breakdowns with values, in addition to the value without a breakdown if `has_whole`.
    `award_scope` is the scope of the awards of a metric of money, and `series` the subject of a metric of equity.

    `reading` and `reading_cy` explain how to read a value, unless `readings.yaml` has a sentence for several metrics.
    """

    id: str
    family: str
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
    missing_reason: str = "no_source"
    scope: Literal["locality", "nation", "corpus"] = "locality"
    headline: Literal["newest", "on_record"] = "newest"
    is_in_profile: bool = False
    is_of_other_metrics: bool = False
    has_source: bool = True
    breakdowns: tuple[MetricBreakdown, ...] = ()
    has_whole: bool = True
    award_scope: Literal["local", "all", "place_funds"] | None = None
    series: Literal["funding", "funding_all", "voice", "volunteering", "recording"] | None = None
    is_name_cy_reviewed: bool = False
    reading: str = Field("", exclude=True)
    reading_cy: str = Field("", exclude=True)

    @field_validator("breakdowns", mode="before")
    @classmethod
    def _lists(cls, named: object) -> object:
        """Return each list that is given by id alone as an entry."""
        return [{"of": item} if isinstance(item, str) else item for item in named] if isinstance(named, list) else named

    def parts(self) -> list[tuple[MetricBreakdown, BreakdownValue]]:
        """Return the parts with values, each with the entry of its list."""
        return [
            (named, part)
            for named in self.breakdowns
            for part in breakdowns()[named.of].values
            if not named.codes or part.code in named.codes
        ]

    @field_validator("unit")
    @classmethod
    def _has_listed_unit(cls, unit: str, given: ValidationInfo) -> str:
        """Raise `ValueError` for a unit that is not in `units.yaml`."""
        return unit if given.context else listed_unit(unit)

    @field_validator("family")
    @classmethod
    def _has_listed_family(cls, family: str, given: ValidationInfo) -> str:
        """Raise `ValueError` for a family that is not in `families.yaml`."""
        if not given.context and family not in families():
            raise ValueError(f"{family!r} is not in families.yaml, which lists {', '.join(families())}")
        return family

    @field_validator("edge_cases", mode="before")
    @classmethod
    def _one_text(cls, said: object) -> object:
        """Return a list of texts as one text; a list lets metrics share texts by YAML anchors."""
        return " ".join(said) if isinstance(said, list) else said


class Reading(Entry):
    """A sentence on how to read values of some metrics; a `*` in the name of a metric matches any ending."""

    metrics: tuple[str, ...]
    en: str
    cy: str
    is_cy_reviewed: bool = False

    def speaks_of(self, metric_id: str) -> bool:
        """Return whether the sentence applies to a metric."""
        return any(fnmatchcase(metric_id, name) for name in self.metrics)


class Statistic(Entry):
    """A column that describes values, and its id from when it was a metric."""

    former: str
    table: str
    column: str


State = Literal[
    "ok",
    "ok_low",
    "suppressed",
    "not_available",
    "not_applicable",
    "not_searched",
    "searched_none_found",
    "withheld",
]
ArgumentType = Literal["count", "nation", "names", "text", "reasons"]


class Reason(Entry):
    """The reason for a missing, unreliable or annotated value, as a code with texts in both languages.

    `gap` is the state of a row whose value is missing, or zero after a search, for that reason. `with_value` is the
    state of a value with the reason: `ok_low` for a caution, `ok` for a note. `arguments` are the types of the
    placeholders in the texts, in the order in which they follow the code: a `count`, the name of a `nation`, `names` of
    areas, a `text` in English. `reasons` are the reasons that follow this one in a list.
    """

    id: str
    gap: State | None = None
    with_value: Literal["ok", "ok_low"] | None = None
    arguments: dict[str, ArgumentType] = {}
    en: str
    cy: str
    is_cy_reviewed: bool = False

    @model_validator(mode="after")
    def _agrees(self) -> "Reason":
        """Return the reason; raise `ValueError` if texts and arguments differ, or if it has no state."""
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.id):
            raise ValueError("the code must be lower-case letters, digits and underscores")
        if self.gap is None and self.with_value is None:
            raise ValueError("expected a state in gap, in with_value or in both")
        if self.gap in ("ok", "ok_low"):
            raise ValueError("a gap cannot be ok or ok_low")
        for language in (self.en, self.cy):
            named = {name for _, name, _, _ in Formatter().parse(language) if name is not None}
            if named != set(self.arguments):
                raise ValueError(f"the placeholders of {language!r} must be {sorted(self.arguments)}")
        if "reasons" in self.arguments.values() and len(self.arguments) > 1:
            raise ValueError("an argument of type reasons must be the only one")
        return self


class MethodId(Entry):
    """The ids in the catalogue for an id of method.md, and why they differ.

    Its `metrics`, with the list of parts in `breakdown`; or, for an id about values of other metrics, its `statistics`:
    columns of the rows that describe a value, for each of the metrics in `of` by the ending of the former id. It has
    neither if it is not a metric.
    """

    id: str
    metrics: tuple[str, ...] = ()
    statistics: tuple[Statistic, ...] = ()
    of: dict[str, str] = {}
    why: str
    breakdown: str = ""


class FormerId(Entry):
    """Former metric ids: the metric that now has them as a part, and the breakdown.

    A `*` in `id` is replaced in `breakdown`.
    """

    id: str
    metric: str
    breakdown: str

    def code_of(self, metric_id: str) -> str | None:
        """Return the breakdown of a former id; None if it is not one of these ids."""
        head, _, tail = self.id.partition("*")
        found = metric_id.startswith(head) and metric_id.endswith(tail) and len(metric_id) >= len(head + tail)
        code = self.breakdown.replace("*", metric_id[len(head) : len(metric_id) - len(tail)])
        known = {part.code for _, part in metrics()[self.metric].parts()}
        return code if found and code in known and (metric_id == self.id or "*" in self.id) else None


@dataclass(frozen=True)
class Moved:
    """The current place of the values of a former metric: a column, and the metrics that it describes."""

    table: str
    column: str
    metrics: tuple[str, ...]


# The value that a column must have: one value, one of several, or null.
Fixed = str | bool | int | tuple[str, ...] | None


class MetricInput(Entry):
    """The input rows of a value in a table: by place, by period, and by fixed values.

    `of`: rows of the `place`; of the `peers`, which have a value of the same metric, period and group; or of the
    localities in the `order` of deprivation of `series`.

    `period`: `any`; the `same` as the value; the `window` of awards with these dates, or its `summary` if that counts
    in the window; awards `spread` over time that overlap it; the `population` nearest to the window; the `index` of
    deprivation of that year, or the `newest_index`; the periods of the `order`.

    `state`: only values in that state use these rows.

    `breakdown`: only values of these parts use these rows, and they use no inputs without a breakdown.
    """

    table: str
    area_column: str = "locality_code"
    where: dict[str, Fixed] = {}
    of: Literal["place", "peers", "order"] = "place"
    series: str | None = None
    period: Literal["any", "same", "window", "summary", "spread", "population", "index", "newest_index", "order"] = (
        "any"
    )
    state: str | None = None
    breakdown: tuple[str, ...] = ()

    @field_validator("breakdown", mode="before")
    @classmethod
    def _codes(cls, named: object) -> object:
        """Return a single code as a list of one."""
        return (named,) if isinstance(named, str) else named


class Pillar(Entry):
    """A part of the composite: its weight, and the metrics that it averages."""

    id: str
    name: str
    weight: float
    indicators: tuple[str, ...]


class ReleasedBands(Entry):
    """The previously released bands of the composite: fifths from 1 (most) to 5, by locality code."""

    version: str
    input_hash: str
    bands: dict[str, int]


class Composite(Entry):
    """The composite of conditions and its rules (method.md section 7)."""

    version: str
    title: str
    missing: Literal["two_thirds", "complete", "present", "median"]
    split: Literal["population", "equal", "recipient"]
    unallocated: Literal["none", "pro_rata"]
    pillars: tuple[Pillar, ...]
    logged: tuple[str, ...]
    external: tuple[str, ...]
    released: ReleasedBands | None = None


class Trace(Entry):
    """An element of the report or the blog, the metrics that answer it, and the gap that remains.

    `gap` is never empty if no metric answers the element.
    """

    id: str
    kind: Literal["question", "risk", "lesson", "recommendation"]
    name: str
    name_cy: str
    metrics: tuple[str, ...] = ()
    gap: str = ""
    gap_cy: str = ""
    is_name_cy_reviewed: bool = False


class HonestyRule(Entry):
    """A rule of honesty, and the part of it that cannot be tested yet."""

    id: str
    says: str
    left_open: str = ""


class CubeLabels(Entry):
    """A dimension of a statistics.gov.scot cube, and its values that are summed into an indicator."""

    topic: str
    statements: tuple[str, ...]


class SheetLabel(Entry):
    """A sheet of the Community Life Survey by local authority, and words that its title or question must contain.

    The words are in lower case without punctuation, because the letter of a sheet can be another question next year.
    `answers` are the names of the answer after the question, if the publisher's form is known. `fieldwork` has, by
    survey year, the first and last day of the months in which the question was asked, as an ISO interval, if it was not
    asked in all months of the survey.
    """

    sheet: str
    words: tuple[str, ...]
    answers: tuple[str, ...] = ()
    fieldwork: dict[str, str] = {}


class TidyLabel(Entry):
    """The text that identifies a measure of a tidy `source`."""

    source: str
    measure: str


class Labels(Entry):
    """The texts that identify an indicator in each publication."""

    survey_figures: tuple[str, ...] = ()
    statswales_source: tuple[str, ...] = ()
    statswales_measure: tuple[str, ...] = ()
    shs_cube: CubeLabels | None = None
    scotpho_shs: tuple[str, ...] = ()
    cls_sheet: SheetLabel | None = None
    tidy: TidyLabel | None = None


class Wording(Entry):
    """The question of one survey for an indicator, in our own words, and the metric that it feeds.

    In the file `nation` can be a list: the survey asks the same question there, and each nation gets its own id.
    """

    item_wording_id: str
    survey: str
    nation: str
    wording: str
    metric_id: str | None = None
    series_break_from: str | None = None
    series_break_to: str | None = None
    series_break_note: str = ""
    labels: Labels


def _by_nation(wording: Any) -> list[Any]:
    nations = wording.get("nation") if isinstance(wording, dict) else None
    if not isinstance(nations, list):
        return [wording]
    return [
        wording
        | {"nation": nation, "item_wording_id": f"{wording.get('item_wording_id')}_{nation.lower().replace(' ', '_')}"}
        for nation in nations
    ]


class Indicator(Entry):
    """A survey indicator, with the wording of each survey; wordings are never pooled."""

    id: str
    name_en: str
    unit: str
    direction: Literal["up", "down", "none"]
    comparable_note: str
    wordings: tuple[Wording, ...]

    @field_validator("wordings", mode="before")
    @classmethod
    def _of_one_nation_each(cls, listed: object) -> object:
        """Return a wording for several nations as one per nation; the id ends in the nation."""
        return [one for item in listed for one in _by_nation(item)] if isinstance(listed, list) else listed

    @field_validator("unit")
    @classmethod
    def _has_listed_unit(cls, unit: str, given: ValidationInfo) -> str:
        """Raise `ValueError` for a unit that is not in `units.yaml`."""
        return unit if given.context else listed_unit(unit)


T = TypeVar("T")
E = TypeVar("E", bound=Entry)


_kept: ContextVar[list[BadRecord] | None] = ContextVar("kept", default=None)


@contextmanager
def keeping_problems() -> Iterator[list[BadRecord]]:
    """Yield a list that collects all problems of the entries loaded inside, instead of raising the first.

    Entries loaded inside include every readable entry, even one with an unknown unit or family.
    """
    problems: list[BadRecord] = []
    token = _kept.set(problems)
    _forget()
    try:
        yield problems
    finally:
        _kept.reset(token)
        _forget()


def _forget() -> None:
    for made in globals().values():
        if hasattr(made, "cache_clear"):
            made.cache_clear()


def _refuse(path: Path | str, line: int, reason: str) -> None:
    """Raise `BadRecord`, or add it to the collected problems."""
    problem = BadRecord(str(path), line, reason)
    kept = _kept.get()
    if kept is None:
        raise problem
    if str(problem) not in map(str, kept):
        kept.append(problem)


def _load(path: Path) -> Any:
    try:
        return yaml.load(path.read_text("utf-8"), Loader=YAML_LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        _refuse(path, line, f"not YAML: {error.problem}")
        return None


def _entries(files: Iterable[Path], model: type[E]) -> dict[str, E]:
    found: dict[str, E] = {}
    for path in sorted(files):
        for item in _load(path) or []:
            entry = _validated(path, model, item)
            if entry is None:
                continue
            identity: str = entry.id  # type: ignore[attr-defined]
            _files[model, identity] = path
            if identity in found:
                _refuse(path, line_of(path, identity), f"{identity!r} is a duplicate entry")
            found[identity] = entry
    return found


def _validated(path: Path, model: type[E], item: dict[str, Any]) -> E | None:
    """Return an entry; None if it is invalid and problems are collected."""
    try:
        return model.model_validate(item)
    except ValidationError as error:
        name = (item.get("id") or item.get("name")) if isinstance(item, dict) else None
        readable = item
        for problem in error.errors():
            where = ".".join(str(part) for part in problem["loc"])
            _refuse(path, line_of(path, str(name)), f"{name}: {where}: {problem['msg']}")
            if problem["type"] == "extra_forbidden":
                readable = {key: value for key, value in readable.items() if key != problem["loc"][0]}
            elif problem["type"] == "literal_error" and len(problem["loc"]) == 1:
                readable |= {where: get_args(model.model_fields[where].annotation)[0]}
    try:
        # Keeps the entry, so that references to it are not reported as unknown.
        return model.model_validate(readable, context="unlisted names are on record")
    except ValidationError:
        return None


_files: dict[tuple[type[Entry], str], Path] = {}


def place_of(entry: Entry) -> tuple[Path, int]:
    """Return the file of an entry with an id, and the line where it starts."""
    identity: str = entry.id  # type: ignore[attr-defined]
    path = _files.get((type(entry), identity), ROOT)
    return path, line_of(path, identity)


def _refuse_entry(entry: Entry, reason: str) -> None:
    _refuse(*place_of(entry), f"{entry.id}: {reason}")  # type: ignore[attr-defined]


def _listed(names: Iterable[str], name: str = "") -> str:
    """Return suggestions: the names near to a name, or all names."""
    known = list(names)
    if name:
        return f"near: {', '.join(get_close_matches(name, known, n=3)) or 'none'}"
    return f"expected one of {', '.join(sorted(known))}"


def line_of(path: Path, name: str) -> int:
    """Return the line of a file where the entry with that id or name starts; 0 if there is none."""
    begins = re.compile(rf"\W*(?:id|name): *[\"']?{re.escape(name)}\b")
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return next((number for number, line in enumerate(lines, start=1) if begins.match(line)), 0)


@cache
def units() -> dict[str, Unit]:
    """Return the units by id; raise `BadRecord` if one is shown as an unknown unit."""
    path = ROOT / "units.yaml"
    found = _entries([path], Unit)
    for unit in found.values():
        if unit.shown_as and unit.shown_as not in found:
            _refuse_entry(unit, f"shown_as must be a unit, got {unit.shown_as!r}; {_listed(found)}")
    return found


def listed_unit(name: str) -> str:
    """Return the id of a unit; raise `ValueError`, with near names, if it is not in `units.yaml`."""
    if name not in units():
        raise ValueError(f"the unit {name!r} is not in units.yaml; {_listed(units(), name)}")
    return name


def unit_label(name: str) -> str:
    """Return a unit for headings; an unknown unit, as in previous editions, is returned unchanged."""
    return units()[name].label() if name in units() else name


def figure(number: str, unit: str) -> str:
    """Return a formatted number with its unit; an unknown unit, as in previous editions, is shown by id."""
    if unit not in units():
        return f"{number} {unit}"
    return f"{units()[unit].signed(number)} {units()[unit].beside('en')}".strip()


@cache
def families() -> dict[str, Family]:
    """Return the families of metrics by id, in display order."""
    return _entries([ROOT / "families.yaml"], Family)


@cache
def licences() -> dict[str, Licence]:
    """Return the licences by id."""
    return _entries([ROOT / "licences.yaml"], Licence)


def sources() -> dict[str, Source]:
    """Return the sources by id; each has a known licence.

    If the environment variable `CPOWER_PUBLISHERS` names a YAML file of `{source id: {address, hosts, schemes,
    private_hosts, options, max_requests_per_minute, deadline_s}}`, its fields replace those of the catalogue.
    """
    return _sources(os.environ.get("CPOWER_PUBLISHERS", ""))


@cache
def _sources(mirrors: str) -> dict[str, Source]:
    found = _entries(ROOT.glob("sources*.yaml"), Source)
    for source in found.values():
        if source.licence not in licences():
            _refuse_entry(source, f"no licence {source.licence!r} is in licences.yaml; {_listed(licences())}")
    if mirrors:
        found |= _mirrored(Path(mirrors), found)
    for source in found.values():
        if source.protocol and not {urlsplit(source.address).hostname, "*"} & set(source.hosts):
            _refuse(mirrors or ROOT, 0, f"{source.id}: hosts must include the host of its address")
    return found


def _mirrored(path: Path, found: dict[str, Source]) -> dict[str, Source]:
    """Return the sources in a file of mirrors, with the replaced fields."""
    try:
        listed = _load(path) or {}
    except OSError as error:
        raise BadRecord(str(path), 0, f"CPOWER_PUBLISHERS cannot be read: {error.strerror}") from error
    if not isinstance(listed, dict):
        raise BadRecord(str(path), 0, "CPOWER_PUBLISHERS must hold a mapping by source id")
    changed = {}
    for name, item in listed.items():
        if name not in found:
            raise UnknownName("source", str(name), list(found))
        mirror = _validated(path, Mirror, {**(item or {}), "id": name})
        if mirror and (
            source := _validated(path, Source, found[name].model_dump() | mirror.model_dump(exclude_none=True))
        ):
            changed[name] = source
    return changed


@cache
def breakdowns() -> dict[str, BreakdownList]:
    """Return the lists of parts by id; `whole` is the list of `all` alone.

    Raises `BadRecord` if a code is in two lists or twice in one, because a code alone must identify a part.
    """
    path = ROOT / "breakdowns.yaml"
    found = _entries([path], BreakdownList)
    codes = [part.code for item in found.values() for part in item.values]
    if repeated := sorted({code for code in codes if codes.count(code) > 1}):
        _refuse(path, 0, f"duplicate code {repeated[0]!r}; a code must be in one list only")
    if [part.code for part in found["whole"].values] != [WHOLE]:
        _refuse(path, 0, f"the list 'whole' must have the code {WHOLE!r} alone")
    return found


@cache
def breakdown_values() -> dict[str, BreakdownValue]:
    """Return the parts of all lists, and `all`, by code."""
    return {part.code: part for item in breakdowns().values() for part in item.values}


@cache
def metrics() -> dict[str, Metric]:
    """Return the metrics by id.

    Raises `BadRecord` if a metric has an unknown breakdown or code, has neither a whole nor parts, or if its
    `missing_reason` is not the code of a gap.
    """
    found = _entries((ROOT / "metrics").glob("*.yaml"), Metric)
    for metric in found.values():
        if problem := _breakdown_problem(metric) or _missing_problem(metric):
            _refuse_entry(metric, problem)
    return found


def _breakdown_problem(metric: Metric) -> str:
    """Return the problem of the breakdowns of a metric as text; empty if there is none."""
    for named in metric.breakdowns:
        listed = breakdowns().get(named.of)
        if listed is None or named.of == "whole":
            return f"{named.of!r} is not a list of parts in breakdowns.yaml; {_listed(breakdowns().keys() - {'whole'})}"
        if unknown := set(named.codes) - {part.code for part in listed.values}:
            codes = [part.code for part in listed.values]
            return f"{sorted(unknown)[0]!r} is not a code of the list {named.of!r}; {_listed(codes)}"
    if not metric.has_whole and not metric.breakdowns:
        return "a metric without a whole must have breakdowns"
    if not metric.has_whole and metric.is_in_profile:
        return "a metric without a whole has no headline row, so it can't be in the profile"
    for part in metric.inputs:
        if unknown := set(part.breakdown) - breakdown_values().keys():
            return f"{sorted(unknown)[0]!r}, of which an input is, is not a code in breakdowns.yaml"
    return ""


def _missing_problem(metric: Metric) -> str:
    """Return the problem of the `missing_reason` of a metric as text; empty if there is none."""
    reason = reasons().get(metric.missing_reason)
    if reason is None or reason.gap is None or reason.arguments:
        return (
            f"missing_reason must be a code of reasons.yaml with a gap and no arguments, got {metric.missing_reason!r}"
        )
    return ""


@cache
def reasons() -> dict[str, Reason]:
    """Return the reasons by code; raise `BadRecord` if two have the same English text."""
    path = ROOT / "reasons.yaml"
    found = _entries([path], Reason)
    by_text: dict[str, str] = {}
    for reason in found.values():
        if (other := by_text.setdefault(reason.en, reason.id)) != reason.id:
            _refuse_entry(reason, f"has the same text as {other!r}")
    return found


@cache
def profile_metrics() -> tuple[Metric, ...]:
    """Return the metrics with a column in `marts.locality_profile`, in the order of the families."""
    return tuple(metric for metric in in_order_of_families(metrics().values()) if metric.is_in_profile)


def in_order_of_families(listed: Iterable[Metric]) -> list[Metric]:
    """Return metrics sorted by family; the order within a family is unchanged."""
    order = {family: number for number, family in enumerate(families())}
    return sorted(listed, key=lambda metric: order.get(metric.family, len(order)))


def _profile_columns(metric: Metric) -> list[dict[str, Any]]:
    """Return the columns of a metric in the profile: its value and its state."""
    state = fields()["state"]
    return [
        {"name": metric.id, "type": "DOUBLE", "description": f"{metric.name}.", "unit": metric.unit},
        {
            "name": f"{metric.id}_state",
            "type": state["type"],
            "description": f"State of {metric.id}; metrics.headline_value says why, with interval and period.",
            "values": state["values"],
        },
    ]


@cache
def readings() -> dict[str, Reading]:
    """Return how to read each metric, by metric id.

    Raises `BadRecord` if a metric has no reading or several, or if a reading matches no metric.
    """
    path = ROOT / "readings.yaml"
    entries = [entry for item in _load(path) or [] if (entry := _validated(path, Reading, item))]
    found: dict[str, Reading] = {}
    for metric in metrics().values():
        own = [Reading(metrics=(metric.id,), en=metric.reading, cy=metric.reading_cy)] if metric.reading else []
        said = [*own, *(entry for entry in entries if entry.speaks_of(metric.id))]
        if len(said) != 1:
            _refuse(path, 0, f"{metric.id!r} has {len(said)} readings, expected 1: here, or as reading in its entry")
        found[metric.id] = said[0] if said else Reading(metrics=(metric.id,), en="", cy="")
    for entry in entries:
        if not any(entry is used for used in found.values()):
            _refuse(path, 0, f"{entry.metrics[0]!r} is not a catalogued metric; {_listed(metrics(), entry.metrics[0])}")
    return found


@cache
def method_ids() -> dict[str, MethodId]:
    """Return the ids of method.md with other ids in the catalogue; a `*` in those matches any ending."""
    return _entries([ROOT / "method_ids.yaml"], MethodId)


@cache
def moved_ids() -> dict[str, Moved]:
    """Return the current place of the values of each former metric by id; an id without an ending covers all."""
    found = {}
    for entry in method_ids().values():
        for statistic in entry.statistics:
            table, column = statistic.table, statistic.column
            found[statistic.former] = Moved(table, column, tuple(entry.of.values()))
            found |= {
                f"{statistic.former}_{ending}": Moved(table, column, (metric,)) for ending, metric in entry.of.items()
            }
    return found


def former_ids() -> dict[str, FormerId]:
    """Return the former metric ids that are now parts; raise `BadRecord` if their metric has no such part."""
    path = ROOT / "former_ids.yaml"
    found = _entries([path], FormerId)
    for entry in found.values():
        codes = {part.code for _, part in metrics()[entry.metric].parts()} if entry.metric in metrics() else set()
        if not any(fnmatchcase(code, entry.breakdown) for code in codes):
            _refuse_entry(entry, f"{entry.metric!r} has no breakdown {entry.breakdown!r}; {_listed(codes)}")
    return found


def part_of(former: str) -> tuple[str, str] | None:
    """Return the metric and the breakdown of a former metric id; None for other ids."""
    found = ((entry.metric, entry.code_of(former)) for entry in former_ids().values())
    return next(((metric, code) for metric, code in found if code), None)


@cache
def composite() -> Composite:
    """Return the composite of conditions; its inputs and comparisons are catalogued metrics."""
    path = ROOT / "composite.yaml"
    found = _validated(path, Composite, _load(path))
    if found is None:
        raise BadRecord(str(path), 0, "the composite cannot be read")
    named = [metric for pillar in found.pillars for metric in pillar.indicators] + [*found.logged, *found.external]
    for name in named:
        if name not in metrics():
            _refuse(path, line_of(path, name), f"{name!r} is not a catalogued metric; {_listed(metrics(), name)}")
    return found


@cache
def traceability() -> dict[str, Trace]:
    """Return the questions of the report and the blog by id (method.md section 9).

    Raises `BadRecord` if an element has an unknown metric, or neither a metric nor a gap.
    """
    path = ROOT / "traceability.yaml"
    found = _entries([path], Trace)
    for element in found.values():
        if unknown := [metric for metric in element.metrics if metric not in metrics()]:
            _refuse_entry(element, f"{unknown[0]!r} is not a catalogued metric; {_listed(metrics(), unknown[0])}")
        if not element.metrics and not element.gap:
            _refuse_entry(element, "must have a metric or a gap")
    return found


@cache
def honesty_rules() -> dict[str, HonestyRule]:
    """Return the rules of honesty by id, H1 to H18 (method.md section 8)."""
    return _entries([ROOT / "honesty.yaml"], HonestyRule)


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
    """Return the tables by `schema.table`; file name and name must agree, and keys must be columns."""
    loaded = {path: _load(path) for path in sorted((ROOT / "tables").glob("*.yaml"))}
    names = {path.stem for path in loaded}
    raw = {path: item for path, item in loaded.items() if _has_table(path, item, names)}
    by_name = {item["name"]: item for item in raw.values()}
    found: dict[str, Table] = {}
    for path, item in raw.items():
        if path.stem != item["name"] or item["name"].split(".")[0] not in SCHEMAS:
            _refuse(path, 1, f"the file of {item['name']!r} must be called {item['name']}.yaml, of {_listed(SCHEMAS)}")
        table = _validated(path, Table, _table(path, item, by_name))
        if table is None:
            continue
        if table.schema_name == "staging" and table.is_in_edition:
            _refuse(path, 1, f"a table of staging has the tier internal, not {table.tier}")
        found[table.name] = table
    keys = {name: found[name].key for name in _load(ROOT / "joins.yaml") if name in found}
    return {
        name: table.model_copy(
            update={
                "joined": tuple(
                    (other, key)
                    for other, key in keys.items()
                    if other != name and {column.name for column in table.columns}.issuperset(key)
                )
            }
        )
        for name, table in found.items()
    }


def _has_table(path: Path, item: Any, names: set[str]) -> bool:
    """Return whether a file has the keys of a table, including those of the model named in `like`."""
    missing = {"name", "key", "columns"} - ({*item, *(("key", "columns") if "like" in item else ())} if item else set())
    if missing:
        _refuse(path, 1, f"a table must have {', '.join(sorted(missing))}")
        return False
    if is_lost := item.get("like", path.stem) not in names:
        _refuse(path, 1, f"like must name a table, got {item['like']!r}; {_listed(names, item['like'])}")
    return not is_lost


def edition_tables(*, composite: bool) -> tuple[Table, ...]:
    """Return the tables of an edition, sorted by tier and name."""
    held = [table for table in tables().values() if table.is_in_edition and (composite or not table.only_with)]
    return tuple(sorted(held, key=lambda table: (TIERS.index(table.tier), table.name)))


def _table(path: Path, item: dict[str, Any], by_name: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the entry of a table with shared fields filled in, and `like` and `has_profile_metrics` resolved."""
    item = dict(item)
    if model := item.pop("like", None):
        item = {name: by_name[model][name] for name in ("key", "nullable", "columns") if name in by_name[model]} | item
    nullable = set(item.pop("nullable", []))
    columns: list[dict[str, Any]] = [
        {"name": entry} if isinstance(entry, str) else dict(entry) for entry in item["columns"]
    ]
    if item.pop("has_profile_metrics", False):
        nullable |= {metric.id for metric in profile_metrics()}
        columns += [column for metric in profile_metrics() for column in _profile_columns(metric)]
    names = [column["name"] for column in columns]
    if lost := {*item.get("volatile", [])} - set(names):
        _refuse(path, 1, f"volatile must name columns: {sorted(lost)}")
    unknown = (nullable | set(item["key"])) - set(names)
    if unknown or nullable & set(item["key"]):
        _refuse(path, 1, f"key and nullable must name columns, and a key is never null: {sorted(unknown)}")
    if lost := set(item.get("not_given", [])) - nullable:
        _refuse(path, 1, f"not_given must name columns that may be null: {sorted(lost)}")
    for column in columns:
        shared = fields().get(column["name"], {})
        if "type" not in column and not shared:
            _refuse(path, 1, f"column {column['name']!r} has no type here and none in fields.yaml")
            column |= {"type": "VARCHAR", "description": ""}
        column.update({key: value for key, value in shared.items() if key not in column})
        column["nullable"] = column["name"] in nullable
    return item | {"columns": columns}


def pick(what: str, entries: Callable[[], dict[str, T]], name: str) -> T:
    """Return the entry with a name; raise `UnknownName` with near matches if there is none."""
    if name not in entries():
        raise UnknownName(what, name, list(entries()))
    return entries()[name]


def load_all() -> None:
    """Load every file of the catalogue; with `keeping_problems`, all problems are collected."""
    for load in (
        units,
        families,
        licences,
        sources,
        breakdowns,
        reasons,
        metrics,
        readings,
        method_ids,
        former_ids,
        composite,
        traceability,
        honesty_rules,
        indicators,
        tables,
    ):
        try:
            load()
        except BadRecord as problem:
            _refuse(problem.file, problem.line, problem.reason)
