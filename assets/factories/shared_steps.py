"""Steps of one run on several machines: each begins with the tables that the others have made.

The machines have homes of their own (docs/decisions/0020-several-machines.md). A step fetches the tables of its run
before it reads, and shares what it has made.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from assets.build_identity import build as identity
from assets.factories.step_errors import explained
from warehouse.errors import CommunityPowerError, InputChanged
from warehouse.storage.workspace import Warehouse

# Tag of a run: the build that its steps take part in.
BUILD = "cpower/build"


@contextmanager
def shared_tables(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[None]:
    """Fetch the tables of a run for a step, and share those that it has made; nothing without a shared store.

    Raises `dagster.Failure` if the landed files have changed since the run began: its tables would be of two inputs.
    """
    if not warehouse.mirror.is_shared:
        yield
        return
    with explained():
        build_id = str(identity(warehouse)["run_id"][0])
        run = context.instance.get_run_by_id(context.run.run_id)
        begun = run.tags.get(BUILD) if run else None
        if begun is None and run:
            context.instance.add_run_tags(context.run.run_id, {BUILD: build_id})
        elif begun != build_id:
            raise InputChanged()
        warehouse.mirror.fetch_tables(warehouse.tables.root, build_id)
    try:
        yield
    except BaseException:
        try:
            warehouse.mirror.share_tables()
        except (CommunityPowerError, OSError) as error:
            # The step's own error is the one that is told.
            context.log.warning(f"The tables that the failed step had made are not shared: {error}")
        raise
    with explained():
        warehouse.mirror.share_tables()
