-- One row per locality, measure of money and window: money and deprivation side by side and never as one score. Compare
-- within a nation only, and read the states.
with funding as (
    select
        value.locality_code,
        value.metric_id,
        period.window_id,
        value.period_start,
        value.period_end,
        value.value,
        value.lci,
        value.uci,
        value.ci_method,
        value.state,
        value.reason_codes,
        value.state_reason
    from metrics.metric_value as value
    inner join core.dim_metric as metric using (metric_id)
    inner join metrics.award_window as period
        on
            value.period_start = period.period_start
            and value.period_end = period.period_end
            and (metric.headline_rule = 'on_record') = (period.window_id <> 'place_funds')
    where value.metric_id in ('fun_per_head', 'fun_per_head_all', 'fun_place_per_head')
),

dated_need as (
    select
        locality_code,
        metric_id,
        period_end,
        value,
        ci_method,
        state,
        reason_codes,
        state_reason,
        comparable_group,
        row_number() over (
            partition by metric_id, locality_code
            order by period_end desc
        ) as recency
    from metrics.metric_value
    where metric_id in ('dep_prop10_areas', 'dep_avg_rank_percentile_areas')
),

need as (
    select
        tenth.locality_code,
        tenth.period_end,
        tenth.value as dep_prop10_areas,
        average.value as dep_avg_rank_percentile_areas,
        tenth.ci_method,
        tenth.state,
        tenth.reason_codes,
        tenth.state_reason,
        tenth.comparable_group
    from dated_need as tenth
    inner join dated_need as average
        on
            tenth.locality_code = average.locality_code
            and tenth.period_end = average.period_end
            and average.metric_id = 'dep_avg_rank_percentile_areas'
            and average.recency = 1
    where
        tenth.metric_id = 'dep_prop10_areas'
        and tenth.recency = 1
),

paired as (
    select
        funding.*,
        need.period_end as need_period_end,
        need.ci_method as need_ci_method,
        need.dep_prop10_areas,
        need.dep_avg_rank_percentile_areas,
        need.state as need_state,
        need.reason_codes as need_reason_codes,
        need.state_reason as need_state_reason,
        need.comparable_group as need_group,
        case
            when need.dep_prop10_areas is not null
                then abs(extract(year from funding.period_end) - extract(year from need.period_end))
        end as need_gap_years
    from funding
    inner join need using (locality_code)
)

select
    locality.locality_code,
    paired.metric_id as funding_metric_id,
    paired.window_id,
    locality.locality_name,
    locality.nation,
    paired.period_start,
    paired.period_end,
    paired.value as funding_gbp_per_head,
    paired.lci as funding_lci,
    paired.uci as funding_uci,
    paired.ci_method as funding_ci_method,
    paired.state as funding_state,
    paired.reason_codes as funding_reason_codes,
    paired.state_reason as funding_state_reason,
    paired.dep_prop10_areas,
    paired.dep_avg_rank_percentile_areas,
    paired.need_ci_method,
    paired.need_group,
    paired.need_period_end,
    cast(paired.need_gap_years as integer) as need_gap_years,
    coalesce(old_index.value_state, paired.need_state) as need_state,
    case when old_index.reason_code is not null then [old_index.reason_code] else paired.need_reason_codes end
        as need_reason_codes,
    coalesce(old_index.reason_text, paired.need_state_reason) as need_state_reason
from paired
left join core.dim_reason as old_index
    on
        old_index.reason_code = reason('old_index')
        and paired.need_state = 'ok'
        and paired.need_gap_years > 5
inner join core.dim_locality as locality using (locality_code)
