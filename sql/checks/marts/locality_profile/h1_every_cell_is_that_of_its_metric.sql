-- H1: Every cell of the wide row is that of its row of metrics, and no cell is left out: of money the row of every
-- award on record, or of the period of the study, and of all else the row of the newest period.
with shown as (
    select
        locality_code,
        'pop_total' as headline,
        pop_total as value,
        pop_total_lci as lci,
        pop_total_uci as uci,
        pop_total_ci_method as ci_method,
        pop_total_state as state,
        pop_total_state_reason as state_reason,
        pop_total_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'dep_prop10_areas' as headline,
        dep_prop10_areas as value,
        dep_prop10_areas_lci as lci,
        dep_prop10_areas_uci as uci,
        dep_prop10_areas_ci_method as ci_method,
        dep_prop10_areas_state as state,
        dep_prop10_areas_state_reason as state_reason,
        dep_prop10_areas_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'dep_avg_rank_percentile_areas' as headline,
        dep_avg_rank_percentile_areas as value,
        dep_avg_rank_percentile_areas_lci as lci,
        dep_avg_rank_percentile_areas_uci as uci,
        dep_avg_rank_percentile_areas_ci_method as ci_method,
        dep_avg_rank_percentile_areas_state as state,
        dep_avg_rank_percentile_areas_state_reason as state_reason,
        dep_avg_rank_percentile_areas_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'dep_extent' as headline,
        dep_extent as value,
        dep_extent_lci as lci,
        dep_extent_uci as uci,
        dep_extent_ci_method as ci_method,
        dep_extent_state as state,
        dep_extent_state_reason as state_reason,
        dep_extent_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'coh_all3_pct' as headline,
        coh_all3_pct as value,
        coh_all3_pct_lci as lci,
        coh_all3_pct_uci as uci,
        coh_all3_pct_ci_method as ci_method,
        coh_all3_pct_state as state,
        coh_all3_pct_state_reason as state_reason,
        coh_all3_pct_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'coh_belong_pct' as headline,
        coh_belong_pct as value,
        coh_belong_pct_lci as lci,
        coh_belong_pct_uci as uci,
        coh_belong_pct_ci_method as ci_method,
        coh_belong_pct_state as state,
        coh_belong_pct_state_reason as state_reason,
        coh_belong_pct_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'coh_influence_pct' as headline,
        coh_influence_pct as value,
        coh_influence_pct_lci as lci,
        coh_influence_pct_uci as uci,
        coh_influence_pct_ci_method as ci_method,
        coh_influence_pct_state as state,
        coh_influence_pct_state_reason as state_reason,
        coh_influence_pct_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'coh_trust_pct' as headline,
        coh_trust_pct as value,
        coh_trust_pct_lci as lci,
        coh_trust_pct_uci as uci,
        coh_trust_pct_ci_method as ci_method,
        coh_trust_pct_state as state,
        coh_trust_pct_state_reason as state_reason,
        coh_trust_pct_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'coh_volunteer_any_pct' as headline,
        coh_volunteer_any_pct as value,
        coh_volunteer_any_pct_lci as lci,
        coh_volunteer_any_pct_uci as uci,
        coh_volunteer_any_pct_ci_method as ci_method,
        coh_volunteer_any_pct_state as state,
        coh_volunteer_any_pct_state_reason as state_reason,
        coh_volunteer_any_pct_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'coh_volunteer_past_year_pct' as headline,
        coh_volunteer_past_year_pct as value,
        coh_volunteer_past_year_pct_lci as lci,
        coh_volunteer_past_year_pct_uci as uci,
        coh_volunteer_past_year_pct_ci_method as ci_method,
        coh_volunteer_past_year_pct_state as state,
        coh_volunteer_past_year_pct_state_reason as state_reason,
        coh_volunteer_past_year_pct_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'fun_total_gbp' as headline,
        fun_total_gbp as value,
        fun_total_gbp_lci as lci,
        fun_total_gbp_uci as uci,
        fun_total_gbp_ci_method as ci_method,
        fun_total_gbp_state as state,
        fun_total_gbp_state_reason as state_reason,
        fun_total_gbp_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'fun_per_head' as headline,
        fun_per_head as value,
        fun_per_head_lci as lci,
        fun_per_head_uci as uci,
        fun_per_head_ci_method as ci_method,
        fun_per_head_state as state,
        fun_per_head_state_reason as state_reason,
        fun_per_head_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'fun_n_rate' as headline,
        fun_n_rate as value,
        fun_n_rate_lci as lci,
        fun_n_rate_uci as uci,
        fun_n_rate_ci_method as ci_method,
        fun_n_rate_state as state,
        fun_n_rate_state_reason as state_reason,
        fun_n_rate_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'fun_total_gbp_all_covid_2020' as headline,
        fun_total_gbp_all_covid_2020 as value,
        fun_total_gbp_all_covid_2020_lci as lci,
        fun_total_gbp_all_covid_2020_uci as uci,
        fun_total_gbp_all_covid_2020_ci_method as ci_method,
        fun_total_gbp_all_covid_2020_state as state,
        fun_total_gbp_all_covid_2020_state_reason as state_reason,
        fun_total_gbp_all_covid_2020_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'fun_place_total_gbp' as headline,
        fun_place_total_gbp as value,
        fun_place_total_gbp_lci as lci,
        fun_place_total_gbp_uci as uci,
        fun_place_total_gbp_ci_method as ci_method,
        fun_place_total_gbp_state as state,
        fun_place_total_gbp_state_reason as state_reason,
        fun_place_total_gbp_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'fun_place_per_head' as headline,
        fun_place_per_head as value,
        fun_place_per_head_lci as lci,
        fun_place_per_head_uci as uci,
        fun_place_per_head_ci_method as ci_method,
        fun_place_per_head_state as state,
        fun_place_per_head_state_reason as state_reason,
        fun_place_per_head_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'prac_records_n' as headline,
        prac_records_n as value,
        prac_records_n_lci as lci,
        prac_records_n_uci as uci,
        prac_records_n_ci_method as ci_method,
        prac_records_n_state as state,
        prac_records_n_state_reason as state_reason,
        prac_records_n_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'prac_cells_n' as headline,
        prac_cells_n as value,
        prac_cells_n_lci as lci,
        prac_cells_n_uci as uci,
        prac_cells_n_ci_method as ci_method,
        prac_cells_n_state as state,
        prac_cells_n_state_reason as state_reason,
        prac_cells_n_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'prac_side_balance' as headline,
        prac_side_balance as value,
        prac_side_balance_lci as lci,
        prac_side_balance_uci as uci,
        prac_side_balance_ci_method as ci_method,
        prac_side_balance_state as state,
        prac_side_balance_state_reason as state_reason,
        prac_side_balance_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'prac_durable_share' as headline,
        prac_durable_share as value,
        prac_durable_share_lci as lci,
        prac_durable_share_uci as uci,
        prac_durable_share_ci_method as ci_method,
        prac_durable_share_state as state,
        prac_durable_share_state_reason as state_reason,
        prac_durable_share_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'bal_voice' as headline,
        bal_voice as value,
        bal_voice_lci as lci,
        bal_voice_uci as uci,
        bal_voice_ci_method as ci_method,
        bal_voice_state as state,
        bal_voice_state_reason as state_reason,
        bal_voice_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'bal_money' as headline,
        bal_money as value,
        bal_money_lci as lci,
        bal_money_uci as uci,
        bal_money_ci_method as ci_method,
        bal_money_state as state,
        bal_money_state_reason as state_reason,
        bal_money_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'bal_practice' as headline,
        bal_practice as value,
        bal_practice_lci as lci,
        bal_practice_uci as uci,
        bal_practice_ci_method as ci_method,
        bal_practice_state as state,
        bal_practice_state_reason as state_reason,
        bal_practice_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'bal_legs_ok' as headline,
        bal_legs_ok as value,
        bal_legs_ok_lci as lci,
        bal_legs_ok_uci as uci,
        bal_legs_ok_ci_method as ci_method,
        bal_legs_ok_state as state,
        bal_legs_ok_state_reason as state_reason,
        bal_legs_ok_period_end as period_end
    from marts.locality_profile
    union all
    select
        locality_code,
        'q_metrics_ok_share' as headline,
        q_metrics_ok_share as value,
        q_metrics_ok_share_lci as lci,
        q_metrics_ok_share_uci as uci,
        q_metrics_ok_share_ci_method as ci_method,
        q_metrics_ok_share_state as state,
        q_metrics_ok_share_state_reason as state_reason,
        q_metrics_ok_share_period_end as period_end
    from marts.locality_profile
),

candidate as (
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
        on_record.window_id is not null as is_on_record,
        study.window_id is not null as is_of_study
    from metrics.metric_value as value
    left join metrics.award_window as on_record
        on
            value.period_start = on_record.period_start
            and value.period_end = on_record.period_end
            and on_record.window_id = 'on_record'
    left join metrics.award_window as study
        on
            value.period_start = study.period_start
            and value.period_end = study.period_end
            and study.window_id = 'covid_2020'
),

newest as (
    select
        metric_id,
        locality_code,
        max(period_end) as period_end
    from candidate
    group by metric_id, locality_code
),

-- Of two rows that end on the same day the one that starts later is the newer.
latest as (
    select
        candidate.metric_id,
        candidate.locality_code,
        candidate.period_end,
        max(candidate.period_start) as period_start
    from candidate
    inner join newest
        on
            candidate.metric_id = newest.metric_id
            and candidate.locality_code = newest.locality_code
            and candidate.period_end = newest.period_end
    group by candidate.metric_id, candidate.locality_code, candidate.period_end
),

expected as (
    select
        candidate.metric_id as headline,
        candidate.locality_code,
        candidate.value,
        candidate.lci,
        candidate.uci,
        candidate.ci_method,
        candidate.state,
        candidate.state_reason,
        candidate.period_end
    from candidate
    inner join latest
        on
            candidate.metric_id = latest.metric_id
            and candidate.locality_code = latest.locality_code
    where
        case
            when is_windowed(candidate.metric_id) then candidate.is_on_record
            else candidate.period_end = latest.period_end and candidate.period_start = latest.period_start
        end
    union all
    select
        'fun_total_gbp_all_covid_2020' as headline,
        locality_code,
        value,
        lci,
        uci,
        ci_method,
        state,
        state_reason,
        period_end
    from candidate
    where
        metric_id = 'fun_total_gbp_all'
        and is_of_study
)

select
    shown.locality_code,
    shown.headline,
    shown.value,
    expected.value as value_of_metric,
    shown.state,
    expected.state as state_of_metric
from shown
left join expected
    on
        shown.locality_code = expected.locality_code
        and shown.headline = expected.headline
where
    expected.headline is null
    or shown.value is distinct from expected.value
    or shown.lci is distinct from expected.lci
    or shown.uci is distinct from expected.uci
    or shown.ci_method is distinct from expected.ci_method
    or shown.state is distinct from expected.state
    or shown.state_reason is distinct from expected.state_reason
    or shown.period_end is distinct from expected.period_end
