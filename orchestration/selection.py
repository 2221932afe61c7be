"""Which tables a selection names: Dagster's syntax, with tables called as everywhere else."""

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
    """Return the keys of the tables of the job `build` that a selection names, in order, of the asset graph of a job.

    Raises `InvalidSetting` where it cannot be read, and `UnknownName` where it names none.
    """
    written = TABLE.sub(r'key:"\1/\2"', selection)
    try:
        with warnings.catch_warnings(category=dg.BetaWarning, action="ignore"):
            wanted = dg.AssetSelection.from_string(written)
    except dg.DagsterError as error:
        raise InvalidSetting(
            f"{selection!r} is not a selection; write a table, such as metrics.metric_value, with + before or after it "
            "for what it is made of or what is made of it, or a group, such as group:marts."
        ) from error
    keys = (wanted & BUILT).resolve(graph) - {EDITION}
    if not keys:
        raise UnknownName("table or selection of tables", selection, sorted(tables()))
    return sorted(keys, key=lambda key: tuple(key.path))
