-- One row per locality with value and state of its main metrics. `make docs` makes this file from the
-- metrics of the catalogue with is_in_profile: edit the catalogue, not this file.
select
    locality.locality_code,
    locality.locality_name,
    locality.locality_name_cy,
    locality.nation,
    locality.region_name,
    locality.authority_type,
    locality.comparable_group,
    locality.is_case_study,
    standing.search_status,
    max(case when value.metric_id = 'coh_all3_pct' then value.value end)
        as coh_all3_pct,
    max(case when value.metric_id = 'coh_all3_pct' then value.state end)
        as coh_all3_pct_state,
    max(case when value.metric_id = 'coh_belong_pct' then value.value end)
        as coh_belong_pct,
    max(case when value.metric_id = 'coh_belong_pct' then value.state end)
        as coh_belong_pct_state,
    max(case when value.metric_id = 'coh_influence_pct' then value.value end)
        as coh_influence_pct,
    max(case when value.metric_id = 'coh_influence_pct' then value.state end)
        as coh_influence_pct_state,
    max(case when value.metric_id = 'coh_trust_pct' then value.value end)
        as coh_trust_pct,
    max(case when value.metric_id = 'coh_trust_pct' then value.state end)
        as coh_trust_pct_state,
    max(case when value.metric_id = 'coh_volunteer_any_pct' then value.value end)
        as coh_volunteer_any_pct,
    max(case when value.metric_id = 'coh_volunteer_any_pct' then value.state end)
        as coh_volunteer_any_pct_state,
    max(case when value.metric_id = 'coh_volunteer_past_year_pct' then value.value end)
        as coh_volunteer_past_year_pct,
    max(case when value.metric_id = 'coh_volunteer_past_year_pct' then value.state end)
        as coh_volunteer_past_year_pct_state,
    max(case when value.metric_id = 'dep_prop10_areas' then value.value end)
        as dep_prop10_areas,
    max(case when value.metric_id = 'dep_prop10_areas' then value.state end)
        as dep_prop10_areas_state,
    max(case when value.metric_id = 'dep_avg_rank_percentile_areas' then value.value end)
        as dep_avg_rank_percentile_areas,
    max(case when value.metric_id = 'dep_avg_rank_percentile_areas' then value.state end)
        as dep_avg_rank_percentile_areas_state,
    max(case when value.metric_id = 'dep_extent' then value.value end)
        as dep_extent,
    max(case when value.metric_id = 'dep_extent' then value.state end)
        as dep_extent_state,
    max(case when value.metric_id = 'fun_total_gbp' then value.value end)
        as fun_total_gbp,
    max(case when value.metric_id = 'fun_total_gbp' then value.state end)
        as fun_total_gbp_state,
    max(case when value.metric_id = 'fun_total_gbp_all' then value.value end)
        as fun_total_gbp_all,
    max(case when value.metric_id = 'fun_total_gbp_all' then value.state end)
        as fun_total_gbp_all_state,
    max(case when value.metric_id = 'fun_per_head' then value.value end)
        as fun_per_head,
    max(case when value.metric_id = 'fun_per_head' then value.state end)
        as fun_per_head_state,
    max(case when value.metric_id = 'fun_n_rate' then value.value end)
        as fun_n_rate,
    max(case when value.metric_id = 'fun_n_rate' then value.state end)
        as fun_n_rate_state,
    max(case when value.metric_id = 'fun_place_total_gbp' then value.value end)
        as fun_place_total_gbp,
    max(case when value.metric_id = 'fun_place_total_gbp' then value.state end)
        as fun_place_total_gbp_state,
    max(case when value.metric_id = 'fun_place_per_head' then value.value end)
        as fun_place_per_head,
    max(case when value.metric_id = 'fun_place_per_head' then value.state end)
        as fun_place_per_head_state,
    max(case when value.metric_id = 'prac_records_n' then value.value end)
        as prac_records_n,
    max(case when value.metric_id = 'prac_records_n' then value.state end)
        as prac_records_n_state,
    max(case when value.metric_id = 'prac_cells_n' then value.value end)
        as prac_cells_n,
    max(case when value.metric_id = 'prac_cells_n' then value.state end)
        as prac_cells_n_state,
    max(case when value.metric_id = 'prac_side_balance' then value.value end)
        as prac_side_balance,
    max(case when value.metric_id = 'prac_side_balance' then value.state end)
        as prac_side_balance_state,
    max(case when value.metric_id = 'prac_durable_share' then value.value end)
        as prac_durable_share,
    max(case when value.metric_id = 'prac_durable_share' then value.state end)
        as prac_durable_share_state,
    max(case when value.metric_id = 'pop_total' then value.value end)
        as pop_total,
    max(case when value.metric_id = 'pop_total' then value.state end)
        as pop_total_state,
    max(case when value.metric_id = 'bal_voice' then value.value end)
        as bal_voice,
    max(case when value.metric_id = 'bal_voice' then value.state end)
        as bal_voice_state,
    max(case when value.metric_id = 'bal_money' then value.value end)
        as bal_money,
    max(case when value.metric_id = 'bal_money' then value.state end)
        as bal_money_state,
    max(case when value.metric_id = 'bal_practice' then value.value end)
        as bal_practice,
    max(case when value.metric_id = 'bal_practice' then value.state end)
        as bal_practice_state,
    max(case when value.metric_id = 'bal_legs_ok' then value.value end)
        as bal_legs_ok,
    max(case when value.metric_id = 'bal_legs_ok' then value.state end)
        as bal_legs_ok_state,
    max(case when value.metric_id = 'q_metrics_ok_share' then value.value end)
        as q_metrics_ok_share,
    max(case when value.metric_id = 'q_metrics_ok_share' then value.state end)
        as q_metrics_ok_share_state
from core.dim_locality as locality
inner join metrics.practice_standing as standing
    on locality.locality_code = standing.locality_code
inner join metrics.headline_value as value
    on locality.locality_code = value.locality_code
group by
    locality.locality_code,
    locality.locality_name,
    locality.locality_name_cy,
    locality.nation,
    locality.region_name,
    locality.authority_type,
    locality.comparable_group,
    locality.is_case_study,
    standing.search_status
