"""The assets of the pulled sources, for the UI and the schedules. `assets.landing.pull` does the pulling."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import dagster as dg
from pydantic import Field

from assets.factories.asset_specs import source_key, source_spec
from assets.factories.step_errors import explained
from assets.landing.pull import Pulled, pull_all, pullable, pulled_source
from warehouse.errors import InvalidSetting, NoPublisherAnswered
from warehouse.storage.workspace import Warehouse

ANSWERED = "publisher_answered"
# For an output with this metadata Dagster leaves the event of the asset to the caller. The name is not public: up to
# 1.13, no public result of a materialisable asset lets the later steps of a run go on without a materialisation.
WITHOUT_EVENT = "__source_asset_observation__"


class Pull(dg.Config):
    """How to pull."""

    sources: list[str] = Field(
        default=[],
        description=(
            "Pull only these sources: their ids, as in the group landing and in docs/sources.md. Empty: all that the "
            "run selects. For the job pull only: a run that also builds must pull all sources."
        ),
    )
    accept: bool = Field(
        default=False,
        description=(
            "Accept a file that was refused because it differs much from the last one, because a fifth or more of it "
            "would be quarantined, or because it was taken back. Check the file first, and name its source in sources."
        ),
    )


def landing_assets() -> list[dg.AssetsDefinition]:
    """Return the assets of the pulled sources, one for each source; one step pulls them in parallel.

    A publisher's failure does not fail the run unless all that were asked fail: it is a warning in the log, a failed
    check and an observation, and tables that depend on the source are built from its last good landing. An asset is
    materialised only by a good answer, so that its freshness is that of its data.
    """
    by_key = {source_key(source): source.id for source in map(pulled_source, pullable())}
    if not by_key:
        return []

    @dg.multi_asset(
        name="ask_publishers",
        specs=[source_spec(source) for source in map(pulled_source, pullable())],
        check_specs=[
            dg.AssetCheckSpec(
                ANSWERED, asset=key, blocking=False, description="The publisher's answer could be landed."
            )
            for key in by_key
        ],
        can_subset=True,
    )
    def pull_sources(
        context: dg.AssetExecutionContext, config: Pull, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterable[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        wanted = {source_id: key for key, source_id in by_key.items() if key in context.selected_asset_keys}
        with explained():
            _require_alone(config.sources, context.job_def.asset_layer.selected_asset_keys - by_key.keys())
            asked = {pulled_source(name).id for name in config.sources} or wanted.keys()
            results = pull_all(warehouse, [name for name in wanted if name in asked], accept=config.accept)
        failed: dict[str, str] = {}
        has_answer = False
        unanswered: list[dg.AssetKey] = []
        while True:
            with explained():
                pulled = next(results, None)
            if pulled is None:
                break
            key = wanted[pulled.source_id]
            tell = context.log.warning if pulled.is_failing else context.log.info
            tell(pulled.to_text())
            if dg.AssetCheckKey(key, ANSWERED) in context.selected_asset_check_keys:
                yield dg.AssetCheckResult(
                    asset_key=key,
                    check_name=ANSWERED,
                    passed=not pulled.is_failing,
                    severity=dg.AssetCheckSeverity.WARN,
                    description=pulled.reason or None,
                )
            if pulled.is_failing:
                failed[pulled.source_id] = pulled.reason
            if pulled.is_failing or not pulled.requests:
                unanswered.append(key)
                context.log_event(dg.AssetObservation(key, metadata=_told(pulled)))
            else:
                has_answer = True
                yield dg.MaterializeResult(asset_key=key, metadata=_told(pulled))
        if failed and not has_answer:
            with explained():
                raise NoPublisherAnswered(failed)
        yield from map(_without_event, unanswered)

    return [pull_sources]


def _told(pulled: Pulled) -> dict[str, Any]:
    """Return the metadata of an event about a pull."""
    return {
        "state": pulled.state,
        **({"reason": pulled.reason} if pulled.reason else {}),
        "new files": len(pulled.new_files),
        "requests": pulled.requests,
        **({"notes": "\n".join(pulled.notes)} if pulled.notes else {}),
    }


def _without_event(key: dg.AssetKey) -> dg.MaterializeResult[None]:
    """Return an output by which the tables of a source are built, without an event that makes the asset fresh.

    The age of an asset counts from its last materialisation, and a skipped output would skip the build.
    """
    return dg.MaterializeResult(asset_key=key, metadata={WITHOUT_EVENT: True})


def _require_alone(sources: Sequence[str], built: Collection[dg.AssetKey]) -> None:
    """Raise `InvalidSetting` if only some sources are pulled in a run that also builds.

    The build would be skipped, because it waits for every source.
    """
    if sources and built:
        raise InvalidSetting(
            f"This run pulls only {', '.join(sources)} but builds {len(built)} tables, which wait for all sources. "
            "Start the job pull with these sources instead: a build starts automatically when a file was landed."
        )
