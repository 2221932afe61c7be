"""Resources: what a run is given. Only this module knows how Dagster configures the plain objects of `warehouse`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg

from warehouse.home import Home
from warehouse.store import Warehouse


class WarehouseResource(dg.ConfigurableResource[Warehouse]):
    """Hands out the warehouse of one home, which the run holds alone until it ends.

    An empty `home` means `CPOWER_HOME`; `as_of` (an ISO date) leaves out what landed after it.
    """

    home: str = ""
    as_of: str = ""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Warehouse]:
        """Yield the warehouse; raise `HomeUnavailable` where another process is writing to its home."""
        home = (Home(Path(self.home)) if self.home else Home.resolve()).prepare()
        home.require_room()
        with home.lock(f"run {context.run.run_id}" if context.run else "run"):
            yield Warehouse(home, date.fromisoformat(self.as_of) if self.as_of else None)
