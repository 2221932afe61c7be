"""The settings of the engine: an option comes before its variable, and a wrong one is told before a build."""

import re

import pytest

from warehouse.errors import InvalidSetting
from warehouse.spark.engine import FROM_ROWS, MASTER, chosen
from warehouse.spark.translation import translated
from warehouse.storage import stamp
from warehouse.storage.atomic_files import sha256
from warehouse.storage.home import Home
from warehouse.storage.stamp import Stamp
from warehouse.storage.workspace import Warehouse


@pytest.fixture
def settings(monkeypatch):
    def put(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(f"CPOWER_{name.upper()}", value)

    return put


@pytest.mark.parametrize("variables", [{}, {"engine": ""}, {"engine": "duckdb", "spark_from_rows": "many"}])
def test_duckdb_is_the_default(settings, tmp_path, variables):
    settings(**variables)
    assert chosen(tmp_path) is None


def test_what_is_not_set_has_a_default(settings, tmp_path):
    settings(engine="spark", spark_master=" ", spark_from_rows="")
    spark = chosen(tmp_path)
    assert (spark.master, spark.from_rows) == (MASTER, FROM_ROWS)


def test_an_option_comes_before_its_variable(settings, tmp_path):
    settings(engine="duckdb", spark_master="spark://one:7077", spark_from_rows="5")
    spark = chosen(tmp_path, engine="spark", spark_master="spark://two:7077", spark_from_rows=0)
    assert (spark.master, spark.from_rows) == ("spark://two:7077", 0)
    settings(engine="spark")
    assert chosen(tmp_path).master == "spark://one:7077"


@pytest.mark.parametrize(
    "variables",
    [
        {"engine": "sparkle"},
        {"engine": "spark", "spark_from_rows": "-1"},
        {"engine": "spark", "spark_from_rows": "many"},
    ],
)
def test_a_wrong_setting_names_its_variable(settings, tmp_path, variables):
    settings(**variables)
    with pytest.raises(InvalidSetting, match=f"CPOWER_{list(variables)[-1].upper()}"):
        chosen(tmp_path)


@pytest.mark.parametrize(("rows", "is_on_spark"), [(0, False), (9, False), (10, True)])
def test_rows_decide_where_a_query_runs(tmp_path, rows, is_on_spark):
    spark = chosen(tmp_path, engine="spark", spark_from_rows=10)
    warehouse = Warehouse(Home(tmp_path / "home").prepare(), engine=spark)
    path = warehouse.tables.path("core.dim_nation")
    path.parent.mkdir()
    path.write_bytes(b"made up")
    stamp.write(path, Stamp("", rows, sha256(path), "", {}))
    assert warehouse.engine_of(["core.dim_nation", "core.not_built"]) is (spark if is_on_spark else None)


@pytest.mark.parametrize(
    ("expression", "spark"),
    [
        ("a / b", "cast(a as double) / b"),
        ("avg(a)", "avg(cast(a as double))"),
        ("a[1]", "get(a, 0)"),
        ("a[b]", "get(a, b - 1)"),
        ("regexp_replace(a, '^(x)', '\\1y')", "regexp_replace(a, '^(x)', '$1y')"),
        ("array_agg(a)", "nullif(collect_list(a), array())"),
        ("hhi_normalised(a, 2)", "(a - cast(1e0 as double) / 2)"),
    ],
)
def test_what_differs_is_translated(expression, spark):
    def plain(text):
        return re.sub(r"[\s()]", "", text).lower()

    assert plain(spark) in plain(translated(f"select {expression} as c from core.dim_nation"))
