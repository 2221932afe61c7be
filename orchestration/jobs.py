"""Jobs: named selections of the graph. What an asset does stands with the asset."""

from typing import Any

import dagster as dg
from pydantic import Field

from assets.documentation import source_key
from warehouse.catalogue import sources
from warehouse.edition import current
from warehouse.store import Warehouse

# Everything that is made from what is on disk, without asking a publisher.
BUILT = dg.AssetSelection.all().materializable() - dg.AssetSelection.groups("landing")


def pulling(kind: str) -> dg.AssetSelection:
    """Return the sources of one kind that are pulled."""
    keys = [source_key(source) for source in sources().values() if source.kind == kind and source.protocol]
    return dg.AssetSelection.assets(*keys)


build = dg.define_asset_job(
    "build",
    selection=BUILT,
    description="Rebuild every table from the reference records and what has landed, check it, publish an edition.",
)

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all().materializable(),
    description="Pull from the publishers, rebuild every table, check it, publish an edition if anything changed.",
)


class WhatIf(dg.Config):
    """Other rules for the composite; what is left out is as published (docs/method/composite.md)."""

    weights: dict[str, float] = Field(default_factory=dict)
    missing: str = "two_thirds"
    split: str = "population"
    unallocated: str = "none"


@dg.op(description="Work out the composite of the current edition by other rules, into whatif/ of the home.")
def work_out(context: dg.OpExecutionContext, config: WhatIf, warehouse: dg.ResourceParam[Warehouse]) -> None:
    """Write what the composite would be and say in the run what came out."""
    from assets.uncertainty.whatif import Wish, what_if

    location = {"split": config.split, "unallocated": config.unallocated}
    wish = Wish.model_validate({"weights": config.weights, "missing": config.missing, "location": location})
    answer = what_if(warehouse.home, current(warehouse.home), wish).to_dict()
    folder, said = dg.MetadataValue.path(answer["path"]), dg.MetadataValue.json(answer)
    context.add_output_metadata({"folder": folder, "answer": said})


@dg.job(
    description="The composite by other weights, missing-data rule or location rule, beside the published one.",
    executor_def=dg.in_process_executor,
)
def what_if() -> None:
    """Work out the composite by the rules in the run's configuration."""
    work_out()


JOBS: list[Any] = [build, refresh, what_if]
