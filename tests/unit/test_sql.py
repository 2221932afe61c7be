"""Queries can be translated for other engines; which subset they keep to is a rule of `assets.consistency`."""

import pytest
import sqlglot

from assets.consistency.query_rules import hiding_stars, unportable
from warehouse.lineage import MODEL_SCHEMAS, SQL_ROOT, queries
from warehouse.spark.translation import translated, untranslatable

PATTERN = "a metric id is matched by a pattern; use a column of core.dim_metric or the breakdown"
MOST_LINES = 200


def name(path):
    return str(path.relative_to(SQL_ROOT))


@pytest.mark.long
@pytest.mark.parametrize("path", queries().values(), ids=name)
def test_spark_can_parse_the_translation(path):
    assert sqlglot.parse_one(translated(path.read_text("utf-8")), dialect="spark")


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("jaccard(a, b)", "jaccard() has no translation"),
        ("name_key(jaccard(a, b))", "jaccard() has no translation"),
        ("regexp_replace(a, 'x', '')", "replaces the first match"),
        ("regexp_replace(a, '^x|y', '')", "replaces the first match"),
    ],
)
def test_what_spark_does_otherwise_is_found(expression, problem):
    [found] = untranslatable(f"select {expression} as b from t")
    assert problem in found


@pytest.mark.parametrize(
    "expression",
    ["name_key(a)", "regexp_replace(a, '^x|y$', '')", "regexp_replace(a, 'x', '', 'g')", "make_date(a, 1, 1)"],
)
def test_what_has_a_translation_may_be_used(expression):
    assert untranslatable(f"select {expression} as b from t") == []


def test_every_query_makes_a_table_of_a_name_of_its_own():
    assert len(queries()) == sum(len(list((SQL_ROOT / schema).rglob("*.sql"))) for schema in MODEL_SCHEMAS)


@pytest.mark.parametrize(
    ("query", "is_hiding"),
    [
        ("select count(*) as n from core.dim_nation", False),
        ("select * from metrics.population union all select * from metrics.deprivation", False),
        ("with a as (select * from metrics.population union all select * from metrics.deprivation) select 1", False),
        ("select * from metrics.population", True),
        ("select * from metrics.population union all select * from core.dim_nation", True),
        ("select * from metrics.population union all select metric_id from metrics.deprivation", True),
        ("select *, 1 as n from metrics.population union all select *, 1 from metrics.deprivation", True),
        (
            "select a.* from metrics.population as a union all select * from metrics.deprivation as b, core.dim_nation",
            True,
        ),
        ("with a as (select b from core.c) select * from a", False),
        ("with a as (select b from core.c) select a.*, d.e from a, core.d", False),
        ("with a as (select b from core.c) select * from a, core.d", True),
        ("with a as (select b, c from core.d) select * from a union all select c, b from a", True),
    ],
)
def test_a_star_takes_whole_tables_of_identical_contract_alone(query, is_hiding):
    assert bool(hiding_stars(sqlglot.parse_one(query, dialect="duckdb"))) is is_hiding


def test_no_query_is_longer_than_can_be_read_at_once():
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in sorted(SQL_ROOT.rglob("*.sql"))}
    assert not [path for path, lines in lengths.items() if lines > MOST_LINES]


@pytest.mark.parametrize(
    "condition",
    [
        "metric_id like 'q_states_%'",
        "value.metric_id not ilike '%_all'",
        "starts_with(metric_id, 'fun')",
        "regexp_matches(metric_id, '^eq_')",
        "right(metric_id, 2) = '_n'",
        "metric_id[1:3] = 'fun'",
        "replace(low.metric_id, '_lo', '_hi') = high.metric_id",
        "split_part(funding_metric_id, '_', 1) = 'fun'",
        "contains(metric_id, 'gbp')",
    ],
)
def test_a_pattern_over_a_metric_id_is_found(condition):
    assert unportable(f"select 1 from t as value where {condition}") == [PATTERN]


def test_a_metric_id_may_be_compared_and_built():
    query = "select 'eq_ci_' || series as metric_id from t where metric_id in ('a', 'b') and note like 'bounds:%'"
    assert unportable(query) == []
