-- One row a place for people who want one row a place; every value keeps its interval and its state beside it. Money is
-- of every award on record, and of the period of the study where the name says so; all else is the newest period.
with money_window as (
    select
        window_id,
        period_start,
        period_end
    from metrics.award_window
    where window_id in ('on_record', 'covid_2020')
),

dated as (
    select
        value.metric_id,
        value.locality_code,
        value.value,
        value.lci,
        value.uci,
        value.state,
        row_number() over (
            partition by value.metric_id, value.locality_code
            order by value.period_end desc, value.period_start desc
        ) as recency
    from metrics.metric_value as value
    inner join core.dim_metric as metric
        on value.metric_id = metric.metric_id
    where
        value.metric_id <> 'bal_money'
        and (metric.family <> 'FUN' or value.metric_id in ('fun_place_total_gbp', 'fun_place_per_head'))
),

headline as (
    select
        metric_id as headline,
        locality_code,
        value,
        lci,
        uci,
        state
    from dated
    where recency = 1
    union all
    select
        case money_window.window_id
            when 'covid_2020' then value.metric_id || '_covid_2020'
            else value.metric_id
        end as headline,
        value.locality_code,
        value.value,
        value.lci,
        value.uci,
        value.state
    from metrics.metric_value as value
    inner join money_window
        on
            value.period_start = money_window.period_start
            and value.period_end = money_window.period_end
    where value.metric_id in ('fun_total_gbp', 'fun_per_head', 'fun_n_rate', 'bal_money')
),

wide as (
    select
        locality_code,
        max(case when headline = 'pop_total' then value end) as pop_total,
        max(case when headline = 'pop_total' then lci end) as pop_total_lci,
        max(case when headline = 'pop_total' then uci end) as pop_total_uci,
        max(case when headline = 'pop_total' then state end) as pop_total_state,
        max(case when headline = 'dep_prop10_areas' then value end) as dep_prop10_areas,
        max(case when headline = 'dep_prop10_areas' then lci end) as dep_prop10_areas_lci,
        max(case when headline = 'dep_prop10_areas' then uci end) as dep_prop10_areas_uci,
        max(case when headline = 'dep_prop10_areas' then state end) as dep_prop10_areas_state,
        max(case when headline = 'dep_avg_rank_percentile_areas' then value end) as dep_avg_rank_percentile_areas,
        max(case when headline = 'dep_avg_rank_percentile_areas' then lci end) as dep_avg_rank_percentile_areas_lci,
        max(case when headline = 'dep_avg_rank_percentile_areas' then uci end) as dep_avg_rank_percentile_areas_uci,
        max(case when headline = 'dep_avg_rank_percentile_areas' then state end) as dep_avg_rank_percentile_areas_state,
        max(case when headline = 'dep_extent' then value end) as dep_extent,
        max(case when headline = 'dep_extent' then lci end) as dep_extent_lci,
        max(case when headline = 'dep_extent' then uci end) as dep_extent_uci,
        max(case when headline = 'dep_extent' then state end) as dep_extent_state,
        max(case when headline = 'coh_all3_pct' then value end) as coh_all3_pct,
        max(case when headline = 'coh_all3_pct' then lci end) as coh_all3_pct_lci,
        max(case when headline = 'coh_all3_pct' then uci end) as coh_all3_pct_uci,
        max(case when headline = 'coh_all3_pct' then state end) as coh_all3_pct_state,
        max(case when headline = 'coh_belong_pct' then value end) as coh_belong_pct,
        max(case when headline = 'coh_belong_pct' then lci end) as coh_belong_pct_lci,
        max(case when headline = 'coh_belong_pct' then uci end) as coh_belong_pct_uci,
        max(case when headline = 'coh_belong_pct' then state end) as coh_belong_pct_state,
        max(case when headline = 'coh_influence_pct' then value end) as coh_influence_pct,
        max(case when headline = 'coh_influence_pct' then lci end) as coh_influence_pct_lci,
        max(case when headline = 'coh_influence_pct' then uci end) as coh_influence_pct_uci,
        max(case when headline = 'coh_influence_pct' then state end) as coh_influence_pct_state,
        max(case when headline = 'coh_trust_pct' then value end) as coh_trust_pct,
        max(case when headline = 'coh_trust_pct' then lci end) as coh_trust_pct_lci,
        max(case when headline = 'coh_trust_pct' then uci end) as coh_trust_pct_uci,
        max(case when headline = 'coh_trust_pct' then state end) as coh_trust_pct_state,
        max(case when headline = 'coh_volunteer_any_pct' then value end) as coh_volunteer_any_pct,
        max(case when headline = 'coh_volunteer_any_pct' then lci end) as coh_volunteer_any_pct_lci,
        max(case when headline = 'coh_volunteer_any_pct' then uci end) as coh_volunteer_any_pct_uci,
        max(case when headline = 'coh_volunteer_any_pct' then state end) as coh_volunteer_any_pct_state,
        max(case when headline = 'coh_volunteer_past_year_pct' then value end) as coh_volunteer_past_year_pct,
        max(case when headline = 'coh_volunteer_past_year_pct' then lci end) as coh_volunteer_past_year_pct_lci,
        max(case when headline = 'coh_volunteer_past_year_pct' then uci end) as coh_volunteer_past_year_pct_uci,
        max(case when headline = 'coh_volunteer_past_year_pct' then state end) as coh_volunteer_past_year_pct_state,
        max(case when headline = 'fun_total_gbp' then value end) as fun_total_gbp,
        max(case when headline = 'fun_total_gbp' then lci end) as fun_total_gbp_lci,
        max(case when headline = 'fun_total_gbp' then uci end) as fun_total_gbp_uci,
        max(case when headline = 'fun_total_gbp' then state end) as fun_total_gbp_state,
        max(case when headline = 'fun_per_head' then value end) as fun_per_head,
        max(case when headline = 'fun_per_head' then lci end) as fun_per_head_lci,
        max(case when headline = 'fun_per_head' then uci end) as fun_per_head_uci,
        max(case when headline = 'fun_per_head' then state end) as fun_per_head_state,
        max(case when headline = 'fun_n_rate' then value end) as fun_n_rate,
        max(case when headline = 'fun_n_rate' then lci end) as fun_n_rate_lci,
        max(case when headline = 'fun_n_rate' then uci end) as fun_n_rate_uci,
        max(case when headline = 'fun_n_rate' then state end) as fun_n_rate_state,
        max(case when headline = 'fun_total_gbp_covid_2020' then value end) as fun_total_gbp_covid_2020,
        max(case when headline = 'fun_total_gbp_covid_2020' then lci end) as fun_total_gbp_covid_2020_lci,
        max(case when headline = 'fun_total_gbp_covid_2020' then uci end) as fun_total_gbp_covid_2020_uci,
        max(case when headline = 'fun_total_gbp_covid_2020' then state end) as fun_total_gbp_covid_2020_state,
        max(case when headline = 'fun_place_total_gbp' then value end) as fun_place_total_gbp,
        max(case when headline = 'fun_place_total_gbp' then lci end) as fun_place_total_gbp_lci,
        max(case when headline = 'fun_place_total_gbp' then uci end) as fun_place_total_gbp_uci,
        max(case when headline = 'fun_place_total_gbp' then state end) as fun_place_total_gbp_state,
        max(case when headline = 'fun_place_per_head' then value end) as fun_place_per_head,
        max(case when headline = 'fun_place_per_head' then lci end) as fun_place_per_head_lci,
        max(case when headline = 'fun_place_per_head' then uci end) as fun_place_per_head_uci,
        max(case when headline = 'fun_place_per_head' then state end) as fun_place_per_head_state,
        max(case when headline = 'prac_records_n' then value end) as prac_records_n,
        max(case when headline = 'prac_records_n' then lci end) as prac_records_n_lci,
        max(case when headline = 'prac_records_n' then uci end) as prac_records_n_uci,
        max(case when headline = 'prac_records_n' then state end) as prac_records_n_state,
        max(case when headline = 'prac_cells_n' then value end) as prac_cells_n,
        max(case when headline = 'prac_cells_n' then lci end) as prac_cells_n_lci,
        max(case when headline = 'prac_cells_n' then uci end) as prac_cells_n_uci,
        max(case when headline = 'prac_cells_n' then state end) as prac_cells_n_state,
        max(case when headline = 'prac_side_balance' then value end) as prac_side_balance,
        max(case when headline = 'prac_side_balance' then lci end) as prac_side_balance_lci,
        max(case when headline = 'prac_side_balance' then uci end) as prac_side_balance_uci,
        max(case when headline = 'prac_side_balance' then state end) as prac_side_balance_state,
        max(case when headline = 'prac_durable_share' then value end) as prac_durable_share,
        max(case when headline = 'prac_durable_share' then lci end) as prac_durable_share_lci,
        max(case when headline = 'prac_durable_share' then uci end) as prac_durable_share_uci,
        max(case when headline = 'prac_durable_share' then state end) as prac_durable_share_state,
        max(case when headline = 'bal_voice' then value end) as bal_voice,
        max(case when headline = 'bal_voice' then lci end) as bal_voice_lci,
        max(case when headline = 'bal_voice' then uci end) as bal_voice_uci,
        max(case when headline = 'bal_voice' then state end) as bal_voice_state,
        max(case when headline = 'bal_money' then value end) as bal_money,
        max(case when headline = 'bal_money' then lci end) as bal_money_lci,
        max(case when headline = 'bal_money' then uci end) as bal_money_uci,
        max(case when headline = 'bal_money' then state end) as bal_money_state,
        max(case when headline = 'bal_practice' then value end) as bal_practice,
        max(case when headline = 'bal_practice' then lci end) as bal_practice_lci,
        max(case when headline = 'bal_practice' then uci end) as bal_practice_uci,
        max(case when headline = 'bal_practice' then state end) as bal_practice_state,
        max(case when headline = 'bal_legs_ok' then value end) as bal_legs_ok,
        max(case when headline = 'bal_legs_ok' then lci end) as bal_legs_ok_lci,
        max(case when headline = 'bal_legs_ok' then uci end) as bal_legs_ok_uci,
        max(case when headline = 'bal_legs_ok' then state end) as bal_legs_ok_state,
        max(case when headline = 'q_metrics_ok_share' then value end) as q_metrics_ok_share,
        max(case when headline = 'q_metrics_ok_share' then lci end) as q_metrics_ok_share_lci,
        max(case when headline = 'q_metrics_ok_share' then uci end) as q_metrics_ok_share_uci,
        max(case when headline = 'q_metrics_ok_share' then state end) as q_metrics_ok_share_state
    from headline
    group by locality_code
),

recorded as (
    select distinct locality_code
    from core.fct_practice
    where geo_precision in ('lad', 'sub_lad')
),

searched as (
    select distinct locality_code
    from core.fct_practice_search
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
    case
        when recorded.locality_code is not null then 'recorded'
        when searched.locality_code is not null then 'searched_none_found'
        else 'not_searched'
    end as search_status,
    wide.pop_total,
    wide.pop_total_lci,
    wide.pop_total_uci,
    wide.pop_total_state,
    wide.dep_prop10_areas,
    wide.dep_prop10_areas_lci,
    wide.dep_prop10_areas_uci,
    wide.dep_prop10_areas_state,
    wide.dep_avg_rank_percentile_areas,
    wide.dep_avg_rank_percentile_areas_lci,
    wide.dep_avg_rank_percentile_areas_uci,
    wide.dep_avg_rank_percentile_areas_state,
    wide.dep_extent,
    wide.dep_extent_lci,
    wide.dep_extent_uci,
    wide.dep_extent_state,
    wide.coh_all3_pct,
    wide.coh_all3_pct_lci,
    wide.coh_all3_pct_uci,
    wide.coh_all3_pct_state,
    wide.coh_belong_pct,
    wide.coh_belong_pct_lci,
    wide.coh_belong_pct_uci,
    wide.coh_belong_pct_state,
    wide.coh_influence_pct,
    wide.coh_influence_pct_lci,
    wide.coh_influence_pct_uci,
    wide.coh_influence_pct_state,
    wide.coh_trust_pct,
    wide.coh_trust_pct_lci,
    wide.coh_trust_pct_uci,
    wide.coh_trust_pct_state,
    wide.coh_volunteer_any_pct,
    wide.coh_volunteer_any_pct_lci,
    wide.coh_volunteer_any_pct_uci,
    wide.coh_volunteer_any_pct_state,
    wide.coh_volunteer_past_year_pct,
    wide.coh_volunteer_past_year_pct_lci,
    wide.coh_volunteer_past_year_pct_uci,
    wide.coh_volunteer_past_year_pct_state,
    wide.fun_total_gbp,
    wide.fun_total_gbp_lci,
    wide.fun_total_gbp_uci,
    wide.fun_total_gbp_state,
    wide.fun_per_head,
    wide.fun_per_head_lci,
    wide.fun_per_head_uci,
    wide.fun_per_head_state,
    wide.fun_n_rate,
    wide.fun_n_rate_lci,
    wide.fun_n_rate_uci,
    wide.fun_n_rate_state,
    wide.fun_total_gbp_covid_2020,
    wide.fun_total_gbp_covid_2020_lci,
    wide.fun_total_gbp_covid_2020_uci,
    wide.fun_total_gbp_covid_2020_state,
    wide.fun_place_total_gbp,
    wide.fun_place_total_gbp_lci,
    wide.fun_place_total_gbp_uci,
    wide.fun_place_total_gbp_state,
    wide.fun_place_per_head,
    wide.fun_place_per_head_lci,
    wide.fun_place_per_head_uci,
    wide.fun_place_per_head_state,
    wide.prac_records_n,
    wide.prac_records_n_lci,
    wide.prac_records_n_uci,
    wide.prac_records_n_state,
    wide.prac_cells_n,
    wide.prac_cells_n_lci,
    wide.prac_cells_n_uci,
    wide.prac_cells_n_state,
    wide.prac_side_balance,
    wide.prac_side_balance_lci,
    wide.prac_side_balance_uci,
    wide.prac_side_balance_state,
    wide.prac_durable_share,
    wide.prac_durable_share_lci,
    wide.prac_durable_share_uci,
    wide.prac_durable_share_state,
    wide.bal_voice,
    wide.bal_voice_lci,
    wide.bal_voice_uci,
    wide.bal_voice_state,
    wide.bal_money,
    wide.bal_money_lci,
    wide.bal_money_uci,
    wide.bal_money_state,
    wide.bal_practice,
    wide.bal_practice_lci,
    wide.bal_practice_uci,
    wide.bal_practice_state,
    wide.bal_legs_ok,
    wide.bal_legs_ok_lci,
    wide.bal_legs_ok_uci,
    wide.bal_legs_ok_state,
    wide.q_metrics_ok_share,
    wide.q_metrics_ok_share_lci,
    wide.q_metrics_ok_share_uci,
    wide.q_metrics_ok_share_state
from core.dim_locality as locality
inner join wide
    on locality.locality_code = wide.locality_code
left join recorded
    on locality.locality_code = recorded.locality_code
left join searched
    on locality.locality_code = searched.locality_code
