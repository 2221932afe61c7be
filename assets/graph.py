"""The whole graph: every source, table, check and the edition, gathered from the modules of this package."""

from collections.abc import Iterable, Iterator, Sequence

import dagster as dg

from assets import (
    award_rules,
    awards,
    catalogue,
    checks,
    cohesion,
    deprivation,
    edition,
    geography,
    models,
    population,
    practices,
    provenance,
    reference,
    revisions,
    uncertainty,
)
from assets.documentation import source_spec, with_sources
from assets.pull import landing_assets
from warehouse.catalogue import sources, tables
from warehouse.errors import ProjectFault

SUBJECTS = (
    reference,
    geography,
    population,
    deprivation,
    cohesion,
    awards,
    award_rules,
    practices,
    catalogue,
    provenance,
    revisions,
    uncertainty,
)

# Written while an edition is made, so that no asset of the table store stands for it.
WITHOUT_ASSET = {"meta.edition", "meta.edition_change"}


def graph() -> Sequence[dg.AssetsDefinition | dg.AssetSpec | dg.AssetChecksDefinition]:
    """Return the definitions of the whole graph.

    Raises `ProjectFault` unless every catalogued table is made by exactly one asset.
    """
    made = [asset for subject in SUBJECTS for asset in subject.ASSETS] + models.models()
    others = sorted(_tables(made))
    staged = [name for name in others if name.startswith("staging.")]
    parts = [name.removeprefix("staging.") for name in staged]
    rules = [f"{table}.{rule}" for table, rule in checks.rules()]
    made += [
        provenance.assembled("meta.quarantine", parts, staged),
        provenance.assembled("meta.intake", parts, staged),
        provenance.assembled("meta.check_result", rules, others),
    ]
    names = sorted(_tables(made))
    if names != sorted(tables().keys() - WITHOUT_ASSET):
        odd = sorted(set(names) ^ (tables().keys() - WITHOUT_ASSET)) or [
            name for name in names if names.count(name) > 1
        ]
        raise ProjectFault(f"Every catalogued table needs one asset, and every asset a table; not so: {odd}")
    published = [name for name in names if tables()[name].is_in_edition]
    unpulled = [source_spec(source) for source in sources().values() if not source.protocol]
    return [*with_sources([*unpulled, *landing_assets(), *made, edition.edition(published)]), *checks.checks()]


def _tables(assets: Iterable[dg.AssetsDefinition]) -> Iterator[str]:
    return (".".join(key.path) for asset in assets for key in asset.keys)
