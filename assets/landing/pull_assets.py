"""The assets of the pulled sources, by which the UI and the schedules pull; how is in `assets.landing.pull`."""

from collections.abc import Collection, Iterable, Sequence

import dagster as dg
from pydantic import Field

from assets.factories.asset_specs import source_key, source_spec
from assets.factories.step_errors import explained
from assets.landing.pull import pull_all, pullable, pulled_source
from warehouse.errors import InvalidSetting
from warehouse.storage.workspace import Warehouse

ANSWERED = "publisher_answered"


class Pull(dg.Config):
    """How to pull."""

    sources: list[str] = Field(
        default=[],
        description=(
            "Ask for these sources only: their ids, as in the group landing and in docs/sources.md. Empty: all that "
            "the run selects. For the job pull; in a run that also builds, all must be asked."
        ),
    )
    accept: bool = Field(
        default=False,
        description=(
            "Accept a file that was refused because it is unlike the last one, because much of it would be quarantined "
            "or because it was taken back. For when a user has looked at it and it is right; name its source in "
            "sources."
        ),
    )


def landing_assets() -> list[dg.AssetsDefinition]:
    """Return the assets of the sources that are pulled, one each, made by one step that pulls them side by side.

    A publisher's failure fails no run: it is a warning in the log and a check that does not hold, and what depends
    on the source is built from its last good landing.
    """
    by_key = {source_key(source): source.id for source in map(pulled_source, pullable())}
    if not by_key:
        return []

    @dg.multi_asset(
        name="ask_publishers",
        specs=[source_spec(source) for source in map(pulled_source, pullable())],
        check_specs=[
            dg.AssetCheckSpec(ANSWERED, asset=key, blocking=False, description="The publisher sent what can be landed.")
            for key in by_key
        ],
        can_subset=True,
    )
    def pull_sources(
        context: dg.AssetExecutionContext, config: Pull, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterable[dg.MaterializeResult[None]]:
        wanted = {source_id: key for key, source_id in by_key.items() if key in context.selected_asset_keys}
        with explained():
            _require_alone(config.sources, context.job_def.asset_layer.selected_asset_keys - by_key.keys())
            asked = {pulled_source(name).id for name in config.sources} or wanted.keys()
            ended = pull_all(warehouse, [name for name in wanted if name in asked], accept=config.accept)
        while True:
            with explained():
                pulled = next(ended, None)
            if pulled is None:
                return
            key = wanted[pulled.source_id]
            tell = context.log.warning if pulled.is_in_trouble else context.log.info
            tell(pulled.to_text())
            check = dg.AssetCheckResult(
                asset_key=key,
                check_name=ANSWERED,
                passed=not pulled.is_in_trouble,
                severity=dg.AssetCheckSeverity.WARN,
                description=pulled.reason or None,
            )
            is_checked = dg.AssetCheckKey(key, ANSWERED) in context.selected_asset_check_keys
            yield dg.MaterializeResult(
                asset_key=key,
                metadata={
                    "state": pulled.state,
                    **({"reason": pulled.reason} if pulled.reason else {}),
                    "new files": len(pulled.new_files),
                    "requests": pulled.requests,
                    **({"notes": "\n".join(pulled.notes)} if pulled.notes else {}),
                },
                check_results=[check] if is_checked else [],
            )

    return [pull_sources]


def _require_alone(sources: Sequence[str], built: Collection[dg.AssetKey]) -> None:
    """Raise `InvalidSetting` where only some sources are asked in a run that also builds.

    What is built would be skipped: it waits for every source, and those that are not asked never end.
    """
    if sources and built:
        raise InvalidSetting(
            f"This run asks only {', '.join(sources)} and would build {len(built)} tables, which wait for all sources. "
            "Start the job pull with these sources instead: a build follows by itself when something new has landed."
        )
