"""The metrics: definition, inputs, parts, and how to read a value."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from warehouse.catalogue import files
from warehouse.catalogue.files import Entry
from warehouse.catalogue.lists import BreakdownValue, Nation, breakdown_values, breakdowns, families, listed_unit
from warehouse.catalogue.reason_list import reasons

# The value that a column must have: one value, one of several, or null.
Fixed = str | bool | int | tuple[str, ...] | None


class MetricInput(Entry):
    """The input rows of a value in a table: by place, by period, and by fixed values.

    `of`: rows of the `place`; of the `peers`, which have a value of the same metric, period and group; or of the
    localities in the `order` of deprivation of `series`.

    `period`: `any`; the `same` as the value; the `window` of awards with these dates, or its `summary` if that counts
    in the window; awards `spread` over time that overlap it; awards of the `years` within it; the `population` nearest
    to the window; the `index` of deprivation of that year, or the `newest_index`; the periods of the `order`.

    `state`: only values in that state use these rows.

    `breakdown`: only values of these parts use these rows, and they use no inputs without a breakdown.
    """

    table: str
    area_column: str = "locality_code"
    where: dict[str, Fixed] = Field(default={})
    of: Literal["place", "peers", "order"] = "place"
    series: str | None = None
    period: Literal[
        "any", "same", "window", "summary", "spread", "years", "population", "index", "newest_index", "order"
    ] = "any"
    state: str | None = None
    breakdown: tuple[str, ...] = ()

    @field_validator("breakdown", mode="before")
    @classmethod
    def _codes(cls, named: object) -> object:
        """Return a single code as a list of one."""
        return (named,) if isinstance(named, str) else named


class MetricBreakdown(Entry):
    """The parts of a metric: those of the list `of`, or only those in `codes`.

    `sums_to` is the sum of the values of all parts, if any: their common denominator (`n_den`) or 1 (`one`).
    """

    of: str
    codes: tuple[str, ...] = ()
    sums_to: Literal["n_den", "one"] | None = None


class Metric(Entry):
    """A metric: definition, formula, and where it can be compared (method.md section 5).

    `headline` is the rule for the row that represents the metric in an area (query `headline_period`): the newest row,
    the row of the longest period, or, for a metric with a row per window of awards, the row of all awards.
    `missing_reason` is the code of the reason for an area without a value in any source (`reasons.yaml`).
    `is_in_profile` adds a column to `marts.locality_profile`. `is_of_other_metrics` marks a metric that counts values
    of other metrics, so that it is computed after them. A metric without `has_source` is only described: it has no
    source and no value.

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
    nations: tuple[Nation, ...]
    comparable_within: Literal["group", "nation", "uk", "none"]
    aggregation: Literal["sum", "ratio_of_sums", "pop_weighted", "recompute_from_small_area", "not_aggregable"]
    inputs: tuple[MetricInput, ...]
    edge_cases: str
    method_source: str
    missing_reason: str = "no_source"
    scope: Literal["locality", "nation", "corpus"] = "locality"
    headline: Literal["newest", "longest", "on_record"] = "newest"
    is_in_profile: bool = False
    is_of_other_metrics: bool = False
    has_source: bool = True
    breakdowns: tuple[MetricBreakdown, ...] = ()
    has_whole: bool = True
    award_scope: Literal["local", "all", "place_funds", "years_2013_2018"] | None = None
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


@files.cached
def metrics() -> dict[str, Metric]:
    """Return the metrics by id.

    Raises `BadRecord` if a metric has an unknown breakdown or code, has neither a whole nor parts, or if its
    `missing_reason` is not the code of a gap.
    """
    found = files.entries((files.ROOT / "metrics").glob("*.yaml"), Metric)
    for metric in found.values():
        if problem := _breakdown_problem(metric) or _missing_problem(metric):
            files.refuse_entry(metric, problem)
    return found


def _breakdown_problem(metric: Metric) -> str:
    """Return the problem of the breakdowns of a metric as text; empty if there is none."""
    for named in metric.breakdowns:
        listed = breakdowns().get(named.of)
        if listed is None or named.of == "whole":
            names = files.listed(breakdowns().keys() - {"whole"})
            return f"{named.of!r} is not a list of parts in breakdowns.yaml; {names}"
        if unknown := set(named.codes) - {part.code for part in listed.values}:
            codes = [part.code for part in listed.values]
            return f"{sorted(unknown)[0]!r} is not a code of the list {named.of!r}; {files.listed(codes)}"
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


@files.cached
def profile_metrics() -> tuple[Metric, ...]:
    """Return the metrics with a column in `marts.locality_profile`, in the order of the families."""
    return tuple(metric for metric in in_order_of_families(metrics().values()) if metric.is_in_profile)


def in_order_of_families(listed: Iterable[Metric]) -> list[Metric]:
    """Return metrics sorted by family; the order within a family is unchanged."""
    order = {family: number for number, family in enumerate(families())}
    return sorted(listed, key=lambda metric: order.get(metric.family, len(order)))


@files.cached
def readings() -> dict[str, Reading]:
    """Return how to read each metric, by metric id.

    Raises `BadRecord` if a metric has no reading or several, or if a reading matches no metric.
    """
    path = files.ROOT / "readings.yaml"
    entries = [entry for item in files.read(path) or [] if (entry := files.validated(path, Reading, item))]
    found: dict[str, Reading] = {}
    for metric in metrics().values():
        own = [Reading(metrics=(metric.id,), en=metric.reading, cy=metric.reading_cy)] if metric.reading else []
        said = [*own, *(entry for entry in entries if entry.speaks_of(metric.id))]
        if len(said) != 1:
            files.refuse(
                path, 0, f"{metric.id!r} has {len(said)} readings, expected 1: here, or as reading in its entry"
            )
        found[metric.id] = said[0] if said else Reading(metrics=(metric.id,), en="", cy="")
    for entry in entries:
        if not any(entry is used for used in found.values()):
            files.refuse(
                path, 0, f"{entry.metrics[0]!r} is not a catalogued metric; {files.listed(metrics(), entry.metrics[0])}"
            )
    return found
