"""Every query is one select in the subset that other engines can run, and reads only tables that exist."""

import pytest
import sqlglot
from sqlglot import exp

from assets.models import queries
from warehouse.catalogue import tables
from warehouse.lineage import SQL_ROOT, reads

FILES = sorted(SQL_ROOT.rglob("*.sql"))
SELECTS = [path for path in FILES if path.parent.name != "macros"]
LAYERS = {"staging": 0, "meta": 0, "core": 1, "metrics": 2, "marts": 3, "exports": 4}


def name(path):
    return str(path.relative_to(SQL_ROOT))


@pytest.mark.parametrize("path", SELECTS, ids=name)
def test_a_file_is_one_portable_select(path):
    statements = [tree for tree in sqlglot.parse(path.read_text("utf-8"), dialect="duckdb") if tree]
    assert len(statements) == 1
    tree = statements[0]
    assert isinstance(tree, exp.Select | exp.SetOperation)
    for forbidden in (exp.Pivot, exp.Lambda, exp.Qualify):
        assert not list(tree.find_all(forbidden)), f"{forbidden.__name__} is outside the portable subset"
    for star in tree.find_all(exp.Star):
        assert isinstance(star.parent, exp.Count), "select * hides what a query yields"
    for group in tree.find_all(exp.Group):
        assert not group.args.get("all"), "group by all is silently wrong elsewhere"
        assert not any(isinstance(item, exp.Literal) for item in group.expressions), "positional group by"
    for within in tree.find_all(exp.WithinGroup):
        assert not isinstance(within.this, exp.PercentileCont), "becomes an approximation elsewhere"
    for join in tree.find_all(exp.Join):
        assert join.args.get("method") != "ASOF"


@pytest.mark.long
@pytest.mark.parametrize("path", SELECTS, ids=name)
def test_spark_can_parse_the_translation(path):
    translated = sqlglot.transpile(path.read_text("utf-8"), read="duckdb", write="spark")
    assert sqlglot.parse_one(translated[0], dialect="spark")


@pytest.mark.parametrize("path", SELECTS, ids=name)
def test_a_query_reads_catalogued_tables_of_its_own_layer_or_below(path):
    layer, *_ = path.relative_to(SQL_ROOT).parts
    for table in reads(path.read_text("utf-8")):
        assert table in tables()
        if layer in LAYERS:
            assert LAYERS[table.split(".")[0]] <= LAYERS[layer]


def test_every_query_has_a_catalogue_entry():
    assert set(queries()) <= set(tables())


@pytest.mark.parametrize("path", sorted((SQL_ROOT / "checks").rglob("*.sql")), ids=name)
def test_a_check_says_what_must_hold(path):
    assert path.read_text("utf-8").startswith("-- ")
