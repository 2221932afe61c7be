"""Rules on tables that the bench of `test_planted_faults` does not hold: a few rows that break each, put in directly.

Every row is made up.
"""

from datetime import date

import pytest

from assets.factories.run_metadata import FIRST_COLUMNS
from tests.support.sql_harness import AS_OF
from warehouse.lineage import SQL_ROOT

PLACE, WELSH, SCOTLAND_CODE = "E06999901", "W06999901", "S92000003"
ENGLAND_CODE = "E92000001"

AREA = {"locality_code": ENGLAND_CODE, "period_start": AS_OF, "period_end": AS_OF}
CURVE = {"series": "funding", "nation_code": ENGLAND_CODE, "period_start": AS_OF, "period_end": AS_OF}
YEAR = {"period_start": AS_OF, "period_end": AS_OF}
ENGLISH = {"locality_code": PLACE, "nation": "England"}
RANK = YEAR | {"metric_id": "pop_total", "locality_code": PLACE, "comparable_group": "made up", "n": 9}
RANK_GROUP = YEAR | {"metric_id": "pop_total", "comparable_group": "made up"}
VALUE = YEAR | {"metric_id": "coh_influence_pct", "locality_code": PLACE, "value": 1.0, "state": "ok"}
STATISTIC = YEAR | {"metric_id": "coh_influence_pct", "locality_code": PLACE}
AWARD = YEAR | {"award_key": "award", "locality_code": PLACE, "population_weight": 1.0, "equal_weight": 1.0}
FACTOR = {"nation": "England", "target": "any score", "factor": "split"}
SIMILAR = {"locality_code": PLACE, "nation": "England", "similarity_order": 1}
BROKEN = {
    "metrics/equity/h7_indices_stay_in_their_bounds": {
        "metrics.equity": [AREA | {"metric_id": "eq_ci_voice", "value": 1.2}]
    },
    "metrics/equity_place/h6_shares_reach_the_whole": {
        "metrics.equity_place": [
            CURVE | {"locality_code": PLACE, "persons": 5.0, "persons_up_to": 4.0, "mid_rank": 0.5, "localities_n": 1}
        ]
    },
    "metrics/metric_value/h5_no_nation_is_left_out": {"metrics.metric_value": []},
    "marts/equity_curve/h6_curves_rise_from_zero_to_all": {
        "marts.equity_curve": [CURVE | {"tenth": tenth, "amount_share": 1 - tenth / 10} for tenth in range(11)]
    },
    "marts/sustaining/h5_every_practice_is_there_once": {
        "core.fct_practice_study": [{"practice_id": "made up"}],
        "marts.sustaining": [],
    },
    "marts/practice_library/h5_every_practice_is_there_once": {
        "core.fct_practice": [{"practice_id": "made up"}],
        "marts.practice_library": [],
    },
    "marts/coverage/h5_every_area_is_counted_once": {
        "marts.coverage": [{"metric_id": "pop_total", "nation": "Wales", "areas_n": 22, "ok_n": 21}]
    },
    "marts/told_apart/h4_every_rank_set_is_counted": {
        "metrics.rank_interval": [RANK | {"rank_lo": 1, "rank_hi": 9}],
        "marts.told_apart": [RANK_GROUP | {"localities_n": 2}],
    },
    "marts/practice_network_edge/h5_both_ends_are_nodes": {
        "marts.practice_network_edge": [{"source_party_id": "a", "target_party_id": "b", "locality_code": PLACE}],
        "marts.practice_network_node": [],
    },
    "marts/similar_locality/h4_similar_localities_are_of_one_nation": {
        "marts.similar_locality": [SIMILAR | {"similar_code": WELSH, "distance": 0.5}]
    },
    "marts/similar_locality/h5_every_locality_is_there": {"marts.similar_locality": [SIMILAR]},
    "marts/similar_locality/h3_only_inputs_of_both_are_used": {
        "marts.similar_locality": [SIMILAR | {"similar_code": "E06999902", "inputs_used": ["pop_total"]}]
    },
    "metrics/metric_value/every_metric_is_catalogued_and_speaks": {
        "metrics.metric_value": [VALUE | {"metric_id": "made_up", "value": None, "state_reason": " "}]
    },
    "metrics/value_statistic/h3_no_comparison_without_its_figures": {
        "metrics.metric_value": [VALUE | {"se": 1.0}],
        "metrics.value_statistic": [STATISTIC | {"shrunk_value": 1.0}],
        "core.fct_observation": [],
    },
    "metrics/value_statistic/h4_every_value_that_is_compared_has_its_row": {
        "metrics.rank_interval": [STATISTIC | {"rank_lo": 4, "rank_hi": 9}],
        "metrics.value_statistic": [STATISTIC | {"rank_lo": 2, "rank_hi": 9}],
    },
    "metrics/value_statistic/h7_intervals_hold_their_statistics": {
        "metrics.value_statistic": [STATISTIC | {"rank_lo": 2, "rank_hi": 9, "ranked_n": 8}]
    },
    "metrics/value_statistic/h19_scan_is_not_compared": {
        "metrics.value_statistic": [STATISTIC | {"metric_id": "scan_records_n", "rank_lo": 2}]
    },
    "metrics/value_statistic/reason_is_given": {"metrics.value_statistic": [STATISTIC]},
    "metrics/metric_value/h3_no_equity_without_both_orders": {
        "metrics.metric_value": [VALUE | {"metric_id": "eq_ci_voice", "locality_code": ENGLAND_CODE}],
        "core.fct_deprivation_profile": [{"locality_code": PLACE}],
    },
    "metrics/metric_value/h3_no_framework_without_its_record": {
        "metrics.metric_value": [VALUE | {"metric_id": "frm_psb", "locality_code": SCOTLAND_CODE}],
        "core.fct_framework": [{"framework_id": "frm_psb", "nation_code": SCOTLAND_CODE, "status": "repealed"}],
    },
    "metrics/metric_value/h4_every_rank_is_within_one_group": {
        "metrics.rank_interval": [RANK],
        "metrics.metric_value": [VALUE | {"metric_id": "pop_total", "comparable_group": "another"}],
    },
    "metrics/metric_value/h4_every_group_is_described": {
        "metrics.metric_value": [VALUE | {"comparable_group": "another"}]
    },
    "metrics/metric_value/h4_what_may_be_ranked_is_ranked": {
        "metrics.rank_interval": [],
        "metrics.metric_value": [VALUE | {"se": 0.1, "comparable_group": "made up"}],
    },
    "metrics/rank_interval/g5_no_rank_without_its_interval": {"metrics.rank_interval": [RANK | {"rank_nominal": 2}]},
    "metrics/rank_interval/h18_seed_is_recorded": {
        "metrics.rank_interval": [RANK | {"rank_median": 2, "draws_n": 100, "seed": None}]
    },
    "metrics/rank_interval/h4_ranks_run_from_one_to_the_size_of_the_group": {
        "metrics.rank_interval": [RANK | {"state": "ok", "rank_hi": 10, "rank_lo": 1}]
    },
    "metrics/rank_interval/h4_withheld_where_there_is_no_error": {
        "metrics.rank_input": [{name: RANK[name] for name in RANK if name != "n"} | {"se": None}],
        "metrics.rank_interval": [RANK | {"state": "ok"}],
    },
    "metrics/composite/every_nation_has_seven_gates": {
        "metrics.composite": [ENGLISH],
        "metrics.composite_gate": [{"nation": "England", "gate": f"G{number}"} for number in range(1, 7)],
    },
    "metrics/composite/g5_no_rank_without_its_interval": {
        "metrics.composite": [ENGLISH | {"rank_median": 3, "rank_lo": 1, "rank_hi": None, "label": "made up"}]
    },
    "metrics/composite/h3_nothing_is_imputed": {"metrics.composite": [ENGLISH | {"imputed_n": 1}]},
    "metrics/composite/h4_ranks_are_within_one_nation": {
        "metrics.composite": [{"locality_code": WELSH, "nation": "England", "state": "ok", "n": 1}]
    },
    "metrics/composite/withheld_while_a_gate_is_closed": {
        "metrics.composite": [ENGLISH | {"state": "ok", "cpc_score": 50.0}],
        "metrics.composite_gate": [{"nation": "England", "gate": "G3", "is_open": False}],
    },
    "metrics/composite_award/h6_parts_sum_to_the_award": {
        "metrics.composite_award": [AWARD | {"recipient_weight": 0.5}]
    },
    "metrics/composite_sensitivity/every_factor_changes_a_score": {
        "metrics.composite_sensitivity": [FACTOR | {"changed_n": 0}]
    },
    "metrics/uncertainty_draw/h18_every_factor_is_logged": {
        "metrics.composite_sensitivity": [FACTOR],
        "metrics.uncertainty_draw": [{"nation": "England", "factor": "weights", "layer": "combined", "draw": 1}],
    },
}


INDICATOR = {"indicator_id": "asked", "item_wording_id": "wording"}
OBSERVATION = YEAR | INDICATOR | {"population_part": "{}", "area_code": PLACE, "value": 5.0, "source_row": 7}
OBSERVED = {
    "area_is_known": {"area_code": "E08000019"},
    "area_is_of_survey": {"area_code": WELSH},
    "interval_holds_value": {"lci_95": 6.0},
    "missing_value_has_status": {"value": None},
    "percentages_within_hundred": {"value": 105.0, "unit": "pct", "survey": "Survey"},
    "periods_in_order": {"period_end": date(2000, 1, 1)},
}


@pytest.mark.parametrize("rule", BROKEN)
def test_the_rule_finds_the_rows_that_break_it(bench, rule):
    for table, rows in BROKEN[rule].items():
        bench.put(table, rows)
    assert bench.broken(SQL_ROOT / "checks" / f"{rule}.sql")


def leads_to(rows, file, row):
    """Return whether every row names its file and row among the columns that the UI shows."""
    return all((found["file_name"], found["source_row"]) == (file, row) for found in rows) and {
        "file_name",
        "source_row",
    } <= set(list(rows[0])[:FIRST_COLUMNS])


@pytest.mark.parametrize("rule", OBSERVED)
def test_an_observation_that_breaks_a_rule_names_its_file_and_row(bench, rule):
    bench.put("meta.landed_file", [{"source_id": "made up", "file_sha256": "made up", "file_name": "figures.csv"}])
    bench.put("core.dim_indicator", [INDICATOR | {"nation": "England"}])
    bench.put("core.fct_observation", [OBSERVATION | OBSERVED[rule]])
    rows = bench.broken(SQL_ROOT / "checks" / "core" / "fct_observation" / f"{rule}.sql")
    assert len(rows) == 1
    assert leads_to(rows, "figures.csv", 7)


def test_a_figure_that_reaches_no_observation_names_its_file_and_row(bench):
    figures = {"source_id": "reference_survey_figures", "file_sha256": "f" * 64}
    bench.put("meta.landed_file", [figures | {"file_name": "survey_figures.csv"}])
    bench.put("staging.reference__survey_figure", [figures | {"source_row": 3, "period": "2020-21"}])
    rows = bench.broken(SQL_ROOT / "checks/core/fct_observation/reference_figures_are_catalogued.sql")
    assert leads_to(rows, "survey_figures.csv", 3)


def test_every_rule_of_observations_is_broken_here():
    rules = {path.stem for path in (SQL_ROOT / "checks" / "core" / "fct_observation").glob("*.sql")}
    assert rules == {*OBSERVED, "reference_figures_are_catalogued", "unit_is_that_published"}


@pytest.mark.parametrize(
    ("unit", "published", "measure", "is_broken"),
    [
        ("pct", "Score out of 10", "Happiness", True),
        ("pct", "%", "Mean rating", True),
        ("score", "%", "Happiness", True),
        ("score", "Score out of 10", "Mean rating", False),
        ("pct", "Percentage", "Meaningful contact", False),
    ],
)
def test_a_mean_is_never_filed_as_a_percentage(bench, unit, published, measure, is_broken):
    file = {"source_id": "made up", "file_sha256": "made up"}
    bench.put("meta.landed_file", [file | {"file_name": "figures.csv"}])
    bench.put("core.fct_observation", [OBSERVATION | file | {"unit": unit}])
    bench.put("staging.tidy__observation", [file | {"source_row": 7, "unit": published, "measure": measure}])
    rows = bench.broken(SQL_ROOT / "checks/core/fct_observation/unit_is_that_published.sql")
    assert len(rows) == is_broken
    assert not rows or leads_to(rows, "figures.csv", 7)


def test_an_award_that_does_not_belong_in_totals_names_its_file_and_row(bench):
    bench.put("meta.landed_file", [{"source_id": "made up", "file_sha256": "made up", "file_name": "awards.csv"}])
    award = {"award_key": "award", "amount_class": "positive", "amount_gbp": 5.0, "source_row": 9}
    bench.put("core.fct_award", [award | {"is_dated_in_future": True}])
    bench.put("metrics.award_counted", [{"award_key": "award", "amount_gbp": 5.0}])
    rows = bench.broken(SQL_ROOT / "checks/metrics/award_counted/only_what_belongs_in_totals.sql")
    assert leads_to(rows, "awards.csv", 9)
