"""What a publisher changed between two files is listed, of any table and of every source."""

import json

import polars as pl
import pytest

from assets.ingest.file_drift import record_key, value_columns
from assets.landing.ingest_file import landable
from assets.tables.revisions import REVISION, _values, revisions
from tests.support.vintages import CHANGED, REVISED, vintages
from warehouse.catalogue import Column, Table, sources, tables
from warehouse.storage.home import Home
from warehouse.storage.table_store import empty
from warehouse.storage.workspace import Warehouse


def landed(home, source_ids):
    """Land both vintages of sources, the newer in the place of the older."""
    warehouse = Warehouse(home)
    for source_id in source_ids:
        before = []
        for content in vintages(source_id):
            file, _ = warehouse.landing.keep(sources()[source_id], content, file_name="file", supersedes=before)
            before = [file]
    return warehouse


@pytest.fixture(autouse=True)
def parts_of_an_index(monkeypatch):
    """Let a few records of an index that has thousands be read."""
    monkeypatch.setattr("assets.sources.deprivation.indices.require_whole", lambda source_id, table, intake: intake)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home").prepare()


def test_every_source_that_is_landed_has_two_vintages():
    assert CHANGED.keys() == set(landable())
    assert REVISED.keys() <= CHANGED.keys()


def test_of_every_source_the_one_figure_that_changed_is_listed(home):
    warehouse = landed(home, landable())
    found = revisions(warehouse)
    assert found.schema == empty(tables()[REVISION]).schema
    assert dict(found.select("source_id", "column_name").iter_rows()) == REVISED
    assert found.height == len(REVISED)
    for row in found.iter_rows(named=True):
        source_id = row["source_id"]
        old, new = warehouse.landing.history(source_id)
        assert (row["old_file_sha256"], row["new_file_sha256"]) == (old.sha256, new.sha256)
        assert row["new_value"] == float(CHANGED[source_id][1]) != row["old_value"]
        assert list(json.loads(row["record_key"])) == record_key(tables()[row["table_name"]])


def test_one_source_alone_gives_what_it_gives_among_all(home):
    for source_id in ("scotpho_shs", "ons_localities"):
        landed(home, [source_id])
    assert revisions(Warehouse(home))["source_id"].to_list() == ["scotpho_shs"]


@pytest.mark.parametrize("name", ["value", "column_name", "record_key", "literal", "area_code_new", ""])
def test_a_column_may_have_any_name(name):
    columns = (
        Column(name="area_code", type="VARCHAR", description="Code."),
        Column(name=name, type="BIGINT", description="Figure."),
        Column(name="other", type="DOUBLE", description="Figure."),
    )
    table = Table(
        name="staging.any", tier="internal", grain="row", description="Synthetic.", key=("area_code",), columns=columns
    )
    assert value_columns(table) == [name, "other"]
    kept = pl.DataFrame({"area_code": ["a", "b", "b"], name: [1, 2, 3], "other": [0.5, None, 2.0]})
    found = _values(table, kept).rows()
    assert found == [('{"area_code":"a"}', name, 1.0), ('{"area_code":"a"}', "other", 0.5)]


def test_a_file_that_was_taken_back_is_compared_with_nothing(home):
    warehouse = landed(home, ["scotpho_shs"])
    warehouse.landing.unland("scotpho_shs")
    assert revisions(warehouse).is_empty()
