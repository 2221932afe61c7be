"""What a comparison and a check must not do, however many awards there are: read rows twice, or pair each with each."""

import pytest

from tests.support.edition_builders import CODES, CONTRACTS, FUNDS, ROLLING, Made, value
from tests.support.sql_harness import Bench, inputs
from warehouse.lineage import SQL_ROOT
from warehouse.release.snapshots import Snapshot, side_by_side
from warehouse.release.value_diff import find_changes
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse

TOTAL = "fun_total_gbp_all"


class Recorded:
    """A connection that keeps its statements, and how DuckDB plans those that make a table."""

    def __init__(self, database):
        self.database, self.statements, self.plans = database, [], []

    def execute(self, statement):
        self.statements.append(statement)
        _, made, query = statement.partition(" as ")
        if made and statement.startswith("create temp table"):
            self.plans += [plan for _, plan in self.database.execute(f"explain {query}").fetchall()]
        return self.database.execute(statement)


def awards(made):
    made.values |= {(metric, code): value(metric, code, 1.0, ROLLING) for metric in (FUNDS, TOTAL) for code in CODES}
    made.others["metrics.award_counted"] = [{"award_key": "one", "window_id": "rolling_3y"}]
    made.others["core.bridge_award_locality"] = [
        {"award_key": "one", "basis": "best", "locality_code": CODES[0], "weight": 1.0}
    ]
    return made


def compared(tmp_path, code_version):
    """Return the statements of a comparison in which one award and the two values that it is behind changed."""
    older, newer = awards(Made()), awards(Made())
    newer.land("b" * 64)
    newer.code(code_version)
    newer.others["core.bridge_award_locality"][0]["weight"] = 0.5
    for metric in (FUNDS, TOTAL):
        newer.set(metric, CODES[0], value=0.5)
    sides = [
        Snapshot.of_store(label, made.written(Warehouse(Home(tmp_path / label))).tables, CONTRACTS)
        for label, made in (("older", older), ("newer", newer))
    ]
    with side_by_side(*sides) as database:
        recorded = Recorded(database)
        find_changes(recorded, [])
        causes = database.execute("select distinct metric_id, cause from change order by metric_id").fetchall()
    assert causes == [(FUNDS, "input"), (TOTAL, "input")]
    return recorded


def read_behind(recorded):
    """Return how often the awards behind values were read."""
    return sum("award_counted" in statement for statement in recorded.statements)


def test_rows_behind_values_are_compared_once_however_many_metrics_are_made_of_them(tmp_path):
    assert read_behind(compared(tmp_path, "f00d")) == 1


def test_rows_behind_values_are_not_compared_where_the_code_is_the_same(tmp_path):
    assert read_behind(compared(tmp_path, "c0de")) == 0


def test_no_statement_of_a_comparison_joins_every_pair_of_rows(tmp_path):
    plans = compared(tmp_path, "f00d").plans
    assert len(plans) > 3
    assert not [plan for plan in plans if "BLOCKWISE_NL_JOIN" in plan]


@pytest.mark.parametrize(
    "path", sorted((SQL_ROOT / "checks/metrics/metric_value").glob("h3_*_needs_*.sql")), ids=lambda path: path.stem
)
def test_no_check_of_every_value_joins_every_pair_of_rows(path):
    query = path.read_text("utf-8")
    bench = Bench()
    for name in inputs(query):
        bench.put(name, [{}])
    plan = bench.database.execute(f"explain (format json) {query}").fetchall()[0][1]
    assert "HASH_JOIN" in plan
    assert "BLOCKWISE_NL_JOIN" not in plan
