"""The whole graph: every source, table, check and the edition, gathered from the modules of this package.

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
# What is known of a build before it begins, and only once the other tables have been made.
BEFORE, AFTER = "records_of_the_landing", "records_of_the_build"

# Of the parts that every staging table writes.
ASSEMBLED = ("meta.quarantine", "meta.intake")
# Written while an edition is made, so that no asset of the table store stands for it.
WITHOUT_ASSET = {"meta.edition", "meta.edition_change"}


def recipes() -> dict[str, list[Recipe]]:
    """Return how every table is made, by the step that makes it.

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
            f"Every catalogued table needs one recipe, and every recipe a table; not so: {odd}. Run cpower check."
        )
    return steps


def names_of(steps: Mapping[str, Sequence[Recipe]]) -> list[str]:
    """Return the tables that the recipes of some steps make, in order of name."""
    return sorted(name for made in steps.values() for recipe in made for name in recipe.names)


def graph() -> Sequence[dg.AssetsDefinition | dg.AssetSpec]:
    """Return the definitions of the whole graph; raises what `recipes` raises."""
    steps, rules = recipes(), checks.checks()
    made = [
        step(name, made, [rule for rule in rules if rule.table in names_of({name: made})])
        for name, made in steps.items()
    ]
    published = [name for name in names_of(steps) if tables()[name].is_in_edition]
    unpulled = [source_spec(source) for source in sources().values() if not source.protocol]
    return with_sources([*unpulled, *landing_assets(), *made, edition.edition(published)])


def _step_of(subject: str, recipe: Recipe) -> str:
    """Return the step in which tables are made: that of their layer or, of staging, of their subject."""
    (schema,) = {table.schema_name for table in recipe.tables}
    if schema in LAYERS:
        return schema
    if schema == "staging":
        return f"staging_{subject}"
    return AFTER if recipe.reads else BEFORE
