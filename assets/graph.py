"""The asset graph: all sources, tables, checks and the edition, from the modules of this package.

A step of a run makes the staging tables of one subject, or the tables of one layer.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import dagster as dg

from assets import edition
from assets.factories import checks, sql_tables
from assets.factories.asset_specs import source_spec, with_sources
from assets.factories.recipes import Recipe
from assets.factories.steps import step
from assets.landing.pull_assets import landing_assets
from assets.subjects import modules, subject_of
from assets.tables import build_metadata
from warehouse.catalogue import sources, tables
from warehouse.errors import ProjectFault

LAYERS = ("core", "metrics", "marts")
# Steps of `meta` tables: those known before a build, and those known after the other tables are made.
BEFORE, AFTER = "records_of_the_landing", "records_of_the_build"

# Tables assembled from parts that every staging table writes.
ASSEMBLED = ("meta.quarantine", "meta.intake")
# Written when an edition is published, so they are not assets.
WITHOUT_ASSET = {"meta.edition", "meta.edition_change"}


def recipes() -> dict[str, list[Recipe]]:
    """Return the recipes of all tables, by step.

    Raises `ProjectFault` unless every catalogued table is made by exactly one recipe.
    """
    steps: dict[str, list[Recipe]] = defaultdict(list)
    for module in modules("RECIPES"):
        for recipe in module.RECIPES:
            steps[_step_of(subject_of(module), recipe)].append(recipe)
    for recipe in sql_tables.models():
        steps[_step_of("", recipe)].append(recipe)
    others = names_of(steps)
    staged = [name for name in others if name.startswith("staging.")]
    parts = [name.removeprefix("staging.") for name in staged]
    steps[AFTER] += [
        *(build_metadata.assembled(name, parts, staged) for name in ASSEMBLED),
        checks.check_results(others),
    ]
    names, catalogued = names_of(steps), sorted(tables().keys() - WITHOUT_ASSET)
    if names != catalogued:
        odd = sorted(set(names) ^ set(catalogued)) or [name for name in names if names.count(name) > 1]
        raise ProjectFault(
            f"Expected exactly one recipe for each catalogued table, got none, several or an unknown table for {odd}. "
            "Run cpower check."
        )
    return steps


def names_of(steps: Mapping[str, Sequence[Recipe]]) -> list[str]:
    """Return the names of the tables of some steps, sorted."""
    return sorted(name for made in steps.values() for recipe in made for name in recipe.names)


def graph() -> Sequence[dg.AssetsDefinition | dg.AssetSpec]:
    """Return the definitions of the graph; raises what `recipes` raises."""
    steps, rules = recipes(), checks.checks()
    made = [
        step(name, made, [rule for rule in rules if rule.table in names_of({name: made})])
        for name, made in steps.items()
    ]
    published = [name for name in names_of(steps) if tables()[name].is_in_edition]
    unpulled = [source_spec(source) for source in sources().values() if not source.protocol]
    return with_sources([*unpulled, *landing_assets(), *made, edition.edition(published)])


def _step_of(subject: str, recipe: Recipe) -> str:
    """Return the name of a recipe's step: its layer or, for staging, its subject."""
    (schema,) = {table.schema_name for table in recipe.tables}
    if schema in LAYERS:
        return schema
    if schema == "staging":
        return f"staging_{subject}"
    return AFTER if recipe.reads else BEFORE
