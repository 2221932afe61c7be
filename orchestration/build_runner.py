"""Runs the job `build` for the command line: in this process, with progress, recorded in the instance of the UI."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import dagster as dg
from rich.console import Console

from assets.build_identity import build as identity
from orchestration.build_progress import TableProgress, progress_bar
from orchestration.instance import instance
from orchestration.resources import HeldWarehouseResource, WarehouseResource, as_of_date
from orchestration.run_errors import why_failed
from warehouse.editions.find import Edition, editions, find_current, is_whole, run_ids
from warehouse.editions.shared_editions import bring_up_to_date
from warehouse.query import connect
from warehouse.report.contacts import contacts
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse

NOTHING: Mapping[str, Any] = MappingProxyType({})
# Thresholds of Python's cyclic garbage collector, for the youngest and the oldest generation; the default is 700.
COLLECTED_FROM, COLLECTED_ALL_FROM = 50_000, 50


@dataclass(frozen=True)
class BuildOutcome:
    """A build that succeeded: its edition and its main counts.

    `sources_in_trouble` gives, for each source whose last pull failed or was refused, the age of its last landed file.
    """

    edition: Edition
    is_new: bool
    is_current: bool
    counts: dict[str, int]
    metric_values_by_state: dict[str, int]
    checks_passed: int
    checks_failed: int
    quarantined_rows: int
    sources_in_trouble: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as JSON-ready values."""
        return {
            "edition_id": self.edition.id,
            "version": self.edition.version,
            "version_why": list(self.edition.version_why),
            "sign_off": self.edition.sign_off,
            "path": str(self.edition.path),
            "as_of": self.edition.as_of.isoformat(),
            "is_new": self.is_new,
            "is_current": self.is_current,
            "counts": self.counts,
            "metric_values_by_state": self.metric_values_by_state,
            "checks_passed": self.checks_passed,
            "checks_failed": self.checks_failed,
            "quarantined_rows": self.quarantined_rows,
            "sources_in_trouble": self.sources_in_trouble,
        }


def run_build(
    home: Home,
    *,
    force: bool = False,
    sign_off: str = "",
    as_of: date | None = None,
    composite: bool = False,
    engine: Mapping[str, Any] = NOTHING,
    is_held: bool = False,
    console: Console | None = None,
) -> BuildOutcome:
    """Run the job `build` on a home and return its outcome.

    `sign_off` is the reason to publish an edition in which many localities change band with no input change. With an
    as-of date, the edition is built from the files landed by then, and the current edition stays current
    (docs/decisions/0005-editions-of-an-earlier-day.md). `is_held` means that the caller holds the home's lock already,
    as a pull before the build does. `engine` are the fields of `WarehouseResource` that choose the engine. `console`
    shows progress.

    Raises the `CommunityPowerError` that ended the run, or one that names the checks that failed; the current edition
    is then unchanged. Raises `InvalidSetting` for contacts that the report cannot show, before the run.
    """
    as_of = as_of_date(as_of.isoformat() if as_of else "")
    contacts()
    bring_up_to_date(home, is_held=is_held)
    wanted = identity(Warehouse(home, as_of, composite))["run_id"][0]
    for published in _candidates(home, as_of):
        if not force and wanted in run_ids(home, published) and is_whole(home, published):
            return _outcome(home, published, is_new=False)
    from assets.edition import KEY as EDITION

    resource = (HeldWarehouseResource if is_held else WarehouseResource)(
        home=str(home.root), as_of=as_of.isoformat() if as_of else "", composite=composite, **engine
    )
    # The UI shows the state of tables today, so a build with an as-of date is not recorded there.
    opened = dg.DagsterInstance.ephemeral() if as_of else instance(home)
    edition = {EDITION.to_python_identifier(): {"config": {"force": force, "sign_off": sign_off}}}
    made = _run(resource, opened, console, ops=edition)[EDITION]
    return _outcome(home, Edition.read(Path(str(made["folder"].value))), is_new=bool(made["new"].value))


def build_selected(
    home: Home,
    selection: str,
    *,
    composite: bool = False,
    engine: Mapping[str, Any] = NOTHING,
    console: Console | None = None,
) -> dict[str, bool]:
    """Make the tables that a selection names, run their checks and return, for each, whether it is unchanged.

    Nothing is published. The selection is in Dagster's syntax; `metrics.metric_value` is short for
    `key:"metrics/metric_value"`. Raises `UnknownName` if it selects no table, `InvalidSetting` for invalid syntax, and
    what `run_build` raises.
    """
    from assets.factories.run_metadata import UNCHANGED
    from orchestration.selection import selected_tables

    resource = WarehouseResource(home=str(home.root), composite=composite, **engine)
    made = _run(resource, instance(home), console, select=lambda graph: selected_tables(selection, graph))
    return {".".join(key.path): bool(metadata[UNCHANGED].value) for key, metadata in made.items()}


def _run(
    resource: dg.ConfigurableResource[Warehouse],
    opened: AbstractContextManager[dg.DagsterInstance],
    console: Console | None,
    *,
    ops: Mapping[str, Any] = NOTHING,
    select: Callable[[Any], Sequence[dg.AssetKey]] | None = None,
) -> dict[dg.AssetKey, Mapping[str, dg.MetadataValue]]:
    """Run the job `build`, or a selection of it, and return the metadata of each asset that it materialised."""
    # Only a build that runs needs the graph, which takes long to import.
    from orchestration.definitions import build_defs

    with ExitStack() as stack:
        stack.enter_context(_fewer_collections())
        progress = TableProgress(stack.enter_context(progress_bar(console)) if console else None)
        definitions = build_defs(
            loggers={"progress": dg.LoggerDefinition(lambda _: progress.logger)}, warehouse=resource
        )
        job = definitions.resolve_job_def("build")
        selected = select(job.asset_layer.asset_graph) if select else None
        progress.expect(len(selected or set(job.asset_layer.executable_asset_keys)))
        result = job.execute_in_process(
            instance=stack.enter_context(opened),
            raise_on_error=False,
            asset_selection=selected,
            # A named logger replaces Dagster's own, which prints tracebacks.
            run_config={"ops": dict(ops), "loggers": {"progress": {}}},
        )
    if not result.success:
        raise why_failed(result.all_events).to_error()
    return {
        event.asset_key: event.step_materialization_data.materialization.metadata
        for event in result.all_events
        if event.is_step_materialization and event.asset_key
    }


@contextmanager
def _fewer_collections() -> Iterator[None]:
    """Run the garbage collector less often, and not on imported objects.

    Collections take a twentieth of a build and free almost nothing: rows and pages are not in cycles.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(COLLECTED_FROM, before[1], COLLECTED_ALL_FROM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _candidates(home: Home, as_of: date | None) -> list[Edition]:
    """Return the editions that a build may reuse: without an as-of date, only the current one."""
    if as_of:
        return list(reversed(editions(home)))
    return [edition for edition in [find_current(home)] if edition]


def _outcome(home: Home, edition: Edition, *, is_new: bool) -> BuildOutcome:
    """Return the main counts of an edition, read from its DuckDB file and its record."""
    with closing(connect(edition.path)) as database:
        failing = database.execute(
            """select source_id, state, age_days from meta.source_status
            where state in ('failed', 'refused') order by source_id"""
        ).fetchall()
        by_state = database.execute(
            "select state, count(*) from metrics.metric_value group by state order by state"
        ).fetchall()
        passed, failed = database.execute(
            "select count(*) filter (is_passed), count(*) filter (not is_passed) from meta.check_result"
        ).fetchall()[0]
    now = find_current(home)
    return BuildOutcome(
        edition=edition,
        is_new=is_new,
        is_current=bool(now and now.id == edition.id),
        counts={
            "localities": edition.tables["core.dim_locality"],
            "survey indicators": edition.tables["core.dim_indicator"],
            "observations": edition.tables["core.fct_observation"],
            "awards": edition.tables["core.fct_award"],
            "practice records": edition.tables["core.fct_practice_study"],
            "metric values": edition.tables["metrics.metric_value"],
        },
        metric_values_by_state={str(state): int(number) for state, number in by_state},
        checks_passed=int(passed),
        checks_failed=int(failed),
        quarantined_rows=edition.tables["meta.quarantine"],
        sources_in_trouble={
            str(source_id): f"{state}; " + ("nothing landed yet" if age is None else f"landed {age:,} days before")
            for source_id, state, age in failing
        },
    )
