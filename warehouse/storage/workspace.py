"""One home with its landed files and its tables."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from warehouse.storage.home import Home
from warehouse.storage.landing import Landing
from warehouse.storage.mirror import Unshared, mirror_of
from warehouse.storage.table_store import Engine, Tables


@dataclass(frozen=True)
class Warehouse:
    """A home, its landed files (until `as_of`, if given) and the tables built from them.

    `composite` turns the composite of conditions on; the default is off. A build with an as-of date has its own tables,
    so that the current tables do not change. `engine`, if given, runs the queries that read many rows.
    """

    home: Home
    as_of: date | None = None
    composite: bool = False
    engine: Engine | None = None
    landing: Landing = field(init=False)
    tables: Tables = field(init=False)
    mirror: Unshared = field(init=False)

    def __post_init__(self) -> None:
        """Open the landing and the table store of the home, and what it shares with other machines."""
        object.__setattr__(self, "landing", Landing(self.home.landing, self.as_of))
        object.__setattr__(self, "tables", Tables(self.home.tables_of(self.as_of)))
        object.__setattr__(self, "mirror", mirror_of(self.home))

    def engine_of(self, reads: Iterable[str]) -> Engine | None:
        """Return the engine of a query that reads these tables; None for DuckDB."""
        rows = sum(stamp.rows for name in reads if (stamp := self.tables.stamp(name)))
        return self.engine if self.engine and self.engine.takes(rows) else None
