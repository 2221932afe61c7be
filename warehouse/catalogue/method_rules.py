"""Rules for several metrics: the composite, the inputs of similarity, the questions to answer, and rules of honesty."""

from typing import Literal

from pydantic import Field

from warehouse.catalogue import files
from warehouse.catalogue.files import Entry
from warehouse.catalogue.metric_entries import metrics
from warehouse.errors import BadRecord


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


class SimilarityInput(Entry):
    """A metric that localities are compared by when similar ones are found; `id` is the id of the metric.

    `weight` is relative, and the weights of an `aspect` sum to 1. `is_logged`: the logarithm of the value is used.
    """

    id: str
    aspect: Literal["size", "density", "deprivation", "age"]
    weight: float = Field(gt=0)
    is_logged: bool = False


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


@files.cached
def composite() -> Composite:
    """Return the composite of conditions; its inputs and comparisons are catalogued metrics."""
    path = files.ROOT / "composite.yaml"
    found = files.validated(path, Composite, files.read(path))
    if found is None:
        raise BadRecord(str(path), 0, "the composite cannot be read")
    named = [metric for pillar in found.pillars for metric in pillar.indicators] + [*found.logged, *found.external]
    for name in named:
        if name not in metrics():
            files.refuse(
                path, files.line_of(path, name), f"{name!r} is not a catalogued metric; {files.listed(metrics(), name)}"
            )
    return found


@files.cached
def similarity() -> dict[str, SimilarityInput]:
    """Return the inputs of the similarity of localities by metric.

    Raises `BadRecord` if an input is not a catalogued metric, has a direction or no number as its value, or if the
    weights of an aspect do not sum to 1.
    """
    path = files.ROOT / "similarity.yaml"
    found = files.entries([path], SimilarityInput)
    for item in found.values():
        metric = metrics().get(item.id)
        if metric is None:
            files.refuse_entry(item, f"is not a catalogued metric; {files.listed(metrics(), item.id)}")
        elif metric.direction != "none" or metric.unit == "category":
            files.refuse_entry(
                item,
                f"must be a number that describes the place, with the direction none; it has the direction "
                f"{metric.direction} and the unit {metric.unit}",
            )
    for aspect in sorted({item.aspect for item in found.values()}):
        total = sum(item.weight for item in found.values() if item.aspect == aspect)
        if abs(total - 1) > 1e-9:
            files.refuse(path, 0, f"the weights of the aspect {aspect} must sum to 1, got {total:g}")
    return found


@files.cached
def traceability() -> dict[str, Trace]:
    """Return the questions of the report and the blog by id (method.md section 9).

    Raises `BadRecord` if an element has an unknown metric, or neither a metric nor a gap.
    """
    path = files.ROOT / "traceability.yaml"
    found = files.entries([path], Trace)
    for element in found.values():
        if unknown := [metric for metric in element.metrics if metric not in metrics()]:
            files.refuse_entry(
                element, f"{unknown[0]!r} is not a catalogued metric; {files.listed(metrics(), unknown[0])}"
            )
        if not element.metrics and not element.gap:
            files.refuse_entry(element, "must have a metric or a gap")
    return found


@files.cached
def honesty_rules() -> dict[str, HonestyRule]:
    """Return the rules of honesty by id, H1 to H19 (method.md section 8)."""
    return files.entries([files.ROOT / "honesty.yaml"], HonestyRule)
