"""The plain way that `make bench` compares a build with gives the same rows."""

import pytest

from tests.benchmark.comparisons import in_one_connection
from warehouse.storage.table_store import Tables

pytestmark = pytest.mark.long


def test_the_queries_in_one_connection_give_as_many_rows_as_a_build(default_home):
    store = Tables(default_home.tables)
    found = in_one_connection(store)
    assert len(found) > 100
    assert found == {name: store.stamp(name).rows for name in found}
