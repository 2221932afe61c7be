"""The catalogue is whole: what one entry names another describes."""

import pytest

from warehouse import catalogue
from warehouse.errors import UnknownName


def test_every_table_and_column_is_described():
    for table in catalogue.tables().values():
        assert len(table.description) > 10, table.name
        assert table.key, table.name
        for column in table.columns:
            assert len(column.description) > 3, f"{table.name}.{column.name}"


def test_the_same_column_has_the_same_type_everywhere():
    types = {}
    for table in catalogue.tables().values():
        for column in table.columns:
            types.setdefault(column.name, {}).setdefault(column.type, []).append(table.name)
    assert {name: found for name, found in types.items() if len(found) > 1} == {}


def test_shared_fields_are_shared():
    used = [column.name for table in catalogue.tables().values() for column in table.columns]
    assert [name for name in catalogue.fields() if used.count(name) < 2] == []


def test_every_licence_is_used_or_a_known_one():
    assert {source.licence for source in catalogue.sources().values()} <= set(catalogue.licences())


def test_metric_inputs_name_tables_and_columns():
    for metric in catalogue.metrics().values():
        for source in metric.inputs:
            columns = {column.name for column in catalogue.tables()[source.table].columns}
            assert set(source.where) <= columns, metric.id


def test_an_unknown_name_gives_the_near_ones():
    with pytest.raises(UnknownName, match="pop_total"):
        catalogue.pick("metric", catalogue.metrics, "pop_totl")
