"""What a publisher changes from one file to the next is told, whatever the columns of its staging table are called."""

import csv
import io

import pytest

from assets.door import land
from assets.revisions import revisions
from warehouse.home import Home
from warehouse.store import Warehouse


def table(value):
    """Return a synthetic StatsWales table, whose column of figures is called value in staging."""
    headings = ["Data values", "Data description", "Year", "Year_reference", "Area", "Area_reference"]
    measure = "Percentage of people who agree that there is good community cohesion in their local area"
    text = io.StringIO()
    rows = [
        [value, measure, "2024-25", "202425", "Cardiff", "W06000015"],
        [61, measure, "2024-25", "202425", "Wales", 596],
    ]
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode()


@pytest.mark.parametrize(("first", "second", "expected"), [("60", "62.5", [(60.0, 62.5)]), ("60", "60.0", [])])
def test_a_changed_value_is_a_revision(tmp_path, first, second, expected):
    warehouse = Warehouse(Home(tmp_path))
    for value in (first, second):
        land(warehouse.landing, "statswales_cohesion", table(value), file_name="cohesion.csv")
    found = revisions(warehouse)
    assert found.select("old_value", "new_value").rows() == expected
    assert set(found["column_name"]) <= {"value"}
