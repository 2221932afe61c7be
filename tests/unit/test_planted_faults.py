"""Every rule of the metrics and marts holds on made-up tables, and each is broken by the faults that it is there for.

A fault is put into a table after the project's own SQL has made it, and is taken back before the next.
"""

from datetime import date

import pytest

from tests.support.sql_harness import (
    AS_OF,
    CITY,
    INDEX,
    OTHER,
    PLACE,
    SCOTLAND,
    WALES,
    Bench,
    awards,
    place_fund,
    practice,
    searches,
    small_area,
)
from tests.unit.test_broken_rules import BROKEN
from warehouse.lineage import SQL_ROOT

WELSH = [f"W0699991{number}" for number in range(10)]
ROOT = SQL_ROOT / "checks"
CHECKS = sorted([*ROOT.glob("metrics/*/*.sql"), *ROOT.glob("marts/*/*.sql")])


def money():
    """Return awards of all sets, one shared, one without a date and one that no list places."""
    covid = {"award_set": "threesixtygiving_covid2020", "place": OTHER, "award_date": date(2020, 4, 1)}
    return awards(
        {"amount_gbp": 1000.0},
        {"amount_gbp": 300.0, "place": OTHER, "planned_months": 36.0, "recipient_kind": "unknown"},
        {"amount_gbp": 200.0, "place": PLACE, "recipient_kind": "public_body", "in_scope_local": False},
        {"amount_gbp": 90.0, "award_date": None},
        covid | {"amount_gbp": 70.0},
        place_fund("Town fund", PLACE, 20e6),
        place_fund("Coast fund", WALES, 1e6, "partial"),
        {"amount_gbp": 500.0, "place": SCOTLAND},
        *[{"amount_gbp": 10.0, "place": PLACE}] * 3,
        places={"award-1": {PLACE: 1 / 3, OTHER: 2 / 3}},
    )


def practices():
    """Return six records of PLACE, three of known origin and durability, and a search of OTHER that found none."""
    sides = ["institution", "community", "joint"] * 2
    types = [("A1", 0.5), ("A2", 0.5)]
    known = {"origin": "accelerated", "durability": "robust"}
    return {
        "core.fct_practice_study": [practice(n, side=side) | (known if n < 3 else {}) for n, side in enumerate(sides)],
        "core.fct_practice_code": [
            *(
                {"practice_id": f"practice {n}", "axis": "type", "code": code, "weight": weight}
                for n in range(6)
                for code, weight in types
            ),
            *({"practice_id": f"practice {n}", "axis": "risk", "code": "fatigue", "weight": 1.0} for n in range(2)),
        ],
        "core.fct_practice_search": searches((PLACE, "recorded"), (OTHER, "none_found")),
        "core.fct_practice_scan": [
            {"practice_id": "scanned", "locality_code": WALES, "is_counted": True, "evidence_grade": "E1"}
        ],
        "core.fct_practice_scan_code": [{"practice_id": "scanned", "axis": "side"}],
        "core.fct_practice_scan_search": [{"locality_code": WALES, "query": "food"}],
    }


def context():
    """Return people, an index with its small areas and the answers to one question in two years."""
    asked = {"indicator_id": "asked", "item_wording_id": "wording"}
    answered = asked | {"population_part": "{}", "survey": "Survey", "area_code": SCOTLAND}
    return {
        "core.fct_population": [
            {"locality_code": code, "period_end": date(2023, 6, 30), "population_persons": 120_000 + number}
            for number, code in enumerate((PLACE, OTHER, CITY, SCOTLAND, *WELSH))
        ],
        "core.fct_population_age": [
            {"locality_code": PLACE, "area_code": PLACE, "period_end": date(2023, 6, 30), "age_code": age}
            | {"is_16plus": True, "population_persons": 10}
            for age in range(117, 192)
        ],
        "core.fct_deprivation_profile": [
            INDEX | {"areas_n": 2, "decile_1_areas": 1, "decile_2_areas": 0, "mean_rank_percentile": 0.35}
        ],
        "core.fct_small_area": [small_area(5, 1000), small_area(65, 3000)],
        "core.dim_indicator": [
            asked | {"metric_id": "coh_influence_pct", "nation": "Scotland", "survey": answered["survey"]}
        ],
        "core.fct_observation": [
            answered | {"value": 25.0, "period_start": date(year, 1, 1), "period_end": date(year, 12, 31)}
            for year in (2021, 2022)
        ],
        "core.dim_source": [{"source_id": name} for name in ("made up", "summary")],
        "meta.landed_file": [
            {"source_id": name, "file_sha256": name, "is_current": True} for name in ("made up", "summary")
        ],
        "core.fct_award_year_summary": [
            {
                "district_code": code,
                "funder_name": funder,
                "award_year": year,
                "locality_code": code,
                "amount_gbp": 100.1,
                "awards_n": 2,
                "amount_class": "positive",
                "is_national_infrastructure": funder == "Roads",
                "source_id": "summary",
            }
            for code, funder, year in (
                (PLACE, "Fund", 2013),
                (PLACE, "Roads", 2018),
                (OTHER, "Fund", 2018),
                ("unallocated", "Fund", 2013),
            )
        ],
        "core.fct_place_fund_coverage": [
            {"fund": "Town fund", "locality_code": code, "list_coverage": "complete", "is_on_list": True}
            for code in (PLACE, OTHER, CITY)
        ],
    }


@pytest.fixture(scope="module")
def whole():
    """Return a bench with a little of everything, and Welsh places enough for a median."""
    bench = Bench()
    nations = {PLACE: "England", OTHER: "England", CITY: "England", WALES: "Wales", SCOTLAND: "Scotland"}
    nations |= dict.fromkeys(WELSH, "Wales")
    bench.put(
        "core.dim_locality",
        [
            {"locality_code": code, "nation": nation, "comparable_group": f"{nation} | unitary authority"}
            for code, nation in nations.items()
        ],
    )
    bench.put_all(money() | practices() | context())
    return bench


VALUE = "update metrics.metric_value set"
OF_PLACE = f"locality_code = '{PLACE}'"
MATRIX = "update marts.practice_matrix set"
MEDIAN = "update marts.nation_comparison set"
PROFILE = "update marts.locality_profile set"
NEED = "update marts.funding_and_need set"
ENGLISH = "nation = 'England' and metric_id = 'pop_total' and ok_n > 0"
WELSH_MEDIAN = "nation = 'Wales' and median_state = 'ok' and metric_id = 'pop_total'"
A_MEDIAN = "median_value = 1, median_state = 'ok', median_reason_codes = [], median_ci_method = 'none:all_localities'"

FAULTS = {
    "metrics/metric_value/state_is_one_of_eight": [f"{VALUE} state = 'unknown' where metric_id = 'pop_total'"],
    "metrics/metric_value/state_follows_from_reasons": [
        f"{VALUE} reason_codes = ['made_up'] where state = 'not_available'",
        f"{VALUE} reason_codes = ['dated_months|5'] where state = 'ok_low'",
        f"{VALUE} reason_codes = ['no_source'], state_reason = 'made up' where state = 'ok'",
        f"{VALUE} reason_codes = ['series_break'] where state = 'ok_low'",
        f"{VALUE} state = 'withheld' where state = 'not_searched'",
        f"{VALUE} state_reason = null where state = 'not_available'",
    ],
    "metrics/metric_value/reason_is_given": [f"{VALUE} reason_codes = [] where state = 'not_searched'"],
    "metrics/metric_value/h1_only_known_states_carry_a_value": [
        f"{VALUE} value = 0 where state = 'not_searched'",
        f"{VALUE} value = null where state = 'ok'",
        f"{VALUE} value = 2 where state = 'searched_none_found'",
    ],
    "metrics/metric_value/h2_practice_zero_needs_a_search": [
        f"{VALUE} value = 0, state = 'searched_none_found' where metric_id = 'prac_records_n' and {OF_PLACE}",
        f"{VALUE} value = 0, state = 'searched_none_found' where metric_id = 'prac_records_n' "
        f"and locality_code = '{WALES}'",
        f"{VALUE} value = 0, state = 'ok' where metric_id = 'prac_partners_n' and locality_code = '{WALES}'",
        "delete from core.fct_practice_search where result = 'none_found'",
        f"update core.fct_practice_study set locality_code = '{OTHER}'",
    ],
    "metrics/metric_value/h3_population_needs_its_residents": [
        "delete from core.fct_population where locality_code = 'E06999902'",
        "update core.fct_population set period_end = date '2022-06-30'",
        f"delete from core.fct_population_age where {OF_PLACE} and age_code = 117",
        f"delete from core.fct_population_age where {OF_PLACE}",
    ],
    "metrics/metric_value/h3_deprivation_needs_its_small_areas": [
        "delete from core.fct_small_area where overall_rank = 5",
        "update core.fct_small_area set population_persons = null where overall_rank = 5",
        "update core.fct_small_area set overall_score = null where overall_rank = 5",
        "update core.fct_deprivation_profile set index_id = 'IoD2019'",
    ],
    "metrics/metric_value/h3_figure_needs_its_publication": [
        "update core.dim_indicator set metric_id = 'coh_belong_pct'",
        "update core.fct_observation set item_wording_id = 'another' where period_end = date '2022-12-31'",
        "update core.fct_observation set value = null where period_end = date '2022-12-31'",
        "update core.fct_observation set survey = 'Another'",
        "update core.fct_observation set period_start = period_start + 1",
    ],
    "metrics/metric_value/h3_window_needs_its_awards": [
        "delete from metrics.award_counted where award_key = 'award-8'",
        "update metrics.award_counted set in_scope_local = false where award_key = 'award-8'",
        "update metrics.award_counted set is_total = true where award_key = 'award-8'",
        "update metrics.award_counted set recipient_kind = 'unknown'",
        "update core.bridge_award_locality set locality_code = 'unallocated' where award_key = 'award-5'",
    ],
    "metrics/metric_value/h3_money_of_years_needs_its_awards": [
        f"delete from core.fct_award_year_summary where locality_code = '{OTHER}'",
        "update core.fct_award_year_summary set is_national_infrastructure = true where funder_name = 'Fund'",
    ],
    "metrics/metric_value/h3_place_fund_needs_its_list": [
        "delete from metrics.award_counted where window_id = 'place_funds' and list_coverage = 'partial'",
        "delete from metrics.award_counted where window_id = 'place_funds' and list_coverage = 'complete'",
        f"update core.fct_place_fund_coverage set is_on_list = false where locality_code = '{OTHER}'",
    ],
    "metrics/metric_value/h3_practice_needs_its_record": [
        "delete from core.fct_practice_search where result = 'none_found'",
        "update core.fct_practice_study set geo_precision = 'upper_tier'",
    ],
    "metrics/metric_value/h4_comparable_group_is_of_one_nation": [
        f"{VALUE} comparable_group = null where metric_id = 'dep_prop10_areas' and value is not null",
        f"{VALUE} comparable_group = 'all' where metric_id = 'dep_year_gap' and value is not null",
        f"{VALUE} comparable_group = 'all' where metric_id = 'fun_n' and value is not null",
        f"{VALUE} period_end = date '2020-06-30' where metric_id = 'pop_total' and {OF_PLACE}",
    ],
    "metrics/metric_value/h5_every_area_is_known": [
        f"{VALUE} locality_code = 'E08000019' where metric_id = 'pop_total' and {OF_PLACE}",
        f"{VALUE} locality_code = 'unallocated' where metric_id = 'pop_total' and {OF_PLACE}",
    ],
    "metrics/metric_value/h5_no_locality_is_left_out": [
        f"delete from metrics.metric_value where metric_id = 'dep_extent' and locality_code = '{WALES}'"
    ],
    "metrics/metric_value/h6_parts_sum_to_the_whole": [
        f"{VALUE} value = value + 2 where metric_id = 'fun_total_gbp_all' and locality_code = 'K02000001'",
        f"{VALUE} value = value + 0.01 where metric_id = 'fun_n' and locality_code = '{OTHER}'",
    ],
    "metrics/metric_value/h6_awards_of_2013_to_2018_are_counted_apart": [
        f"{VALUE} source_ids = ['summary'] where metric_id = 'fun_total_gbp' and value is not null",
        f"{VALUE} source_ids = ['made up'] where metric_id = 'fun_2013_2018_gbp' and value is not null",
    ],
    "metrics/award_year_sum/h6_parts_sum_to_the_awards": [
        "update metrics.award_year_sum set total_gbp = total_gbp + 0.01 where locality_code = 'K02000001'",
        f"update metrics.award_year_sum set total_gbp = total_gbp - 0.01 where locality_code = '{PLACE}'",
        f"update metrics.award_year_sum set awards_n = awards_n + 1 where locality_code = '{OTHER}'",
        "delete from metrics.award_year_sum where locality_code = 'unallocated'",
    ],
    "metrics/metric_value/h7_intervals_are_ordered_and_named": [
        f"{VALUE} lci = uci, uci = lci where metric_id = 'prac_side_balance' and value is not null",
        f"{VALUE} value = 1, lci = 0, uci = 1 - 1e-16 where metric_id = 'prac_side_balance' and value is not null",
        f"{VALUE} lci = null where metric_id = 'prac_side_balance' and value is not null",
        f"{VALUE} ci_method = 'none:not_published' where metric_id = 'prac_side_balance' and value is not null",
        f"{VALUE} ci_method = 'wilson' where metric_id = 'pop_total' and value is not null",
        f"{VALUE} ci_method = 'none:not_published' where value is null",
    ],
    "metrics/metric_value/h8_incomplete_period_is_not_ok": [
        f"{VALUE} state = 'ok' where metric_id = 'fun_n_all' and period_end = date '{AS_OF}'",
        f"{VALUE} state = 'ok' where metric_id = 'bal_money' and period_end = date '{AS_OF}'",
    ],
    "metrics/metric_value/breakdowns_are_of_the_metric_and_complete": [
        f"{VALUE} breakdown = 'size_class_9' where breakdown = 'size_class_1'",
        f"{VALUE} breakdown = 'quintile_1' where metric_id = 'pop_total'",
        f"{VALUE} value = 1 where metric_id = 'dep_quintile_pop' and breakdown = 'all'",
        f"{VALUE} breakdown = 'all' where metric_id = 'prac_origin_share' and breakdown = 'origin_unknown'",
        "delete from metrics.metric_value where breakdown = 'risk_fatigue'",
        f"delete from metrics.metric_value where breakdown = 'recipient' and {OF_PLACE}",
        "delete from metrics.metric_value where breakdown = 'nation_wide'",
        f"{VALUE} locality_code = '{PLACE}' where breakdown = 'nation_wide' and value is not null",
    ],
    "metrics/metric_value/h12_breakdowns_sum_to_their_base": [
        f"{VALUE} value = value + 1 where breakdown = 'quintile_1' and metric_id = 'dep_quintile_pop'",
        f"{VALUE} value = null where breakdown = 'quintile_1' and metric_id = 'dep_quintile_pop'",
        f"{VALUE} n_den = n_den + 1 where breakdown = 'quintile_1' and metric_id = 'dep_quintile_pop'",
        f"{VALUE} value = value + 0.5 where metric_id = 'fun_n' and breakdown = 'size_class_1' and value is not null",
        f"{VALUE} value = null where metric_id = 'fun_n' and breakdown = 'size_class_1' and value is not null",
        f"{VALUE} value = value + 5 where metric_id = 'fun_total_gbp' and breakdown = 'size_class_1'",
        f"{VALUE} value = value / 2 where breakdown = 'origin_unknown' and value > 0",
        f"{VALUE} value = value / 2 where breakdown = 'beneficiary' and metric_id = 'fun_loc_share' and value > 0",
        f"{VALUE} value = value + 1 where breakdown = 'state_ok'",
    ],
    "metrics/metric_value/h12_size_classes_sum_to_the_awards": [
        f"{VALUE} n_den = n_den - 5 where metric_id = 'fun_n' and breakdown <> 'all' and value is not null",
        f"{VALUE} n_den = n_den + 5 where metric_id = 'fun_total_gbp' and breakdown <> 'all' and value is not null",
        f"{VALUE} value = null where metric_id = 'fun_n' and breakdown = 'all' and value is not null",
    ],
    "metrics/metric_value/h14_what_is_withheld_gives_nothing_away": [
        f"{VALUE} state = 'suppressed', value = null where metric_id = 'prac_side_balance' and value is not null",
        f"{VALUE} state = 'withheld', n_num = 2 where metric_id = 'pop_total'",
    ],
    "metrics/metric_value/h16_age_is_shown": [
        f"{VALUE} staleness_days = staleness_days + 1 where metric_id = 'pop_total'",
        f"{VALUE} period_start = period_end + 1 where metric_id = 'pop_total'",
    ],
    "metrics/metric_value/h18_every_value_has_a_source": [
        f"{VALUE} source_ids = ['no such source'] where metric_id = 'pop_total' and value is not null",
        f"{VALUE} source_ids = [] where metric_id = 'pop_total' and value is not null",
        "update meta.landed_file set is_current = false",
        "delete from core.dim_source",
    ],
    "metrics/metric_value/input_hash_follows_the_sources": [
        f"{VALUE} input_hash = 'another' where metric_id = 'pop_total' and {OF_PLACE}",
        f"{VALUE} input_hash = 'made-up-hash' where source_ids = ['made up']",
        f"{VALUE} input_hash = null where metric_id = 'pop_total' and {OF_PLACE}",
        f"{VALUE} source_ids = ['another'] where metric_id = 'pop_total' and value is not null",
    ],
    "metrics/headline_value/h12_counted_components_have_a_value": [
        "update metrics.balance_count set value = value + 1",
        "update metrics.headline_value set value = null where metric_id = 'bal_money' and value is not null",
        "update metrics.headline_value set value = null where metric_id = 'bal_voice' and value is not null",
        f"update metrics.headline_value set value = null where metric_id = 'bal_practice' and {OF_PLACE}",
    ],
    "metrics/headline_value/h5_every_metric_has_one_in_every_area": [
        f"delete from metrics.headline_value where metric_id = 'pop_total' and {OF_PLACE}",
        "delete from metrics.headline_value where metric_id = 'q_sources_live'",
    ],
    "metrics/practice/h12_named_risks_are_at_risk": [
        "update metrics.practice set n_num = 1 where metric_id = 'prac_at_risk_share'",
        "update metrics.practice set n_num = 0 where metric_id = 'prac_at_risk_share'",
        "update metrics.practice set n_num = null, value = null where metric_id = 'prac_at_risk_share'",
        "update metrics.practice set n_den = 1 where metric_id = 'prac_at_risk_share'",
    ],
    "metrics/practice_standing/h2_only_an_empty_search_is_empty_handed": [
        f"update metrics.practice_standing set search_status = 'searched_none_found' where {OF_PLACE}",
        f"update metrics.practice_standing set search_status = 'searched_none_found' where locality_code = '{WALES}'",
        f"update metrics.practice_standing set practices_n = null where {OF_PLACE}",
        f"delete from metrics.practice_standing where locality_code = '{WALES}'",
        "update core.fct_practice_search set result = 'recorded'",
    ],
    "metrics/quality/states_sum_to_the_metrics": [
        "update metrics.quality set value = value + 1 where breakdown = 'state_ok'",
        "update metrics.quality set n_den = n_den - 1, value = value - case breakdown when 'state_not_available' "
        "then 1 else 0 end where metric_id = 'q_states'",
        f"delete from metrics.quality where {OF_PLACE}",
    ],
    "metrics/headline_value/h12_states_are_of_these_rows": [
        "update metrics.quality set value = value + case breakdown when 'state_ok' then 1 else -1 end "
        "where breakdown in ('state_ok', 'state_ok_low')",
        "update metrics.headline_value set state = 'suppressed' where metric_id = 'fun_n_all'",
    ],
    "metrics/award_counted/only_what_belongs_in_totals": [
        "update core.fct_award set is_regrant = true where award_key = 'award-2'",
        "update core.fct_award set is_repeat = true where award_key = 'award-2'",
        "update core.fct_award set is_dated_in_future = true where award_key = 'award-2'",
        "update core.fct_award set amount_class = 'negative' where award_key = 'award-2'",
        "update core.fct_award set award_set = 'covid_2020_reference' where award_key = 'award-2'",
        "update core.fct_award set is_on_record_elsewhere = true where award_key = 'award-5'",
    ],
    "metrics/funding_window/h6_parts_sum_to_the_awards": [
        f"update metrics.funding_window set total_gbp = total_gbp + 2 where {OF_PLACE}",
        "delete from metrics.funding_window where scope = 'local' and locality_code = 'unallocated'",
        "delete from metrics.award_counted where award_key = 'award-2'",
    ],
    "metrics/place_fund/h6_parts_sum_to_the_awards": [
        f"update metrics.place_fund set complete_gbp = complete_gbp + 2 where {OF_PLACE}"
    ],
    "marts/practice_matrix/h2_zero_needs_a_search": [
        f"{MATRIX} records_n = 0 where {OF_PLACE} and records_n is null",
        f"{MATRIX} records_n = 0, state = 'searched_none_found' where {OF_PLACE} and records_n is null",
        f"{MATRIX} coded_weight = 0 where {OF_PLACE} and records_n is null",
        f"{MATRIX} records_n = 0, coded_weight = 0, state = 'searched_none_found', "
        f"search_status = 'searched_none_found' where locality_code = '{WALES}'",
        f"{MATRIX} search_status = 'searched_none_found' where {OF_PLACE}",
        f"{MATRIX} coded_weight = 1 where locality_code = '{OTHER}'",
        f"{MATRIX} records_n = null where locality_code = '{OTHER}'",
        f"{MATRIX} reason_codes = [] where {OF_PLACE}",
        "update core.fct_practice_search set result = 'recorded'",
    ],
    "marts/practice_matrix/h12_cells_sum_to_the_records": [
        f"{MATRIX} records_n = records_n + 0.5 where {OF_PLACE}",
        f"{MATRIX} coded_weight = coded_weight + 0.5 where {OF_PLACE}",
        f"{MATRIX} coded_weight = 0 where locality_code = '{WALES}'",
        f"delete from marts.practice_matrix where {OF_PLACE} and practice_type = 'C2'",
    ],
    "marts/nation_comparison/h4_median_is_of_one_group": [
        f"{MEDIAN} {A_MEDIAN} where {ENGLISH}",
        f"{MEDIAN} ok_n = 8, ok_low_n = ok_n - 8 + ok_low_n where {WELSH_MEDIAN}",
        f"{MEDIAN} comparable_group = null where {WELSH_MEDIAN}",
        f"{MEDIAN} metric_id = 'fun_place_per_head' where {WELSH_MEDIAN}",
        f"{MEDIAN} median_state = 'withheld' where {WELSH_MEDIAN}",
        f"{MEDIAN} median_reason_codes = ['no_locality_value'] where {WELSH_MEDIAN}",
        f"{MEDIAN} median_ci_method = 'none:no_value' where {WELSH_MEDIAN}",
        f"{MEDIAN} no_row_n = no_row_n + 1 where {WELSH_MEDIAN}",
    ],
    "marts/nation_comparison/h4_median_is_of_every_value": [
        f"{MEDIAN} median_value = median_value + 1 where {WELSH_MEDIAN}",
        f"{MEDIAN} ok_n = ok_n + 1 where {WELSH_MEDIAN}",
        f"{VALUE} comparable_group = 'another' where metric_id = 'pop_total' and locality_code = '{WELSH[0]}'",
        f"{VALUE} value = 1 where metric_id = 'pop_total' and locality_code in ('{WELSH[8]}', '{WELSH[9]}')",
    ],
    "marts/funding_and_need/h1_states_fit_values": [
        f"{NEED} funding_gbp_per_head = null where funding_state = 'ok_low'",
        f"{NEED} need_state = 'not_available' where need_state = 'ok'",
        f"{NEED} dep_avg_rank_percentile_areas = null where need_state = 'ok'",
        f"{NEED} funding_reason_codes = []",
        f"{NEED} need_reason_codes = [] where need_state <> 'ok'",
    ],
    "marts/funding_and_need/h6_every_window_has_its_row": [
        "delete from marts.funding_and_need where window_id = 'place_funds'",
        f"{NEED} window_id = 'place_funds' where window_id = 'on_record' and funding_metric_id = 'fun_per_head'",
        f"{NEED} funding_gbp_per_head = funding_gbp_per_head + 1",
        f"{NEED} funding_state = 'ok' where funding_state = 'ok_low'",
    ],
    "marts/funding_and_need/h7_intervals_are_named": [
        f"{NEED} funding_lci = 1",
        f"{NEED} funding_lci = 1, funding_uci = 0",
        f"{NEED} funding_ci_method = 'byar'",
        f"{NEED} need_ci_method = 'none:no_value' where need_state = 'ok'",
        f"{NEED} need_ci_method = 'wilson' where need_state = 'ok'",
    ],
    "marts/locality_profile/every_locality_has_a_row": [f"delete from marts.locality_profile where {OF_PLACE}"],
    "marts/locality_profile/h12_legs_are_those_beside_them": [
        f"{PROFILE} bal_legs_ok = bal_legs_ok + 1",
        f"{PROFILE} bal_money = null where bal_money is not null",
    ],
    "metrics/metric_value/h3_no_scan_value_without_its_record": [
        f"{VALUE} value = 1 where metric_id = 'scan_records_n' and {OF_PLACE}",
        "update core.fct_practice_scan set is_counted = false",
        "delete from core.fct_practice_scan_search",
    ],
    "metrics/metric_value/h19_scan_is_only_a_sample": [
        f"{VALUE} comparable_group = 'UK' where metric_id = 'scan_records_n' and value is not null",
        f"{VALUE} state = 'ok' where metric_id = 'scan_types_n' and value is not null",
        f"{VALUE} reason_codes = ['one_document'] where metric_id = 'scan_mechanisms_n' and value is not null",
        f"{VALUE} value = 0 where metric_id = 'scan_records_n' and value is not null",
        f"{VALUE} state = 'searched_none_found' where metric_id = 'scan_records_n' and value is null",
        f"{VALUE} source_ids = ['practice_scan'] where metric_id = 'prac_records_n' and {OF_PLACE}",
    ],
    "marts/locality_profile/h2_search_status_fits_the_records": [
        f"{PROFILE} search_status = 'not_searched' where {OF_PLACE}",
        f"{PROFILE} search_status = 'recorded' where locality_code = '{WALES}'",
        f"{PROFILE} search_status = 'searched_none_found' where locality_code = '{WALES}'",
    ],
}
PLANTED = [(rule, fault) for rule, faults in FAULTS.items() for fault in faults]


def test_every_rule_of_metrics_and_marts_has_its_faults():
    assert {str(path.relative_to(ROOT).with_suffix("")) for path in CHECKS} == FAULTS.keys() | BROKEN.keys()
    assert not FAULTS.keys() & BROKEN.keys()


@pytest.mark.parametrize("rule", FAULTS)
def test_the_rule_holds_where_there_is_no_fault(whole, rule):
    assert whole.broken(ROOT / f"{rule}.sql") == []


@pytest.mark.parametrize(("rule", "fault"), PLANTED)
def test_the_rule_finds_the_fault(whole, rule, fault):
    assert whole.broken_after(ROOT / f"{rule}.sql", fault)
