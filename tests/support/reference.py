"""The reference records that ship with the project, as tests compare them."""

import csv

from warehouse.storage.landing import REFERENCE

CASE_STUDIES = {
    "Kingston upon Thames": "E09000021",
    "Gwynedd": "W06000002",
    "Sheffield": "E08000039",
    "Monmouthshire": "W06000021",
    "North Ayrshire": "S12000021",
    "Wolverhampton": "E08000031",
    "Aberdeenshire": "S12000034",
}


def localities(nation):
    """Return the names of the localities of a nation by code."""
    with (REFERENCE / "localities.csv").open(encoding="utf-8", newline="") as file:
        return {row["locality_code"]: row["locality_name"] for row in csv.DictReader(file) if row["nation"] == nation}
