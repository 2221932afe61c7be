"""Queries can be translated for other engines; which subset they keep to is a rule of `assets.consistency`."""

import pytest
import sqlglot

from assets.consistency.query_rules import selects, unportable
from warehouse.lineage import SQL_ROOT

PATTERN = "a metric id is matched by a pattern; use a column of core.dim_metric or the breakdown"


def name(path):
    return str(path.relative_to(SQL_ROOT))


@pytest.mark.long
@pytest.mark.parametrize("path", selects(), ids=name)
def test_spark_can_parse_the_translation(path):
    translated = sqlglot.transpile(path.read_text("utf-8"), read="duckdb", write="spark")
    assert sqlglot.parse_one(translated[0], dialect="spark")


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
