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
    description=(
        "Rebuild every table from the reference records and what has landed, check it, publish an edition.\n\n"
        "Configuration, all optional: `resources.warehouse.config.as_of`, the day of knowledge; "
        "`ops.published__edition.config.force`, to publish even where nothing has changed."
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

JOBS = [build, refresh, pull]
