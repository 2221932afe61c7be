"""The local authorities of Wales, by which the protocol and the parser of StatsWales recognise a table by authority."""

import csv
from functools import cache

from warehouse.storage.home import PROJECT

LOCALITIES = PROJECT / "warehouse" / "reference" / "localities.csv"


@cache
def welsh_authorities() -> dict[str, set[str]]:
    """Return the GSS code and former StatsWales number of each Welsh authority, by name."""
    with LOCALITIES.open(encoding="utf-8", newline="") as file:
        return {
            row["locality_name"]: {row["locality_code"], row["statswales_legacy_code"]}
            for row in csv.DictReader(file)
            if row["statswales_legacy_code"]
        }
