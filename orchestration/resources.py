"""Resources of runs. Only this module knows how Dagster configures the plain objects of `warehouse`."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
from pydantic import Field

from assets.factories.step_errors import explained
from warehouse.errors import InvalidSetting
from warehouse.spark.engine import chosen
from warehouse.storage.atomic_files import SPILL, alone
from warehouse.storage.home import Home
from warehouse.storage.landing import Landing
from warehouse.storage.mirror import mirror_of
from warehouse.storage.workspace import Warehouse


class WarehouseResource(dg.ConfigurableResource[Warehouse]):
    """Provides the warehouse of one home, which the run locks until it ends.

    The tables of a run with an as-of date are deleted when it ends; its result is an edition.
    """

    home: str = Field(
        default="", description="Folder of all files of the platform. Empty: the folder that CPOWER_HOME names."
    )
    as_of: str = Field(
        default="",
        description=(
            "As-of date, such as 2026-01-31 (UTC): build from the files that had been landed by its end. The edition "
            "never becomes current. Empty: today, and the edition becomes current."
        ),
    )
    composite: bool = Field(
        default=False,
        description=(
            "Compute the experimental composite of conditions; its gates may withhold it. See docs/method/composite.md."
        ),
    )

    engine: str = Field(
        default="",
        description="Engine of queries that read many rows: duckdb or spark. Empty: CPOWER_ENGINE, or duckdb.",
    )
    spark_master: str = Field(
        default="",
        description="Address of the Spark master, such as spark://host:7077. Empty: CPOWER_SPARK_MASTER, or local[*].",
    )
    spark_from_rows: int | None = Field(
        default=None,
        description="Queries that read at least so many rows run on Spark. None: CPOWER_SPARK_FROM_ROWS or 10 million.",
    )

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Warehouse]:
        """Yield the warehouse; raise `dagster.Failure` if another process has the lock of its home, or it is full."""
        with ExitStack() as held:
            with explained():
                home = (Home(Path(self.home)) if self.home else Home.resolve()).prepare()
                home.require_room()
                engine = chosen(
                    home.tables / SPILL,
                    engine=self.engine,
                    spark_master=self.spark_master,
                    spark_from_rows=self.spark_from_rows,
                )
                warehouse = Warehouse(home, as_of_date(self.as_of), self.composite, engine)
                held.enter_context(self._hold(home, f"run {context.run.run_id}" if context.run else "run"))
                warehouse.mirror.sync_landing()
            if warehouse.as_of:
                held.callback(shutil.rmtree, warehouse.tables.root, ignore_errors=True)
            yield warehouse

    def _hold(self, home: Home, purpose: str) -> AbstractContextManager[None]:
        return home.lock(purpose)


class HeldWarehouseResource(WarehouseResource):
    """The warehouse of a home whose lock this process holds already."""

    def _hold(self, home: Home, purpose: str) -> AbstractContextManager[None]:
        return nullcontext()


class LandingResource(dg.ConfigurableResource[Landing]):
    """Provides the landed files of one home to steps in several processes, without its lock.

    Such a step may only write what is written whole under the checksum of a file, as parsed rows are.
    """

    home: str = Field(
        default="", description="Folder of all files of the platform. Empty: the folder that CPOWER_HOME names."
    )

    def create_resource(self, _: dg.InitResourceContext) -> Landing:
        """Return the landed files; raise `dagster.Failure` if the home cannot be used."""
        with explained():
            home = (Home(Path(self.home)) if self.home else Home.resolve()).prepare()
            # Steps of one machine share its home, and none of them has its lock.
            with alone(home.landing):
                mirror_of(home).fetch_landing()
            return Landing(home.landing)


def as_of_date(text: str) -> date | None:
    """Return the date of an `as_of` text, or None for today; raise `InvalidSetting` for an invalid or future date."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidSetting(f"as_of {text!r} is not a date; use YYYY-MM-DD, such as 2026-01-31.") from None
    if day > datetime.now(UTC).date():
        raise InvalidSetting(f"as_of {day} is in the future; use today or an earlier date.")
    return day
