"""An edition can be read, and only that."""

import time
from contextlib import closing

import duckdb
import polars as pl
import pytest

from warehouse import query
from warehouse.errors import CommunityPowerError, UnknownName


def test_columns_and_rows_come_back(edition):
    columns, rows = query.run(edition.path, "select locality_code, locality_name from core.dim_locality order by 1")
    assert columns == ["locality_code", "locality_name"]
    assert rows[0] == ("E08000039", "Sheffield")
    assert len(rows) == 3


@pytest.mark.parametrize(
    "sql",
    [
        "from core.dim_locality",
        "with a as (select 1 as b) select b from a;",
        "-- a note; with a semicolon\n/* another */ (select 1)",
        "describe core.dim_locality",
        "show all tables",
        "summarize core.dim_locality",
        "explain select 1",
        "select 'pragma x; drop table y'",
    ],
)
def test_whatever_reads_is_allowed(edition, sql):
    columns, rows = query.run(edition.path, sql)
    assert columns
    assert rows


@pytest.mark.parametrize(
    "sql",
    [
        "insert into core.dim_nation values ('x', 'x', 'x')",
        "update core.dim_nation set nation = 'x'",
        "delete from core.dim_nation",
        "drop table core.dim_nation",
        "create table core.mine (a integer)",
        "create temp table mine as select 1 as a",
        "comment on table core.dim_nation is 'x'",
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from glob('/etc/*')",
        "select * from read_parquet('/etc/passwd')",
        "select * from duckdb_secrets()",
        "copy core.dim_nation to '/tmp/out.csv'",
        "copy core.dim_nation from '/etc/passwd'",
        "export database '/tmp/out'",
        "import database '/etc'",
        "attach '/tmp/other.duckdb' as other",
        "detach community_power",
        "install httpfs",
        "load httpfs",
        "set memory_limit = '100GB'",
        "set enable_external_access = true",
        "reset lock_configuration",
        "pragma enable_external_access = true",
        "pragma database_list",
        "/* select */ pragma database_list",
        "call pragma_version()",
        "begin",
        "checkpoint",
        "use core",
        "select 1; drop table core.dim_nation",
        "select 1; select 2",
        "",
        "-- nothing",
        "selec 1",
    ],
)
def test_whatever_else_is_refused(edition, sql):
    before = {path: path.stat().st_mtime_ns for path in edition.path.rglob("*")}
    with pytest.raises(CommunityPowerError):
        query.run(edition.path, sql)
    assert {path: path.stat().st_mtime_ns for path in edition.path.rglob("*")} == before


@pytest.mark.parametrize(
    "sql",
    [
        "set lock_configuration = false",
        "set enable_external_access = true",
        "set autoload_known_extensions = true",
        "select * from read_csv('/etc/passwd')",
        "copy core.dim_nation to '/tmp/out.csv'",
        "attach '/tmp/other.duckdb' as other",
        "create table core.mine (a integer)",
        "install httpfs",
    ],
)
def test_the_connection_itself_refuses(edition, sql):
    with closing(query.connect(edition.path)) as connection, pytest.raises(duckdb.Error):
        connection.execute(sql)


def test_variables_of_the_caller_are_no_tables(edition):
    frame = pl.DataFrame({"a": [1]})
    with closing(query.connect(edition.path)) as connection, pytest.raises(duckdb.CatalogException):
        connection.execute("select a from frame")
    assert frame.height == 1


@pytest.mark.parametrize("name", ["core.dim_localty", "dim_locality", "corr.dim_locality"])
def test_an_unknown_table_is_answered_with_what_is_near(edition, name):
    with pytest.raises(UnknownName, match=r"core\.dim_locality"):
        query.run(edition.path, f"select * from {name}")


def test_an_unknown_column_is_answered_with_what_is_near(edition):
    with pytest.raises(CommunityPowerError, match="locality_name"):
        query.run(edition.path, "select localty_name from core.dim_locality")


def test_a_thousand_comments_take_no_time(edition):
    start = time.monotonic()
    with pytest.raises(CommunityPowerError):
        query.run(edition.path, "/* */ -- \n" * 1000 + "pragma database_list")
    assert time.monotonic() - start < 5


def test_a_folder_without_an_edition_is_said(tmp_path):
    with pytest.raises(CommunityPowerError, match="No edition found in"):
        query.connect(tmp_path)


def test_a_file_that_is_no_database_is_said(tmp_path):
    (tmp_path / "community_power.duckdb").write_text("no database")
    with pytest.raises(CommunityPowerError, match="Cannot open"):
        query.connect(tmp_path)


def test_a_log_beside_the_file_is_not_replayed(before):
    (before.path / "community_power.duckdb.wal").write_text("left by someone")
    with pytest.raises(CommunityPowerError, match="not part of the edition"):
        query.connect(before.path)
