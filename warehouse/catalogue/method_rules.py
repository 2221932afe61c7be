"""What method.md lays down for several metrics: the composite, the questions to answer, and the rules of honesty."""

from typing import Literal

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
