"""Freshness policies: the age at which the UI shows a warning, then a failure, for an asset."""

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

# The weekly schedule rebuilds everything that depends on publishers; missing it once is a warning, twice a failure.
WEEKLY = dg.FreshnessPolicy.time_window(warn_window=timedelta(days=8), fail_window=timedelta(days=15))
# For the group landing it is the time of the publisher's last good answer: a failed pull materialises nothing.
FRESH_GROUPS = {"landing", "marts", "published"}


def with_freshness(
    assets: Sequence[dg.AssetsDefinition | dg.AssetSpec],
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Return the assets, with a freshness policy on those that are pulled and those that readers use."""
    return [
        asset.map_asset_specs(lambda spec: dg.apply_freshness_policy(spec, WEEKLY))
        if isinstance(asset, dg.AssetsDefinition) and set(asset.group_names_by_key.values()) & FRESH_GROUPS
        else asset
        for asset in assets
    ]
