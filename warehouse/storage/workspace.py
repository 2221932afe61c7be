"""The warehouse as code meets it: one home with its landed files and its tables."""

from dataclasses import dataclass, field
from datetime import date

from warehouse.storage.home import Home
from warehouse.storage.landing import Landing
from warehouse.storage.table_store import Tables


@dataclass(frozen=True)
class Warehouse:
    """A home, what has landed in it (as known by `as_of`, if given) and the tables built from it.

    `composite` says whether a build is to work out the composite of conditions, which is off by default.
    What was known at a date is built into tables of its own, so that the others stay those of today.
    """

    home: Home
    as_of: date | None = None
    composite: bool = False
    landing: Landing = field(init=False)
    tables: Tables = field(init=False)

    def __post_init__(self) -> None:
        """Open the landing and the table store of the home."""
        object.__setattr__(self, "landing", Landing(self.home.landing, self.as_of))
        object.__setattr__(self, "tables", Tables(self.home.tables_of(self.as_of)))
