"""Metadata of a table that the Dagster UI shows, and its order in the run and on the page."""

import datetime as dt

import polars as pl
import pytest

from assets.factories.asset_specs import description, table_spec
from assets.factories.previews import pictures
from assets.factories.run_metadata import materialized
from warehouse.catalogue import tables
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse

NATION = tables()["core.dim_nation"]
QUERY = "select nation_code, nation, nation_name_cy from staging.reference__nation"


@pytest.fixture
def nations(tmp_path, monkeypatch):
    """A warehouse as known on a date, in which the table of nations has a picture."""
    warehouse = Warehouse(Home(tmp_path / "home").prepare(), dt.date(2026, 1, 31))
    rows = {"nation_code": ["E92000001"], "nation": ["England"], "nation_name_cy": ["Lloegr"]}
    warehouse.tables.replace(NATION, pl.DataFrame(rows))
    monkeypatch.setattr("assets.factories.run_metadata.pictures", lambda: {"core.dim_nation": None})
    monkeypatch.setattr("assets.factories.run_metadata.markdown", lambda table, tables: "![drawn]()")
    return warehouse


def test_rows_come_first_then_the_picture_then_the_rest(nations):
    stamp = nations.tables.stamp(NATION.name)
    made = materialized(nations, NATION, stamp, query=QUERY, more={"quarantined rows": 0, "source files": 2})
    assert list(made.metadata) == [
        "dagster/row_count",
        "first rows",
        "picture",
        "quarantined rows",
        "source files",
        "unchanged",
        "as-of date",
        "dagster/column_lineage",
    ]
    assert made.metadata["as-of date"] == "2026-01-31"


def test_sorted_by_name_rows_come_first_then_the_picture_then_query_and_sources(nations):
    stamp = nations.tables.stamp(NATION.name)
    made = materialized(nations, NATION, stamp, before=stamp, more={"quarantined rows": 0, "source files": 2})
    assert made.metadata["unchanged"] is True
    shown = {name for name in made.metadata if not name.startswith("dagster/")}
    spec = table_spec(tables()["staging.reference__locality"], kinds=(), version="1")
    assert sorted({*shown, "query", "sources", "source page: reference_localities"} - {"as-of date"}) == [
        "first rows",
        "picture",
        "quarantined rows",
        "query",
        "source files",
        "source page: reference_localities",
        "sources",
        "unchanged",
    ]
    assert not {name for name in spec.metadata if not name.startswith("dagster/")}


def test_a_description_says_where_the_rows_are():
    for table in tables().values():
        has_picture = table.name in pictures()
        expected = f"The tab Events shows the first rows{' and the picture' if has_picture else ''} of each run."
        assert expected in description(table).splitlines()
