"""Steps: the recipes of a layer or subject as one Dagster step, in which each table has its own asset and checks.

A table that is up to date is not made again, and its checks are not run again; the UI shows it as materialised, with
the same data version as before.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import dagster as dg

from assets.factories.asset_specs import table_spec
from assets.factories.checks import Check
from assets.factories.recipes import Recipe, in_order
from assets.factories.run_metadata import materialized
from assets.factories.shared_steps import shared_tables
from assets.factories.step_errors import STAYS, explained
from warehouse.storage.workspace import Warehouse

Result = dg.MaterializeResult[None] | dg.AssetCheckResult


def step(name: str, recipes: Iterable[Recipe], checks: Iterable[Check]) -> dg.AssetsDefinition:
    """Return the step that makes the tables of recipes and runs their checks; a run may select some of them.

    A check runs as soon as all tables that it reads are made. Tables that depend on one that could not be made, or
    whose check failed, are not made. The step fails after the rest of it is done.
    """
    ordered = in_order(recipes)
    judged = list(checks)

    @dg.multi_asset(
        name=name,
        specs=[
            table_spec(
                table,
                reads=recipe.reads,
                from_sources=recipe.sources,
                kinds=recipe.kinds,
                version=recipe.version,
                query=recipe.query,
            )
            for recipe in ordered
            for table in recipe.tables
        ],
        check_specs=[check.spec() for check in judged],
        can_subset=True,
    )
    def run(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> Iterator[Result]:
        chosen = {".".join(key.path) for key in context.selected_asset_keys}
        asked = context.selected_asset_check_keys
        with shared_tables(context, warehouse):
            yield from _StepRun(warehouse, ordered, [check for check in judged if check.key in asked], chosen).results()

    return run


class _StepRun:
    """One run of a step: `chosen` are the selected tables, `unmade` those that could not be made."""

    def __init__(
        self, warehouse: Warehouse, recipes: Sequence[Recipe], checks: Sequence[Check], chosen: set[str]
    ) -> None:
        self.warehouse, self.recipes, self.checks, self.chosen = warehouse, recipes, list(checks), chosen
        self.waiting = set(chosen)
        self.unmade: set[str] = set()
        self.failures: list[dg.Failure] = []
        self.broken: dict[str, list[str]] = defaultdict(list)

    def results(self) -> Iterator[Result]:
        """Yield the results of tables and checks; raise `dagster.Failure` if a table or a check failed."""
        yield from self._checked()
        for recipe in self.recipes:
            if self.chosen.isdisjoint(recipe.names):
                continue
            if self.unmade.isdisjoint(recipe.reads) and self.broken.keys().isdisjoint(recipe.reads):
                yield from self._made(recipe)
            else:
                self.unmade.update(recipe.names)
            self.waiting.difference_update(recipe.names)
            yield from self._checked()
        if self.failures:
            raise self.failures[0]
        if self.broken:
            told = "; ".join(f"{table}: {', '.join(rules)}" for table, rules in self.broken.items())
            raise dg.Failure(f"These checks failed: {told}. {STAYS}", allow_retries=False)

    def _made(self, recipe: Recipe) -> Iterator[Result]:
        try:
            with explained():
                before = {name: self.warehouse.tables.stamp(name) for name in recipe.names}
                made = recipe.bring_up_to_date(self.warehouse)
                results = [
                    materialized(
                        self.warehouse,
                        table,
                        made[table.name].stamp,
                        before=before[table.name],
                        query=recipe.query,
                        more=made[table.name].shown,
                    )
                    for table in recipe.tables
                    if table.name in self.chosen
                ]
        except dg.Failure as failure:
            self.failures.append(failure)
            self.unmade.update(recipe.names)
        else:
            yield from results

    def _checked(self) -> Iterator[Result]:
        """Run the checks whose tables are all made; leave out those of a table that could not be made."""
        due = [check for check in self.checks if self.waiting.isdisjoint(check.tables)]
        for check in due:
            self.checks.remove(check)
            if not self.unmade.isdisjoint(check.tables):
                continue
            try:
                with explained():
                    result = check.result(self.warehouse)
            except dg.Failure as failure:
                self.failures.append(failure)
                continue
            if not result.passed:
                self.broken[check.table].append(check.rule)
            yield result
