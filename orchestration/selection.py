"""Reads a selection of tables: Dagster's syntax, in which a table may be written as `schema.table`."""

import re
import warnings
from typing import Any

import dagster as dg

from assets.edition import KEY as EDITION
from orchestration.jobs import BUILT
from warehouse.catalogue import tables
from warehouse.errors import InvalidSetting, UnknownName

SCHEMAS = sorted({name.split(".")[0] for name in tables()})
TABLE = re.compile(rf"(?<![\w./\"])({'|'.join(SCHEMAS)})\.([\w*]+)")


def selected_tables(selection: str, graph: Any) -> list[dg.AssetKey]:
    """Return the keys of the tables of the job `build` that a selection names, in order; `graph` is its asset graph.

    Raises `InvalidSetting` for invalid syntax, and `UnknownName` if no table is selected.
    """
    written = TABLE.sub(r'key:"\1/\2"', selection)
    try:
        with warnings.catch_warnings(category=dg.BetaWarning, action="ignore"):
            wanted = dg.AssetSelection.from_string(written)
    except dg.DagsterError as error:
        raise InvalidSetting(
            f"{selection!r} is not a valid selection; use a table, such as metrics.metric_value, with + before it for "
            "the tables that it reads or after it for the tables that read it, or a group, such as group:marts."
        ) from error
    keys = (wanted & BUILT).resolve(graph) - {EDITION}
    if not keys:
        raise UnknownName("table or selection of tables", selection, sorted(tables()))
    return sorted(keys, key=lambda key: tuple(key.path))
