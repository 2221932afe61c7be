-- One row a place for people who want one row a place; every value keeps its interval, state, reason and last day
-- beside it. Money is of every award on record, and of the period of the study where the name says so; all else is
-- the newest period.
with placed as (
    select
        value.metric_id,
        value.locality_code,
        value.value,
        value.lci,
        value.uci,
        value.ci_method,
        value.state,
        value.state_reason,
        value.period_start,
        value.period_end,
        period.window_id
    from metrics.metric_value as value
    left join metrics.award_window as period
        on
            value.period_start = period.period_start
            and value.period_end = period.period_end
            and is_windowed(value.metric_id)
            and period.window_id <> 'place_funds'
),

dated as (
    select
        metric_id,
        locality_code,
        value,
        lci,
        uci,
        ci_method,
        state,
        state_reason,
        period_end,
        row_number() over (
            partition by metric_id, locality_code
            order by
                case when window_id = 'on_record' then 0 else 1 end,
                period_end desc,
                period_start desc
        ) as place
    from placed
),

headline as (
    select
        metric_id as headline,
        locality_code,
        value,
        lci,
        uci,
        ci_method,
        state,
        state_reason,
        period_end
    from dated
    where place = 1
    union all
    select
        metric_id || '_covid_2020' as headline,
        locality_code,
        value,
        lci,
        uci,
        ci_method,
        state,
        state_reason,
        period_end
    from placed
    where
        metric_id = 'fun_total_gbp_all'
        and window_id = 'covid_2020'
)

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
    max(case when headline.headline = 'pop_total' then headline.value end) as pop_total,
    max(case when headline.headline = 'pop_total' then headline.lci end) as pop_total_lci,
    max(case when headline.headline = 'pop_total' then headline.uci end) as pop_total_uci,
    max(case when headline.headline = 'pop_total' then headline.ci_method end) as pop_total_ci_method,
    max(case when headline.headline = 'pop_total' then headline.state end) as pop_total_state,
    max(case when headline.headline = 'pop_total' then headline.state_reason end) as pop_total_state_reason,
    max(case when headline.headline = 'pop_total' then headline.period_end end) as pop_total_period_end,
    max(case when headline.headline = 'dep_prop10_areas' then headline.value end) as dep_prop10_areas,
    max(case when headline.headline = 'dep_prop10_areas' then headline.lci end) as dep_prop10_areas_lci,
    max(case when headline.headline = 'dep_prop10_areas' then headline.uci end) as dep_prop10_areas_uci,
    max(case when headline.headline = 'dep_prop10_areas' then headline.ci_method end) as dep_prop10_areas_ci_method,
    max(case when headline.headline = 'dep_prop10_areas' then headline.state end) as dep_prop10_areas_state,
    max(case when headline.headline = 'dep_prop10_areas' then headline.state_reason end)
        as dep_prop10_areas_state_reason,
    max(case when headline.headline = 'dep_prop10_areas' then headline.period_end end) as dep_prop10_areas_period_end,
    max(case when headline.headline = 'dep_avg_rank_percentile_areas' then headline.value end)
        as dep_avg_rank_percentile_areas,
    max(case when headline.headline = 'dep_avg_rank_percentile_areas' then headline.lci end)
        as dep_avg_rank_percentile_areas_lci,
    max(case when headline.headline = 'dep_avg_rank_percentile_areas' then headline.uci end)
        as dep_avg_rank_percentile_areas_uci,
    max(case when headline.headline = 'dep_avg_rank_percentile_areas' then headline.ci_method end)
        as dep_avg_rank_percentile_areas_ci_method,
    max(case when headline.headline = 'dep_avg_rank_percentile_areas' then headline.state end)
        as dep_avg_rank_percentile_areas_state,
    max(case when headline.headline = 'dep_avg_rank_percentile_areas' then headline.state_reason end)
        as dep_avg_rank_percentile_areas_state_reason,
    max(case when headline.headline = 'dep_avg_rank_percentile_areas' then headline.period_end end)
        as dep_avg_rank_percentile_areas_period_end,
    max(case when headline.headline = 'dep_extent' then headline.value end) as dep_extent,
    max(case when headline.headline = 'dep_extent' then headline.lci end) as dep_extent_lci,
    max(case when headline.headline = 'dep_extent' then headline.uci end) as dep_extent_uci,
    max(case when headline.headline = 'dep_extent' then headline.ci_method end) as dep_extent_ci_method,
    max(case when headline.headline = 'dep_extent' then headline.state end) as dep_extent_state,
    max(case when headline.headline = 'dep_extent' then headline.state_reason end) as dep_extent_state_reason,
    max(case when headline.headline = 'dep_extent' then headline.period_end end) as dep_extent_period_end,
    max(case when headline.headline = 'coh_all3_pct' then headline.value end) as coh_all3_pct,
    max(case when headline.headline = 'coh_all3_pct' then headline.lci end) as coh_all3_pct_lci,
    max(case when headline.headline = 'coh_all3_pct' then headline.uci end) as coh_all3_pct_uci,
    max(case when headline.headline = 'coh_all3_pct' then headline.ci_method end) as coh_all3_pct_ci_method,
    max(case when headline.headline = 'coh_all3_pct' then headline.state end) as coh_all3_pct_state,
    max(case when headline.headline = 'coh_all3_pct' then headline.state_reason end) as coh_all3_pct_state_reason,
    max(case when headline.headline = 'coh_all3_pct' then headline.period_end end) as coh_all3_pct_period_end,
    max(case when headline.headline = 'coh_belong_pct' then headline.value end) as coh_belong_pct,
    max(case when headline.headline = 'coh_belong_pct' then headline.lci end) as coh_belong_pct_lci,
    max(case when headline.headline = 'coh_belong_pct' then headline.uci end) as coh_belong_pct_uci,
    max(case when headline.headline = 'coh_belong_pct' then headline.ci_method end) as coh_belong_pct_ci_method,
    max(case when headline.headline = 'coh_belong_pct' then headline.state end) as coh_belong_pct_state,
    max(case when headline.headline = 'coh_belong_pct' then headline.state_reason end) as coh_belong_pct_state_reason,
    max(case when headline.headline = 'coh_belong_pct' then headline.period_end end) as coh_belong_pct_period_end,
    max(case when headline.headline = 'coh_influence_pct' then headline.value end) as coh_influence_pct,
    max(case when headline.headline = 'coh_influence_pct' then headline.lci end) as coh_influence_pct_lci,
    max(case when headline.headline = 'coh_influence_pct' then headline.uci end) as coh_influence_pct_uci,
    max(case when headline.headline = 'coh_influence_pct' then headline.ci_method end) as coh_influence_pct_ci_method,
    max(case when headline.headline = 'coh_influence_pct' then headline.state end) as coh_influence_pct_state,
    max(case when headline.headline = 'coh_influence_pct' then headline.state_reason end)
        as coh_influence_pct_state_reason,
    max(case when headline.headline = 'coh_influence_pct' then headline.period_end end) as coh_influence_pct_period_end,
    max(case when headline.headline = 'coh_trust_pct' then headline.value end) as coh_trust_pct,
    max(case when headline.headline = 'coh_trust_pct' then headline.lci end) as coh_trust_pct_lci,
    max(case when headline.headline = 'coh_trust_pct' then headline.uci end) as coh_trust_pct_uci,
    max(case when headline.headline = 'coh_trust_pct' then headline.ci_method end) as coh_trust_pct_ci_method,
    max(case when headline.headline = 'coh_trust_pct' then headline.state end) as coh_trust_pct_state,
    max(case when headline.headline = 'coh_trust_pct' then headline.state_reason end) as coh_trust_pct_state_reason,
    max(case when headline.headline = 'coh_trust_pct' then headline.period_end end) as coh_trust_pct_period_end,
    max(case when headline.headline = 'coh_volunteer_any_pct' then headline.value end) as coh_volunteer_any_pct,
    max(case when headline.headline = 'coh_volunteer_any_pct' then headline.lci end) as coh_volunteer_any_pct_lci,
    max(case when headline.headline = 'coh_volunteer_any_pct' then headline.uci end) as coh_volunteer_any_pct_uci,
    max(case when headline.headline = 'coh_volunteer_any_pct' then headline.ci_method end)
        as coh_volunteer_any_pct_ci_method,
    max(case when headline.headline = 'coh_volunteer_any_pct' then headline.state end) as coh_volunteer_any_pct_state,
    max(case when headline.headline = 'coh_volunteer_any_pct' then headline.state_reason end)
        as coh_volunteer_any_pct_state_reason,
    max(case when headline.headline = 'coh_volunteer_any_pct' then headline.period_end end)
        as coh_volunteer_any_pct_period_end,
    max(case when headline.headline = 'coh_volunteer_past_year_pct' then headline.value end)
        as coh_volunteer_past_year_pct,
    max(case when headline.headline = 'coh_volunteer_past_year_pct' then headline.lci end)
        as coh_volunteer_past_year_pct_lci,
    max(case when headline.headline = 'coh_volunteer_past_year_pct' then headline.uci end)
        as coh_volunteer_past_year_pct_uci,
    max(case when headline.headline = 'coh_volunteer_past_year_pct' then headline.ci_method end)
        as coh_volunteer_past_year_pct_ci_method,
    max(case when headline.headline = 'coh_volunteer_past_year_pct' then headline.state end)
        as coh_volunteer_past_year_pct_state,
    max(case when headline.headline = 'coh_volunteer_past_year_pct' then headline.state_reason end)
        as coh_volunteer_past_year_pct_state_reason,
    max(case when headline.headline = 'coh_volunteer_past_year_pct' then headline.period_end end)
        as coh_volunteer_past_year_pct_period_end,
    max(case when headline.headline = 'fun_total_gbp' then headline.value end) as fun_total_gbp,
    max(case when headline.headline = 'fun_total_gbp' then headline.lci end) as fun_total_gbp_lci,
    max(case when headline.headline = 'fun_total_gbp' then headline.uci end) as fun_total_gbp_uci,
    max(case when headline.headline = 'fun_total_gbp' then headline.ci_method end) as fun_total_gbp_ci_method,
    max(case when headline.headline = 'fun_total_gbp' then headline.state end) as fun_total_gbp_state,
    max(case when headline.headline = 'fun_total_gbp' then headline.state_reason end) as fun_total_gbp_state_reason,
    max(case when headline.headline = 'fun_total_gbp' then headline.period_end end) as fun_total_gbp_period_end,
    max(case when headline.headline = 'fun_per_head' then headline.value end) as fun_per_head,
    max(case when headline.headline = 'fun_per_head' then headline.lci end) as fun_per_head_lci,
    max(case when headline.headline = 'fun_per_head' then headline.uci end) as fun_per_head_uci,
    max(case when headline.headline = 'fun_per_head' then headline.ci_method end) as fun_per_head_ci_method,
    max(case when headline.headline = 'fun_per_head' then headline.state end) as fun_per_head_state,
    max(case when headline.headline = 'fun_per_head' then headline.state_reason end) as fun_per_head_state_reason,
    max(case when headline.headline = 'fun_per_head' then headline.period_end end) as fun_per_head_period_end,
    max(case when headline.headline = 'fun_n_rate' then headline.value end) as fun_n_rate,
    max(case when headline.headline = 'fun_n_rate' then headline.lci end) as fun_n_rate_lci,
    max(case when headline.headline = 'fun_n_rate' then headline.uci end) as fun_n_rate_uci,
    max(case when headline.headline = 'fun_n_rate' then headline.ci_method end) as fun_n_rate_ci_method,
    max(case when headline.headline = 'fun_n_rate' then headline.state end) as fun_n_rate_state,
    max(case when headline.headline = 'fun_n_rate' then headline.state_reason end) as fun_n_rate_state_reason,
    max(case when headline.headline = 'fun_n_rate' then headline.period_end end) as fun_n_rate_period_end,
    max(case when headline.headline = 'fun_total_gbp_all_covid_2020' then headline.value end)
        as fun_total_gbp_all_covid_2020,
    max(case when headline.headline = 'fun_total_gbp_all_covid_2020' then headline.lci end)
        as fun_total_gbp_all_covid_2020_lci,
    max(case when headline.headline = 'fun_total_gbp_all_covid_2020' then headline.uci end)
        as fun_total_gbp_all_covid_2020_uci,
    max(case when headline.headline = 'fun_total_gbp_all_covid_2020' then headline.ci_method end)
        as fun_total_gbp_all_covid_2020_ci_method,
    max(case when headline.headline = 'fun_total_gbp_all_covid_2020' then headline.state end)
        as fun_total_gbp_all_covid_2020_state,
    max(case when headline.headline = 'fun_total_gbp_all_covid_2020' then headline.state_reason end)
        as fun_total_gbp_all_covid_2020_state_reason,
    max(case when headline.headline = 'fun_total_gbp_all_covid_2020' then headline.period_end end)
        as fun_total_gbp_all_covid_2020_period_end,
    max(case when headline.headline = 'fun_place_total_gbp' then headline.value end) as fun_place_total_gbp,
    max(case when headline.headline = 'fun_place_total_gbp' then headline.lci end) as fun_place_total_gbp_lci,
    max(case when headline.headline = 'fun_place_total_gbp' then headline.uci end) as fun_place_total_gbp_uci,
    max(case when headline.headline = 'fun_place_total_gbp' then headline.ci_method end)
        as fun_place_total_gbp_ci_method,
    max(case when headline.headline = 'fun_place_total_gbp' then headline.state end) as fun_place_total_gbp_state,
    max(case when headline.headline = 'fun_place_total_gbp' then headline.state_reason end)
        as fun_place_total_gbp_state_reason,
    max(case when headline.headline = 'fun_place_total_gbp' then headline.period_end end)
        as fun_place_total_gbp_period_end,
    max(case when headline.headline = 'fun_place_per_head' then headline.value end) as fun_place_per_head,
    max(case when headline.headline = 'fun_place_per_head' then headline.lci end) as fun_place_per_head_lci,
    max(case when headline.headline = 'fun_place_per_head' then headline.uci end) as fun_place_per_head_uci,
    max(case when headline.headline = 'fun_place_per_head' then headline.ci_method end) as fun_place_per_head_ci_method,
    max(case when headline.headline = 'fun_place_per_head' then headline.state end) as fun_place_per_head_state,
    max(case when headline.headline = 'fun_place_per_head' then headline.state_reason end)
        as fun_place_per_head_state_reason,
    max(case when headline.headline = 'fun_place_per_head' then headline.period_end end)
        as fun_place_per_head_period_end,
    max(case when headline.headline = 'prac_records_n' then headline.value end) as prac_records_n,
    max(case when headline.headline = 'prac_records_n' then headline.lci end) as prac_records_n_lci,
    max(case when headline.headline = 'prac_records_n' then headline.uci end) as prac_records_n_uci,
    max(case when headline.headline = 'prac_records_n' then headline.ci_method end) as prac_records_n_ci_method,
    max(case when headline.headline = 'prac_records_n' then headline.state end) as prac_records_n_state,
    max(case when headline.headline = 'prac_records_n' then headline.state_reason end) as prac_records_n_state_reason,
    max(case when headline.headline = 'prac_records_n' then headline.period_end end) as prac_records_n_period_end,
    max(case when headline.headline = 'prac_cells_n' then headline.value end) as prac_cells_n,
    max(case when headline.headline = 'prac_cells_n' then headline.lci end) as prac_cells_n_lci,
    max(case when headline.headline = 'prac_cells_n' then headline.uci end) as prac_cells_n_uci,
    max(case when headline.headline = 'prac_cells_n' then headline.ci_method end) as prac_cells_n_ci_method,
    max(case when headline.headline = 'prac_cells_n' then headline.state end) as prac_cells_n_state,
    max(case when headline.headline = 'prac_cells_n' then headline.state_reason end) as prac_cells_n_state_reason,
    max(case when headline.headline = 'prac_cells_n' then headline.period_end end) as prac_cells_n_period_end,
    max(case when headline.headline = 'prac_side_balance' then headline.value end) as prac_side_balance,
    max(case when headline.headline = 'prac_side_balance' then headline.lci end) as prac_side_balance_lci,
    max(case when headline.headline = 'prac_side_balance' then headline.uci end) as prac_side_balance_uci,
    max(case when headline.headline = 'prac_side_balance' then headline.ci_method end) as prac_side_balance_ci_method,
    max(case when headline.headline = 'prac_side_balance' then headline.state end) as prac_side_balance_state,
    max(case when headline.headline = 'prac_side_balance' then headline.state_reason end)
        as prac_side_balance_state_reason,
    max(case when headline.headline = 'prac_side_balance' then headline.period_end end) as prac_side_balance_period_end,
    max(case when headline.headline = 'prac_durable_share' then headline.value end) as prac_durable_share,
    max(case when headline.headline = 'prac_durable_share' then headline.lci end) as prac_durable_share_lci,
    max(case when headline.headline = 'prac_durable_share' then headline.uci end) as prac_durable_share_uci,
    max(case when headline.headline = 'prac_durable_share' then headline.ci_method end) as prac_durable_share_ci_method,
    max(case when headline.headline = 'prac_durable_share' then headline.state end) as prac_durable_share_state,
    max(case when headline.headline = 'prac_durable_share' then headline.state_reason end)
        as prac_durable_share_state_reason,
    max(case when headline.headline = 'prac_durable_share' then headline.period_end end)
        as prac_durable_share_period_end,
    max(case when headline.headline = 'bal_voice' then headline.value end) as bal_voice,
    max(case when headline.headline = 'bal_voice' then headline.lci end) as bal_voice_lci,
    max(case when headline.headline = 'bal_voice' then headline.uci end) as bal_voice_uci,
    max(case when headline.headline = 'bal_voice' then headline.ci_method end) as bal_voice_ci_method,
    max(case when headline.headline = 'bal_voice' then headline.state end) as bal_voice_state,
    max(case when headline.headline = 'bal_voice' then headline.state_reason end) as bal_voice_state_reason,
    max(case when headline.headline = 'bal_voice' then headline.period_end end) as bal_voice_period_end,
    max(case when headline.headline = 'bal_money' then headline.value end) as bal_money,
    max(case when headline.headline = 'bal_money' then headline.lci end) as bal_money_lci,
    max(case when headline.headline = 'bal_money' then headline.uci end) as bal_money_uci,
    max(case when headline.headline = 'bal_money' then headline.ci_method end) as bal_money_ci_method,
    max(case when headline.headline = 'bal_money' then headline.state end) as bal_money_state,
    max(case when headline.headline = 'bal_money' then headline.state_reason end) as bal_money_state_reason,
    max(case when headline.headline = 'bal_money' then headline.period_end end) as bal_money_period_end,
    max(case when headline.headline = 'bal_practice' then headline.value end) as bal_practice,
    max(case when headline.headline = 'bal_practice' then headline.lci end) as bal_practice_lci,
    max(case when headline.headline = 'bal_practice' then headline.uci end) as bal_practice_uci,
    max(case when headline.headline = 'bal_practice' then headline.ci_method end) as bal_practice_ci_method,
    max(case when headline.headline = 'bal_practice' then headline.state end) as bal_practice_state,
    max(case when headline.headline = 'bal_practice' then headline.state_reason end) as bal_practice_state_reason,
    max(case when headline.headline = 'bal_practice' then headline.period_end end) as bal_practice_period_end,
    max(case when headline.headline = 'bal_legs_ok' then headline.value end) as bal_legs_ok,
    max(case when headline.headline = 'bal_legs_ok' then headline.lci end) as bal_legs_ok_lci,
    max(case when headline.headline = 'bal_legs_ok' then headline.uci end) as bal_legs_ok_uci,
    max(case when headline.headline = 'bal_legs_ok' then headline.ci_method end) as bal_legs_ok_ci_method,
    max(case when headline.headline = 'bal_legs_ok' then headline.state end) as bal_legs_ok_state,
    max(case when headline.headline = 'bal_legs_ok' then headline.state_reason end) as bal_legs_ok_state_reason,
    max(case when headline.headline = 'bal_legs_ok' then headline.period_end end) as bal_legs_ok_period_end,
    max(case when headline.headline = 'q_metrics_ok_share' then headline.value end) as q_metrics_ok_share,
    max(case when headline.headline = 'q_metrics_ok_share' then headline.lci end) as q_metrics_ok_share_lci,
    max(case when headline.headline = 'q_metrics_ok_share' then headline.uci end) as q_metrics_ok_share_uci,
    max(case when headline.headline = 'q_metrics_ok_share' then headline.ci_method end) as q_metrics_ok_share_ci_method,
    max(case when headline.headline = 'q_metrics_ok_share' then headline.state end) as q_metrics_ok_share_state,
    max(case when headline.headline = 'q_metrics_ok_share' then headline.state_reason end)
        as q_metrics_ok_share_state_reason,
    max(case when headline.headline = 'q_metrics_ok_share' then headline.period_end end)
        as q_metrics_ok_share_period_end
from core.dim_locality as locality
inner join metrics.practice_standing as standing
    on locality.locality_code = standing.locality_code
inner join headline
    on locality.locality_code = headline.locality_code
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
