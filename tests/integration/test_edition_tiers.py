"""An edition holds the tables of the tiers public and detail, and none that is empty without a reason."""

import json
import re

import pytest

from warehouse import catalogue
from warehouse.explain.explanation import explain
from warehouse.explain.printing import to_text
from warehouse.query import connect, run, table_names

INTERNAL = sorted(name for name, table in catalogue.tables().items() if not table.is_in_edition)
EXPLAINED = (
    ("coh_influence_pct", "North Ayrshire"),
    ("dep_prop10_areas", "Sheffield"),
    ("fun_total_gbp_all", "Lambeth"),
    ("prac_network_density", "Wolverhampton"),
    ("eq_ci_funding", "England"),
    ("q_metrics_ok_share", "Gwynedd"),
)


def test_it_holds_public_and_detail_and_no_internal_table(edition):
    held = {table.name for table in catalogue.edition_tables(composite=False)}
    with connect(edition.path) as database:
        assert set(table_names(database)) == held
    assert edition.tables.keys() == held - {"meta.edition"}
    for form in ("csv", "parquet"):
        assert {path.stem for path in (edition.path / form).glob(f"*.{form}")} == held - {"meta.edition"}
    described = {
        item["name"] for item in json.loads((edition.path / "datapackage.json").read_text("utf-8"))["resources"]
    }
    assert described.isdisjoint({f"{name}{ending}" for name in INTERNAL for ending in ("", ".parquet")})


def test_it_lists_its_tables_with_their_tiers(edition):
    listed = {(name, tier) for name, tier, *_ in run(edition.path, "from en.tables")[1]}
    assert listed == {(table.name, table.tier) for table in catalogue.edition_tables(composite=False)}
    tiers = [tier for _, tier, *_ in run(edition.path, "from en.tables")[1]]
    assert tiers == sorted(tiers, reverse=True)
    for name, tier in listed:
        schema, table = name.split(".")
        (said,) = run(
            edition.path,
            f"select comment from duckdb_tables() where schema_name = '{schema}' and table_name = '{table}'",
        )[1][0]
        assert said.startswith(f"{tier.capitalize()}. One row per ")


def test_an_empty_table_says_when_it_is_empty(edition):
    empty = [name for name, rows in edition.tables.items() if not rows]
    assert [name for name in empty if not catalogue.tables()[name].empty_when] == []


@pytest.mark.parametrize(("metric", "place"), EXPLAINED)
def test_explain_names_no_internal_table(edition, metric, place):
    explanation = explain(edition.path, metric, place)
    assert [part for part in explanation.inputs if part.absent] == []
    text = to_text(explanation)
    assert [name for name in INTERNAL if re.search(rf"\b{re.escape(name)}\b", text)] == []


def test_no_page_of_the_report_names_an_internal_table(edition):
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, INTERNAL))})\b")
    pages = [*(edition.path / "report").rglob("*.html"), edition.path / "README.txt", edition.path / "CHANGES.md"]
    assert {
        path.name: pattern.findall(path.read_text("utf-8")) for path in pages if pattern.search(path.read_text("utf-8"))
    } == {}
