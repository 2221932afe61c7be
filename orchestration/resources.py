"""Resources: what a run is given. Only this module knows how Dagster configures the plain objects of `warehouse`."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg

from warehouse.home import Home
from warehouse.store import Warehouse


class WarehouseResource(dg.ConfigurableResource[Warehouse]):
    """Hands out the warehouse of one home, which the run holds alone until it ends.

    An empty `home` means `CPOWER_HOME`; `as_of` (an ISO date) leaves out what landed after it. The tables of such a
    run are gone with it: its result is an edition. `composite` works out the composite of conditions, which is off
    by default.
    """

    home: str = ""
    as_of: str = ""
    composite: bool = False

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Warehouse]:
        """Yield the warehouse; raise `HomeUnavailable` where another process is writing to its home."""
        home = (Home(Path(self.home)) if self.home else Home.resolve()).prepare()
        home.require_room()
        warehouse = Warehouse(home, date.fromisoformat(self.as_of) if self.as_of else None, self.composite)
        with home.lock(f"run {context.run.run_id}" if context.run else "run"):
            try:
                yield warehouse
            finally:
                if warehouse.as_of:
                    shutil.rmtree(warehouse.tables.root, ignore_errors=True)
