"""Data model of a comparison of editions: files, tables, columns, metrics, rows, values and bands."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from warehouse.release.version import Level

# Rows of meta differ in every build, so they are not counted. Metrics have reasons of their own.
COUNTED_SCHEMAS = ("core", "metrics", "marts")
LOCALITIES, METRICS = "core.dim_locality", "core.dim_metric"
SHOWN_NAMES = 5


@dataclass(frozen=True)
class SnapshotFacts:
    """Label, as-of date, input and code of one side of a comparison."""

    label: str
    as_of: date
    input_hash: str
    code_version: str


@dataclass(frozen=True)
class FileChange:
    """Number of files of a source that are new, and that are no longer read."""

    source_id: str
    new_files: int
    gone_files: int


@dataclass(frozen=True)
class ColumnChange:
    """A column that was added, removed or changed; `what` describes the change as text."""

    table: str
    column: str
    what: str


@dataclass(frozen=True)
class MetricChange:
    """A metric that was added or removed, or whose method or wording changed."""

    metric_id: str
    kind: Literal["added", "removed", "method", "words"]
    what: str


@dataclass(frozen=True)
class RowChange:
    """Numbers of rows of a table; added, withdrawn and changed are by key, None if the key changes in every build."""

    table: str
    before: int
    after: int
    added: int | None
    withdrawn: int | None
    changed: int | None

    @property
    def is_other(self) -> bool:
        """Whether any row differs."""
        return self.before != self.after or any((self.added, self.withdrawn, self.changed))


@dataclass(frozen=True)
class Largest:
    """The largest change of a value within a metric."""

    locality_code: str
    locality_name: str
    period: str
    old_value: float
    new_value: float
    unit: str


@dataclass(frozen=True)
class ValueChanges:
    """Numbers of changed values of a metric, by type of change and by cause.

    `reworked` counts the values that existed before and that changed because of the method only.
    """

    metric_id: str
    added: int
    changed: int
    withdrawn: int
    restated: int
    reworked: int
    causes: dict[str, int]
    largest: Largest | None


@dataclass(frozen=True)
class Move:
    """A locality that moved to another fifth of its comparable group, and the cause."""

    locality_code: str
    locality_name: str
    metric_id: str
    period: str
    old_band: int
    new_band: int
    cause: str


@dataclass(frozen=True)
class Comparison:
    """The changes from `older` to `newer`; `changes` has the columns of `meta.edition_change`.

    `localities_n` is the number of localities that have a band in both.
    """

    older: SnapshotFacts
    newer: SnapshotFacts
    files: tuple[FileChange, ...]
    tables_added: tuple[str, ...]
    tables_removed: tuple[str, ...]
    columns: tuple[ColumnChange, ...]
    metrics: tuple[MetricChange, ...]
    rows: tuple[RowChange, ...]
    values: tuple[ValueChanges, ...]
    moves: tuple[Move, ...]
    localities_n: int
    changes: pl.DataFrame

    @property
    def moved_n(self) -> int:
        """Number of localities that moved to another band of any metric."""
        return len({move.locality_code for move in self.moves})

    @property
    def moved_without_input(self) -> tuple[Move, ...]:
        """The moves without an input change: those with the cause method."""
        return tuple(move for move in self.moves if move.cause == "method")

    @property
    def moved_without_input_n(self) -> int:
        """Number of localities that moved to another band without an input change."""
        return len({move.locality_code for move in self.moved_without_input})

    @property
    def moved_without_input_share(self) -> float:
        """Share of the localities with a band that moved to another without an input change, from 0 to 1."""
        return self.moved_without_input_n / self.localities_n if self.localities_n else 0.0

    @property
    def level(self) -> Level:
        """Level of the new version: the highest level of the reasons."""
        levels = {level for level, _ in self.reasons()}
        return "major" if "major" in levels else "minor" if "minor" in levels else "patch"

    def reasons(self) -> list[tuple[Level, str]]:
        """Return the reasons for the new version, each with its level, the highest level first."""
        new, gone, methods, words = (
            [item.metric_id for item in self.metrics if item.kind == kind]
            for kind in ("added", "removed", "method", "words")
        )
        reworked = [item.metric_id for item in self.values if item.reworked]
        counted = [row for row in self.rows if row.table.split(".")[0] in COUNTED_SCHEMAS and row.table != METRICS]
        places_gone = sum(row.withdrawn or 0 for row in self.rows if row.table == LOCALITIES)
        added = sum(row.added or 0 for row in counted)
        other = sum((row.withdrawn or 0) + (row.changed or 0) for row in counted)
        told_already = {*new, *gone, *methods}
        found: list[tuple[Level, str | None]] = [
            ("major", _reason("table", "removed", self.tables_removed)),
            ("major", _reason("column", "changed", [f"{item.table}.{item.column}" for item in self.columns])),
            ("major", _reason("metric", "removed", gone)),
            ("major", _reason("method", "changed", methods)),
            (
                "major",
                _reason("metric", "computed differently", [name for name in reworked if name not in told_already]),
            ),
            ("major", f"localities withdrawn: {places_gone:,}" if places_gone else None),
            ("minor", _reason("table", "added", self.tables_added)),
            ("minor", _reason("metric", "added", new)),
            ("minor", f"rows added: {added:,}" if added else None),
            ("patch", f"rows corrected or withdrawn: {other:,}" if other else None),
            ("patch", _reason("metric", "wording changed", words)),
        ]
        told = [(level, reason) for level, reason in found if reason]
        return told or [("patch", "no row changed, only the record of the build")]

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON-ready values, without the list of changed values."""
        plain: dict[str, Any] = {
            item.name: _plain(getattr(self, item.name)) for item in fields(self) if item.name != "changes"
        }
        return plain | {
            "level": self.level,
            "why": [reason for _, reason in self.reasons()],
            "moved_n": self.moved_n,
            "moved_without_input_n": self.moved_without_input_n,
        }


def _reason(what: str, happened: str, names: Iterable[str]) -> str | None:
    """Return a reason as text with the first names; None without names."""
    listed = list(names)
    if not listed:
        return None
    shown = ", ".join(listed[:SHOWN_NAMES]) + (f" and {len(listed) - SHOWN_NAMES} more" if listed[SHOWN_NAMES:] else "")
    return f"{what} {happened}: {shown}"


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(item) for name, item in asdict(value).items()}
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
