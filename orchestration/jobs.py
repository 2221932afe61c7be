"""Jobs: named selections of the graph. What an asset does stands with the asset."""

from typing import Any

import dagster as dg
from pydantic import Field

from assets.factories.asset_specs import source_key
from assets.factories.step_errors import explained
from assets.uncertainty.composite.whatif import Missing, Split, Unallocated, published_weights, wish_of
from assets.uncertainty.composite.whatif import what_if as compute_what_if
from warehouse.catalogue import sources
from warehouse.editions.publish import current
from warehouse.storage.workspace import Warehouse

# Everything that is made from what is on disk, without asking a publisher.
BUILT = dg.AssetSelection.all().materializable() - dg.AssetSelection.groups("landing")


def pulling(kind: str) -> dg.AssetSelection:
    """Return the sources of one kind that are pulled."""
    keys = [source_key(source) for source in sources().values() if source.kind == kind and source.protocol]
    return dg.AssetSelection.assets(*keys)


build = dg.define_asset_job(
    "build",
    selection=BUILT,
    description=(
        "Rebuild every table from the reference records and what has landed, check it, publish an edition.\n\n"
        "Configuration, all optional: `resources.warehouse.config.as_of`, the day of knowledge; "
        "`resources.warehouse.config.composite`, to compute the experimental composite; "
        "`ops.published__edition.config.force`, to publish even where nothing has changed; "
        "`ops.published__edition.config.sign_off`, to publish although many localities move a band.\n\n"
        "While a source has never been pulled, the UI asks whether you are sure. Confirm: what has not landed is not "
        "known, and the build says so."
    ),
)

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all().materializable(),
    description=(
        "Pull from the publishers, rebuild every table, check it, publish an edition if anything changed.\n\n"
        "Configuration, all optional: as for `build`."
    ),
)

pull = dg.define_asset_job(
    "pull",
    selection=dg.AssetSelection.groups("landing").materializable(),
    description=(
        "Ask the publishers, and land what is new. A build follows by itself when something has.\n\n"
        "Configuration, all optional: `ops.ask_publishers.config.sources`, to ask for one source or some; "
        "`ops.ask_publishers.config.accept`, to land what was refused for holding far less or more than the last file."
    ),
)


class WhatIf(dg.Config):
    """Other rules for the composite; what is left out is as published (docs/method/composite.md)."""

    weights: dict[str, float] = Field(
        default=published_weights(),
        description=(
            f"Weight of each pillar ({', '.join(published_weights())}): zero or more, and 0 leaves the pillar out. "
            "A pillar that is not named keeps the published weight."
        ),
    )
    missing: Missing = Field(
        default="two_thirds",
        description=(
            "Which localities enter: those with two_thirds of the indicators of each pillar, with the complete set, or "
            "with at least one present; median is as present, with every gap filled by the median of the group, for "
            "comparison only."
        ),
    )
    split: Split = Field(
        default="population",
        description=(
            "How an award for several localities is split: by population, in equal parts, or all to the locality of "
            "the recipient."
        ),
    )
    unallocated: Unallocated = Field(
        default="none",
        description="Whether money without a locality is left out (none) or spread over all localities (pro_rata).",
    )


@dg.op(description="Compute the composite of the current edition by other rules, into whatif/ of the home.")
def work_out(context: dg.OpExecutionContext, config: WhatIf, warehouse: dg.ResourceParam[Warehouse]) -> None:
    """Write what the composite would be and show in the run what came out."""
    location = {"split": config.split, "unallocated": config.unallocated}
    with explained():
        wish = wish_of({"weights": config.weights, "missing": config.missing, "location": location})
        answer = compute_what_if(warehouse.home, current(warehouse.home), wish).to_dict()
    folder, said = dg.MetadataValue.path(answer["path"]), dg.MetadataValue.json(answer)
    context.add_output_metadata({"folder": folder, "answer": said})


@dg.job(
    description=(
        "The composite by other weights, missing-data rule or location rule, beside the published one.\n\n"
        "Configuration, all optional: `ops.work_out.config`, with `weights`, `missing`, `split` and `unallocated`."
    ),
    executor_def=dg.in_process_executor,
)
def what_if() -> None:
    """Compute the composite by the rules in the run's configuration."""
    work_out()


JOBS: list[Any] = [build, refresh, pull, what_if]
