"""Every query is one select in the subset that other engines can run, and reads only tables that exist."""

import pytest
import sqlglot
from sqlglot import exp

from warehouse.catalogue import tables
from warehouse.lineage import MODEL_SCHEMAS, SQL_ROOT, queries, reads

FILES = sorted(SQL_ROOT.rglob("*.sql"))
SELECTS = [path for path in FILES if path.parent.name != "macros"]
MOST_LINES = 200
LONGER = {
    "checks/metrics/metric_value/h3_no_value_without_its_input.sql",
    "core/bridge_award_locality.sql",
    "core/fct_award.sql",
    "core/fct_award_place.sql",
    "metrics/funding_window.sql",
}
LAYERS = {"staging": 0, "meta": 0, "core": 1, "metrics": 2, "marts": 3, "exports": 4}


def name(path):
    return str(path.relative_to(SQL_ROOT))


def contract(select):
    """Return the columns of the one catalogued table that a select takes whole, or None for any other select."""
    source = select.args.get("from_")
    read = source.this if source else None
    if not isinstance(read, exp.Table) or not read.db or not select.is_star or len(select.expressions) > 1:
        return None
    if any(select.args.get(part) for part in ("joins", "distinct", "group", "laterals")):
        return None
    table = tables().get(f"{read.db}.{read.name}")
    return table and tuple((column.name, column.type) for column in table.columns)


def hiding_stars(tree):
    """Return the stars of a query but for those of `count(*)` and of unions of whole tables of identical contract."""
    hiding = []
    for star in tree.find_all(exp.Star):
        top = select = star.parent
        while isinstance(top.parent, exp.SetOperation):
            top = top.parent
        branches = list(top.find_all(exp.Select)) if isinstance(top, exp.SetOperation) else []
        contracts = {contract(branch) for branch in branches}
        if not isinstance(select, exp.Count) and (len(contracts) != 1 or None in contracts):
            hiding.append(star)
    return hiding


@pytest.mark.parametrize("path", SELECTS, ids=name)
def test_a_file_is_one_portable_select(path):
    statements = [tree for tree in sqlglot.parse(path.read_text("utf-8"), dialect="duckdb") if tree]
    assert len(statements) == 1
    tree = statements[0]
    assert isinstance(tree, exp.Select | exp.SetOperation)
    for forbidden in (exp.Pivot, exp.Lambda, exp.Qualify):
        assert not list(tree.find_all(forbidden)), f"{forbidden.__name__} is outside the portable subset"
    assert not hiding_stars(tree), "select * hides what a query yields"
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


def test_every_query_has_a_catalogue_entry_and_a_name_of_its_own():
    assert set(queries()) <= set(tables())
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
    ],
)
def test_a_star_takes_whole_tables_of_identical_contract_alone(query, is_hiding):
    assert bool(hiding_stars(sqlglot.parse_one(query, dialect="duckdb"))) is is_hiding


def test_no_query_is_longer_than_can_be_read_at_once():
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert {path for path, lines in lengths.items() if lines > MOST_LINES} == LONGER


@pytest.mark.parametrize("path", sorted((SQL_ROOT / "checks").rglob("*.sql")), ids=name)
def test_a_check_says_what_must_hold(path):
    assert path.read_text("utf-8").startswith("-- ")


PATTERNS = (
    exp.Like,
    exp.ILike,
    exp.SimilarTo,
    exp.RegexpLike,
    exp.RegexpExtract,
    exp.RegexpReplace,
    exp.Replace,
    exp.StartsWith,
    exp.EndsWith,
    exp.Contains,
    exp.SplitPart,
    exp.Split,
    exp.Substring,
    exp.Left,
    exp.Right,
    exp.StrPosition,
    exp.Length,
    exp.Bracket,
)


def id_patterns(query):
    """Return the conditions and functions of a query that look into a metric id."""
    tree = sqlglot.parse_one(query, dialect="duckdb")
    return [
        node.sql("duckdb")
        for node in tree.find_all(*PATTERNS)
        if any(column.name.endswith("metric_id") for column in node.find_all(exp.Column))
    ]


@pytest.mark.parametrize("path", SELECTS, ids=name)
def test_no_query_matches_a_metric_id_by_a_pattern(path):
    """What a query needs to know of a metric is a column of core.dim_metric, or the breakdown."""
    assert id_patterns(path.read_text("utf-8")) == []


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
    assert id_patterns(f"select 1 from t as value where {condition}")


def test_a_metric_id_may_be_compared_and_built():
    query = "select 'eq_ci_' || series as metric_id from t where metric_id in ('a', 'b') and note like 'bounds:%'"
    assert id_patterns(query) == []
