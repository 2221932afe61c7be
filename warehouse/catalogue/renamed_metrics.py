"""The metrics with another id in method.md or in earlier editions, and where their values are now."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from pydantic import Field

from warehouse.catalogue import files
from warehouse.catalogue.files import Entry
from warehouse.catalogue.metric_entries import metrics


class Statistic(Entry):
    """A column that describes values, and its id from when it was a metric."""

    former: str
    table: str
    column: str


class MethodId(Entry):
    """The ids in the catalogue for an id of method.md, and why they differ.

    Its `metrics`, with the list of parts in `breakdown`; or, for an id about values of other metrics, its `statistics`:
    columns of the rows that describe a value, for each of the metrics in `of` by the ending of the former id. It has
    neither if it is not a metric.
    """

    id: str
    metrics: tuple[str, ...] = ()
    statistics: tuple[Statistic, ...] = ()
    of: dict[str, str] = Field(default={})
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


@files.cached
def method_ids() -> dict[str, MethodId]:
    """Return the ids of method.md with other ids in the catalogue; a `*` in those matches any ending."""
    return files.entries([files.ROOT / "method_ids.yaml"], MethodId)


@files.cached
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
    path = files.ROOT / "former_ids.yaml"
    found = files.entries([path], FormerId)
    for entry in found.values():
        codes = {part.code for _, part in metrics()[entry.metric].parts()} if entry.metric in metrics() else set()
        if not any(fnmatchcase(code, entry.breakdown) for code in codes):
            files.refuse_entry(entry, f"{entry.metric!r} has no breakdown {entry.breakdown!r}; {files.listed(codes)}")
    return found


def part_of(former: str) -> tuple[str, str] | None:
    """Return the metric and the breakdown of a former metric id; None for other ids."""
    found = ((entry.metric, entry.code_of(former)) for entry in former_ids().values())
    return next(((metric, code) for metric, code in found if code), None)
