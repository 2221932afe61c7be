"""Jobs: named selections of the graph. What an asset does stands with the asset."""

import dagster as dg

from assets.documentation import source_key
from warehouse.catalogue import sources


def downstream_of(kind: str) -> dg.AssetSelection:
    """Return everything that is built from publishers' sources of one kind, up to the edition."""
    keys = [source_key(source) for source in sources().values() if source.kind == kind]
    return dg.AssetSelection.assets(*keys).downstream().materializable()


build = dg.define_asset_job(
    "build",
    selection=dg.AssetSelection.all().materializable(),
    description="Rebuild every table from the reference records and what has landed, check it, publish an edition.",
)

refresh = dg.define_asset_job(
    "refresh",
    selection=downstream_of("awards") | downstream_of("statistics") | downstream_of("geography"),
    description="Rebuild what depends on publishers' files, check it, publish an edition if anything changed.",
)

JOBS = [build, refresh]
