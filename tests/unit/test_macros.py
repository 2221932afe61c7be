"""The statistical macros against other ways to the same, and whether every part of them is held by that."""

import re

import pytest

from tests import macro_mutants
from tests.support.macro_cases import CASES, holds
from tests.support.sql_harness import Bench
from warehouse.storage.home import PROJECT

DOCUMENT = (PROJECT / "docs" / "method" / "mutation.md").read_text("utf-8")


@pytest.fixture(scope="module")
def bench():
    return Bench()


@pytest.mark.parametrize("macro", CASES)
def test_a_macro_gives_what_another_way_gives(bench, macro):
    for case in CASES[macro]:
        found = bench.one(case.expression, case.rows)
        assert holds(found, case), f"{case.expression} is {found}, not {case.expected}"


@pytest.mark.long
def test_of_the_broken_macros_only_those_that_are_explained_go_unnoticed():
    tried, survivors = macro_mutants.hunt()
    explained = re.findall(r"^- (\w+: `.*)$", DOCUMENT.partition("## The macros")[2], re.MULTILINE)
    assert [f"{mutant.macro}: {mutant.change}" for mutant in survivors] == explained
    assert f"{tried} mutants of {len(CASES)} macros, {len(survivors)} survived" in DOCUMENT


def test_a_wrong_macro_is_noticed():
    """A quantile of 90 % instead of 95 %, as the mutants do not make it."""
    statement = next(macro_mutants.mutants("se_from_ci")).statement
    wrong = "CREATE MACRO se_from_ci(lci, uci) AS (uci - lci) / (2 * 1.6448536)"
    with macro_mutants.duckdb.connect(":memory:") as database:
        assert statement.startswith("CREATE MACRO")
        assert macro_mutants.is_noticed(database, wrong, CASES["se_from_ci"])
        right = wrong.replace("1.6448536", "1.959963984540054")
        assert not macro_mutants.is_noticed(database, right, CASES["se_from_ci"])
