"""Jobs: named selections of the graph. What an asset does is described with the asset."""

from typing import Any

import dagster as dg
from pydantic import Field

from assets.factories.asset_specs import source_key
from assets.factories.step_errors import explained
from assets.landing.check_publishers import check_publishers as check_all
from assets.landing.publisher_report import report_path, write_report
from assets.uncertainty.composite.whatif import Missing, Split, Unallocated, published_weights, scenario_of
from assets.uncertainty.composite.whatif import what_if as compute_what_if
from orchestration.parse_job import parse
from warehouse.catalogue import sources
from warehouse.editions.find import current
from warehouse.errors import NoPublisherAnswered
from warehouse.storage.workspace import Warehouse

# Everything that is made from the files on disk, without a request to a publisher.
BUILT = dg.AssetSelection.all().materializable() - dg.AssetSelection.groups("landing")


def pulling(kind: str) -> dg.AssetSelection:
    """Return the assets of the pulled sources of one kind."""
    keys = [source_key(source) for source in sources().values() if source.kind == kind and source.protocol]
    return dg.AssetSelection.assets(*keys)


build = dg.define_asset_job(
    "build",
    selection=BUILT,
    description=(
        "Build every table from the reference records and landed files, run the checks and publish an edition.\n\n"
        "Configuration, all optional: `resources.warehouse.config.as_of`, the as-of date; "
        "`resources.warehouse.config.composite`, to compute the experimental composite; "
        "`ops.published__edition.config.force`, to publish even if nothing has changed; "
        "`ops.published__edition.config.sign_off`, to publish although many localities change band.\n\n"
        "If a source has never been pulled, the UI asks you to confirm. Confirm: values that need missing files get a "
        "reason instead of a number."
    ),
)

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all().materializable(),
    description=(
        "Pull from the publishers, build every table, run the checks and publish an edition if anything changed.\n\n"
        "Configuration, all optional: as for `build`."
    ),
)

pull = dg.define_asset_job(
    "pull",
    selection=dg.AssetSelection.groups("landing").materializable(),
    description=(
        "Download new files from the publishers and land them. A build starts automatically when a file was landed.\n\n"
        "Configuration, all optional: `ops.ask_publishers.config.sources`, to pull only some sources; "
        "`ops.ask_publishers.config.accept`, to land a file that was refused because it differs much from the last one."
    ),
)


class Check(dg.Config):
    """Which publishers to check."""

    sources: list[str] = Field(
        default=[],
        description="Check only these sources: their ids, as in docs/sources.md. Empty: all that can be pulled.",
    )


@dg.op(description="Ask each publisher for as little as tells whether it answers as expected; nothing is landed.")
def ask_for_little(context: dg.OpExecutionContext, config: Check, warehouse: dg.ResourceParam[Warehouse]) -> None:
    """Check the publishers; show each result in the log and on the asset of its source, and write a report.

    Raises `dagster.Failure` if no publisher that was asked answers as expected.
    """
    checks = []
    with explained():
        for found in check_all(warehouse, config.sources):
            tell = context.log.warning if found.is_failing else context.log.info
            tell(f"{found.source_id}: {found.status}: {found.detail} {found.to_do}".strip())
            shown = {"check": found.status, "address": found.address, "result": found.detail, "what to do": found.to_do}
            told = {name: text for name, text in shown.items() if text}
            context.log_event(dg.AssetObservation(source_key(sources()[found.source_id]), metadata=told))
            checks.append(found)
        path = report_path(warehouse.home)
        write_report(path, checks)
        failing = {found.source_id: found.detail for found in checks if found.is_failing}
        context.add_output_metadata({"report": dg.MetadataValue.path(str(path)), "not as expected": len(failing)})
        if failing and len(failing) == sum(found.is_asked for found in checks):
            raise NoPublisherAnswered(failing)


@dg.job(
    description=(
        "Check whether the publishers answer as expected, without landing anything, as cpower check-publishers does. "
        "The result is on the page of each source, and in a report in checks/ of the home.\n\n"
        "Configuration, all optional: `ops.ask_for_little.config.sources`, to check only some sources."
    ),
    executor_def=dg.in_process_executor,
)
def check_publishers() -> None:
    """Check the publishers in the run's configuration, by default all."""
    ask_for_little()


class WhatIf(dg.Config):
    """Other rules for the composite; rules that are left out are as published (docs/method/composite.md)."""

    weights: dict[str, float] = Field(
        default=published_weights(),
        description=(
            f"Weight of each pillar ({', '.join(published_weights())}): zero or more; zero leaves the pillar out. "
            "A pillar that is not named keeps the published weight."
        ),
    )
    missing: Missing = Field(
        default="two_thirds",
        description=(
            "Which localities are included: those with two_thirds of the indicators of each pillar, with the complete "
            "set, or with at least one present. median is as present, with each missing value imputed by the median "
            "of the group, for comparison only."
        ),
    )
    split: Split = Field(
        default="population",
        description=(
            "How an award for several localities is split: by population, in equal parts, or all to the recipient's "
            "locality."
        ),
    )
    unallocated: Unallocated = Field(
        default="none",
        description="Whether money without a locality is left out (none) or spread over all localities (pro_rata).",
    )


@dg.op(description="Compute the composite of the current edition with other rules; write it to whatif/ in the home.")
def work_out(context: dg.OpExecutionContext, config: WhatIf, warehouse: dg.ResourceParam[Warehouse]) -> None:
    """Write the composite with other rules and show the result in the run."""
    location = {"split": config.split, "unallocated": config.unallocated}
    with explained():
        scenario = scenario_of({"weights": config.weights, "missing": config.missing, "location": location})
        answer = compute_what_if(warehouse.home, current(warehouse.home), scenario).to_dict()
    folder, said = dg.MetadataValue.path(answer["path"]), dg.MetadataValue.json(answer)
    context.add_output_metadata({"folder": folder, "answer": said})


@dg.job(
    description=(
        "Compute the composite with other weights, missing-data rule or location rule, beside the published one.\n\n"
        "Configuration, all optional: `ops.work_out.config`, with `weights`, `missing`, `split` and `unallocated`."
    ),
    executor_def=dg.in_process_executor,
)
def what_if() -> None:
    """Compute the composite with the rules in the run's configuration."""
    work_out()


JOBS: list[Any] = [build, parse, refresh, pull, check_publishers, what_if]
