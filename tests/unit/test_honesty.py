"""The honesty rules of method.md section 8 that no check on tables can hold, and that every one of them is held."""

import re

import pytest

from docs.generate import enforcement
from tests.support.sql_harness import Bench, values
from tests.unit.test_obs_status import read
from warehouse import catalogue
from warehouse.lineage import SQL_ROOT, first_comment

PLACE, OTHER = "E06999901", "E06999902"
INDICES = ("IoD2025", "WIMD2025", "SIMD2020v2", "NIMDM2017")


def test_every_rule_is_held_by_a_check_or_a_test_that_names_it_and_no_number_is_of_no_rule():
    rules = catalogue.honesty_rules()
    assert list(rules) == [f"H{number}" for number in range(1, 20)]
    assert {rule for rule, held in enforcement().items() if held} == set(rules)


def test_a_check_that_bears_a_number_in_its_name_bears_the_same_in_its_words():
    for path in (SQL_ROOT / "checks").rglob("h[0-9]*.sql"):
        number = re.match(r"h(\d+)_", path.stem)[1]
        assert first_comment(path.read_text("utf-8")).startswith(f"H{number}: "), path


@pytest.mark.parametrize("index", INDICES)
def test_h10_in_every_index_the_needier_place_reads_as_the_more_deprived(index):
    """Rank 1 is the most deprived in each of them; an index whose scales run both ways is not held."""
    bench = Bench()
    bench.put(
        "core.fct_small_area",
        [
            {"index_id": index, "locality_code": place, "small_area_code": f"area {rank}", "overall_rank": rank}
            | {"rank_percentile": (rank - 0.5) / 10, "overall_decile": rank, "population_persons": 1000}
            for place, ranks in ((PLACE, range(1, 6)), (OTHER, range(6, 11)))
            for rank in ranks
        ],
    )
    bench.put(
        "core.fct_deprivation_profile",
        [
            {"index_id": index, "locality_code": place, "areas_n": 5, "decile_1_areas": tenth, "decile_2_areas": tenth}
            | {"mean_rank_percentile": mean}
            for place, tenth, mean in ((PLACE, 1, 0.25), (OTHER, 0, 0.75))
        ],
    )
    rows = bench.make("metrics.deprivation")
    for metric, needy_has_more in (("dep_prop10_areas", True), ("dep_avg_rank_percentile_areas", False)):
        found = values(rows, metric)
        assert (found[PLACE] > found[OTHER]) == needy_has_more, metric
    assert catalogue.metrics()["soc_cni_score"].missing_reason, "an index that runs both ways is not held"


def test_h13_no_rule_adds_up_figures_that_were_published_rounded():
    for path in (SQL_ROOT / "checks").rglob("*.sql"):
        text = path.read_text("utf-8")
        if re.search(r"\bsum\(|\bstable_sum\(", text):
            assert not re.search(r"fct_observation|metrics\.cohesion|staging\.\w+survey", text), path


def test_h13_nothing_is_rounded_on_its_way_to_a_measure():
    """But for the number of areas that an index ranks, a whole number that is got back from a quotient."""
    rounding = {
        path.stem
        for layer in ("core", "metrics", "marts", "macros")
        for path in (SQL_ROOT / layer).rglob("*.sql")
        if re.search(r"\bround\(", path.read_text("utf-8"))
    }
    assert rounding == {"deprivation_people"}


@pytest.mark.parametrize("text", ["Value for Cornwall and Isles of Scilly combined", "12 est.", "[x] see notes"])
def test_h15_a_text_that_is_no_known_symbol_is_refused_with_its_row(text):
    rows, refused = read("1", text)
    assert rows["source_row"].to_list() == [1]
    assert refused["source_row"].to_list() == [2]


def test_h17_every_metric_has_a_welsh_name_and_a_welsh_reading():
    readings = catalogue.readings()
    for metric in catalogue.metrics().values():
        assert metric.name_cy.strip(), metric.id
        assert readings[metric.id].cy.strip(), metric.id
        assert readings[metric.id].cy != readings[metric.id].en, metric.id
