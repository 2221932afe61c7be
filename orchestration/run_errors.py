"""Reads from the events of a run why it failed: as an error for the command line, as advice for the UI."""

from collections.abc import Iterable
from dataclasses import dataclass

import dagster as dg

from assets.factories.checks import rule_file
from assets.factories.run_metadata import FIRST_ROWS
from assets.factories.step_errors import STAYS, UNFORESEEN, advice_on
from warehouse.errors import CommunityPowerError, ResourcesExhausted

TOLD_ROWS = 3
CRASHED = "The process of a step ended before the step did. It was stopped, or the memory was not enough."
ENOUGH = "Run the job again, with fewer processes at the same time or with more memory."


@dataclass(frozen=True)
class Cause:
    """Why a run failed: the kind of error, its message, and what a user can do."""

    kind: type[Exception]
    reason: str
    advice: str

    def to_error(self) -> CommunityPowerError:
        """Return the error that ends the command, with the exit code of its kind."""
        error = CommunityPowerError(f"{self.reason}\nNo edition was published; the current one stays.")
        error.exit_code = getattr(self.kind, "exit_code", CommunityPowerError.exit_code)
        return error

    def to_text(self) -> str:
        """Return what to do, what happened and what stays unchanged, in this order."""
        return f"{self._told()}\n{STAYS}"

    def to_line(self) -> str:
        """Return what to do and what happened as one line."""
        return " ".join(self._told().split())

    def _told(self) -> str:
        happened = "" if self.reason == self.advice else f"\nWhat happened: {self.reason}"
        return f"What to do: {self.advice}{happened}"


def why_failed(events: Iterable[dg.DagsterEvent]) -> Cause:
    """Return why a run with these events failed: the blocking checks that failed, or the first error."""
    events = list(events)
    broken = [
        evaluation
        for event in events
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION
        and not (evaluation := event.asset_check_evaluation_data).passed
        and evaluation.severity is dg.AssetCheckSeverity.ERROR
    ]
    if broken:
        told = "".join(f"\n  {_broken(check)}" for check in broken)
        advice = (
            "Open the checks named below: each shows the first rows that break its rule. Fix their source, then run "
            "the job again."
        )
        return Cause(CommunityPowerError, f"These checks failed:{told}", advice)
    kinds = {f"{kind.__module__}.{kind.__name__}": kind for kind in _kinds(CommunityPowerError)}
    for event in events:
        error = getattr(event.event_specific_data, "error", None) if event.is_failure else None
        while error:
            name, _, told = error.message.strip().partition(": ")
            if kind := kinds.get(name):
                return Cause(kind, told, advice_on(kind, told))
            if name.endswith(".ChildProcessCrashException"):
                return Cause(ResourcesExhausted, CRASHED, ENOUGH)
            if not error.cause:
                return Cause(Exception, error.message.strip(), UNFORESEEN)
            error = error.cause
    return Cause(
        Exception,
        "The run failed without an error.",
        "See the log of the run. If it was stopped, or its process ended, run the job again.",
    )


def _broken(check: dg.AssetCheckEvaluation) -> str:
    """Return the name of a failed check, its file and the first rows that break it, one line each."""
    table = ".".join(check.asset_key.path)
    shown = next((value for name, value in check.metadata.items() if name.startswith(FIRST_ROWS)), None)
    rows = [record.data for record in shown.records[:TOLD_ROWS]] if isinstance(shown, dg.TableMetadataValue) else []
    return "\n    ".join(
        [
            f"{table}: {check.check_name}, broken rows: {check.metadata['broken rows'].value}",
            f"rule: {rule_file(table, check.check_name)}",
            *(", ".join(f"{name} {value}" for name, value in row.items() if value is not None) for row in rows),
        ]
    )


def _kinds(error: type[CommunityPowerError]) -> list[type[CommunityPowerError]]:
    return [error, *(kind for child in error.__subclasses__() for kind in _kinds(child))]
