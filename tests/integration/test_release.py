"""The default edition held against what it would be with another method."""

import shutil
import time

import polars as pl
import pytest

from warehouse.catalogue import tables
from warehouse.editions.find import current, editions
from warehouse.editions.publish import publish
from warehouse.errors import ReleaseBlocked
from warehouse.release.diff import compare
from warehouse.release.snapshots import Snapshot
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse

pytestmark = pytest.mark.long

MONEY = "fun_per_head_all"


@pytest.fixture
def home(default_home, tmp_path):
    """A home with the default edition and the tables that it was made of, to change."""
    root = tmp_path / "home"
    now = current(default_home)
    shutil.copytree(default_home.tables, root / "tables")
    shutil.copytree(now.path, root / "published" / now.id)
    (root / "published" / "current").symlink_to(now.id)
    return Home(root)


def test_a_method_that_moves_many_localities_is_held_back(home):
    warehouse = Warehouse(home)
    before = current(home)
    build = warehouse.tables.read("meta.build").with_columns(
        pl.lit("another").alias("code_version"), pl.lit("f" * 16).alias("run_id")
    )
    warehouse.tables.replace(tables()["meta.build"], build)
    per_place = pl.when(pl.col("metric_id") == MONEY).then(pl.col("n_num")).otherwise(pl.col("value"))
    values = warehouse.tables.read("metrics.metric_value").with_columns(per_place.alias("value"))
    warehouse.tables.replace(tables()["metrics.metric_value"], values)
    with pytest.raises(ReleaseBlocked, match=f"The limit is 10%. Moves by metric: {MONEY} "):
        publish(warehouse)
    assert editions(home) == [before]
    assert f"| {MONEY} | 0 |" in home.blocked.read_text("utf-8")


def test_two_default_editions_are_compared_at_once(default_home):
    now = current(default_home)
    started = time.process_time()
    same = compare(Snapshot.of_edition("one", now.path), Snapshot.of_edition("the other", now.path))
    assert time.process_time() - started < 4
    assert (same.rows, same.values, same.moves, same.columns) == ((), (), (), ())
    assert same.localities_n > 300
