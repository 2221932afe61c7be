"""Uncertainty by simulation: the only package that draws random numbers, all from recorded seeds.

The modules that draw import numpy and scipy, which are slow to import, so they are imported when an asset runs.
"""

from collections.abc import Mapping

import polars as pl

from assets.factories.python_tables import computed, computed_together
from warehouse import catalogue
from warehouse.catalogue import pick, tables
from warehouse.storage.table_store import empty
from warehouse.storage.workspace import Warehouse

COMPOSITE = (
    "metrics.composite",
    "metrics.composite_gate",
    "metrics.composite_diagnostic",
    "metrics.composite_treated",
    "metrics.composite_sensitivity",
    "metrics.uncertainty_draw",
)


def rank_intervals(warehouse: Warehouse) -> pl.DataFrame:
    """Return the rank intervals of localities in their groups; see `assets.uncertainty.ranks`."""
    from assets.uncertainty.ranks import intervals

    return intervals(warehouse.tables.read("metrics.rank_input"))


def composite_of_conditions(warehouse: Warehouse) -> Mapping[str, pl.DataFrame]:
    """Return the tables of the composite; empty if it is off. See `assets.uncertainty.composite.gates`."""
    if not warehouse.composite:
        return switched_off()
    from assets.uncertainty.composite import gates

    read = warehouse.tables.read
    source = gates.CompositeInput(
        rows=read("metrics.composite_input"),
        awards=read("metrics.composite_award"),
        input_hash=read("meta.build")["input_hash"][0],
    )
    return gates.conditions(source, gates.published_rules())


def switched_off() -> dict[str, pl.DataFrame]:
    """Return the tables of the composite without rows, for the table store while it is off."""
    return {name: empty(pick("table", tables, name)) for name in COMPOSITE}


def composite_options(warehouse: Warehouse) -> str:
    """Return a text of whether the composite is on and of its rules in the catalogue."""
    return f"{warehouse.composite} {catalogue.composite().model_dump_json()}"


RECIPES = [
    computed("metrics.rank_interval", rank_intervals, reads=["metrics.rank_input"]),
    computed_together(
        COMPOSITE,
        composite_of_conditions,
        reads=["metrics.composite_input", "metrics.composite_award", "meta.build"],
        state=composite_options,
    ),
]
