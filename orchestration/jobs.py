"""Jobs: named selections of the graph. What an asset does stands with the asset."""

import dagster as dg

from assets.documentation import source_key
from warehouse.catalogue import sources

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

JOBS = [build, refresh]
