"""From which columns a column comes, through common tables, joins, unions and macros; the file is of the queries."""

import json

import pytest

from assets.factories.run_metadata import column_lineage
from warehouse.catalogue import tables
from warehouse.column_lineage import KNOWN, column_sources, known_column_sources, parsed_column_sources
from warehouse.lineage import queries


def test_columns_are_followed_through_a_query():
    query = """
    with placed as (
        select locality.nation, value.value, value.lci as low
        from metrics.metric_value as value
        inner join core.dim_locality as locality on value.locality_code = locality.locality_code
    )
    select nation, wilson_low(value, low) as low, 'fixed' as kind from placed
    union all
    select nation, 0.0 as low, nation_name_cy as kind from core.dim_nation
    """
    assert parsed_column_sources(query) == {
        "nation": ["core.dim_locality.nation", "core.dim_nation.nation"],
        "low": ["metrics.metric_value.lci", "metrics.metric_value.value"],
        "kind": ["core.dim_nation.nation_name_cy"],
    }


def test_every_query_s_columns_are_those_of_its_table_and_come_from_columns_that_exist():
    known = {f"{name}.{column.name}" for name, table in tables().items() for column in table.columns}
    for name, path in queries().items():
        found = column_sources(path.read_text("utf-8"))
        assert set(found) == {column.name for column in tables()[name].columns} - set(tables()[name].not_given)
        assert {origin for origins in found.values() for origin in origins} <= known


@pytest.mark.long
def test_the_file_is_of_the_queries_as_they_are():
    assert KNOWN.read_text("utf-8") == known_column_sources()
    assert all(entry["columns"] for entry in json.loads(KNOWN.read_text("utf-8")).values())


def test_an_edited_query_is_parsed_anew():
    query = queries()["core.dim_nation"].read_text("utf-8")
    assert column_sources(query + "\n-- edited") == column_sources(query)


def test_dagster_is_told_the_assets_and_columns():
    lineage = column_lineage("select a.locality_code as code from core.dim_locality as a")
    ((column, (origin,)),) = lineage.deps_by_column.items()
    assert (column, list(origin.asset_key.path), origin.column_name) == (
        "code",
        ["core", "dim_locality"],
        "locality_code",
    )
