"""Place Survey 2008: kept as history, with the authorities of April 2009 that exist today, never ranked or compared."""

from datetime import date

import polars as pl
import pytest

from assets.sources.reference.records import csv_parser
from assets.tables.catalogue_tables import indicators
from assets.tables.indicator_labels import catalogued_labels
from tests.support.sql_harness import NATIONS, Bench
from tests.support.table_store_harness import REFERENCE, broken, build, stage, stage_reference
from warehouse.catalogue import metrics, tables
from warehouse.storage.table_store import Tables

HISTORY = {
    "coh_influence_2008_pct": "influence_local_decisions",
    "coh_belong_2008_pct": "belong_neighbourhood",
    "coh_backgrounds_2008_pct": "backgrounds_get_on",
    "coh_satisfied_2008_pct": "satisfied_local_area",
}
AUTUMN = (date(2008, 9, 1), date(2008, 12, 31))
FILE = "place_survey_2008.csv"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = Tables(tmp_path_factory.mktemp("place_survey"))
    stage_reference(store, "locality", "locality_succession")
    intake = csv_parser("staging.reference__survey_figure")((REFERENCE / FILE).read_bytes())
    assert (intake.kept.height, intake.quarantined.height) == (1300, 0)
    stage(store, "staging.reference__survey_figure", (intake.kept, "reference_place_survey_2008", "0"))
    store.replace(tables()["core.bridge_indicator_label"], catalogued_labels(None))
    store.replace(tables()["core.dim_indicator"], indicators(None))
    build(store, "core.bridge_locality_code", "core.dim_locality", "core.dim_nation")
    build(store, "core.fct_observation", "core.fct_observation_former")
    return store


def test_every_figure_is_of_an_authority_of_today_or_of_one_that_was_merged(store):
    """284 of the 325 authorities of April 2009 exist today, and 41 are parts of 11 localities."""
    today, former = store.read("core.fct_observation"), store.read("core.fct_observation_former")
    assert (today.height, former.height) == (4 * 284, 4 * 41)
    assert set(today.select("period_start", "period_end").rows()) == {AUTUMN}
    assert today["lci_95"].null_count() == today["n_respondents"].null_count() == today.height
    assert broken(store, "core.fct_observation") == {}
    england = store.read("core.dim_locality").filter(pl.col("nation") == "England")
    assert former["locality_code"].n_unique() == 11
    without = england.filter(~pl.col("locality_code").is_in([*today["area_code"], *former["locality_code"]]))
    assert without["locality_name"].to_list() == ["Isles of Scilly"]


def test_figures_are_those_published(store):
    """The first is an own recode (Sheffield), the second has a boundary change (Northumberland), Pendle differs."""
    found = store.read("core.fct_observation")
    values = dict(zip(zip(found["indicator_id"], found["area_code"], strict=True), found["value"], strict=True))
    assert values["influence_local_decisions", "E09000001"] == 41.8
    assert values["backgrounds_get_on", "E09000001"] == 91.6
    assert values["belong_neighbourhood", "E09000001"] == 58.7
    assert round(values["satisfied_local_area", "E06000057"]) == 81
    assert values["satisfied_local_area", "E07000122"] == 66.2
    assert ("influence_local_decisions", "E08000039") in values
    assert ("influence_local_decisions", "E10000017") not in values, "Lancashire is a county"


@pytest.mark.parametrize("metric_id", HISTORY)
def test_a_metric_of_2008_says_its_year_and_is_comparable_with_nothing(metric_id):
    metric = metrics()[metric_id]
    assert "2008" in metric.name
    assert "2008" in metric.name_cy
    assert (metric.comparable_within, metric.is_in_profile) == ("none", False)


@pytest.fixture(scope="module")
def bench():
    return Bench()


@pytest.mark.parametrize("metric_id", HISTORY)
def test_a_value_of_2008_is_unreliable_and_never_the_value_of_today(bench, metric_id):
    """The figure of today's survey is in another metric, and neither that metric nor the ranks read those of 2008."""
    bench.reset()
    here, merged, none = [code for code, nation in NATIONS.items() if nation == "England"][:3]
    wordings = indicators(None).filter(pl.col("indicator_id") == HISTORY[metric_id], pl.col("nation") == "England")
    bench.put("core.dim_indicator", wordings.rows(named=True))
    by_survey = {row["survey"]: row for row in wordings.rows(named=True)}
    keys = {survey: {key: row[key] for key in ("indicator_id", "item_wording_id")} for survey, row in by_survey.items()}
    then = dict(zip(("period_start", "period_end"), AUTUMN, strict=True))
    now = {"period_start": date(2024, 10, 1), "period_end": date(2025, 3, 31), "lci_95": 20.0, "uci_95": 30.0}
    old, new = keys["Place Survey"] | {"survey": "Place Survey"}, keys["Community Life Survey"]
    shared = {"population_part": "{}", "area_code": here, "unit": "pct"}
    bench.put(
        "core.fct_observation",
        [
            shared | old | then | {"value": 41.8},
            shared | new | now | {"value": 25.0, "survey": "Community Life Survey"},
        ],
    )
    bench.put(
        "core.fct_observation_former",
        [old | then | {"locality_code": merged, "area_code": "E07000001", "area_name": "Former", "value": 30.0}],
    )
    rows = {(row["metric_id"], row["locality_code"]): row for row in bench.make("metrics.cohesion")}
    value, gap = rows[metric_id, here], rows[metric_id, merged]
    assert (value["value"], value["ci_method"], value["low_reasons"]) == (41.8, "none:not_published", ["copy_of_2008"])
    assert (gap["value"], gap["gap_reason"]) == (None, "merged_since|Former")
    assert (metric_id, none) not in rows
    assert {row["period_start"] for row in rows.values() if row["metric_id"] != metric_id} <= {date(2024, 10, 1)}
    assert metric_id not in {row["metric_id"] for row in bench.make("metrics.rank_input")}
