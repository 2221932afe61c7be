-- Question 4, how to sustain practices: one row per practice, ordered by urgency to check it, with the reason as text.
-- The order does not rate practices or places.
with dated_length as (
    select
        metric_id,
        locality_code,
        value,
        state,
        reason_codes,
        state_reason,
        period,
        row_number() over (
            partition by metric_id, locality_code
            order by case when value is null then 1 else 0 end asc, period_end desc, period_start desc
        ) as preference
    from metrics.metric_value
    where metric_id in ('fun_duration_median_all', 'fun_multi_year_share_all')
),

planned as (
    select
        months.locality_code,
        months.value as median_planned_months,
        months.state,
        months.reason_codes,
        months.state_reason,
        months.period,
        share.value as multi_year_share
    from dated_length as months
    inner join dated_length as share
        on
            months.locality_code = share.locality_code
            and share.metric_id = 'fun_multi_year_share_all'
            and share.preference = 1
    where
        months.metric_id = 'fun_duration_median_all'
        and months.preference = 1
),

framework as (
    select
        value.locality_code as nation_code,
        list_sort(array_agg(metric.metric_name)) as frameworks_in_force,
        list_sort(array_agg(metric.metric_name_cy)) as frameworks_in_force_cy
    from metrics.metric_value as value
    inner join core.dim_metric as metric
        on
            value.metric_id = metric.metric_id
            and metric.family = 'FRM'
    where value.value = 1
    group by value.locality_code
),

gathered as (
    select
        practice.practice_id,
        practice.practice_name,
        practice.locality_code,
        locality.locality_name,
        locality.locality_name_cy,
        practice.place,
        nation.nation,
        practice.origin,
        practice.durability,
        attention.named_risks,
        attention.is_at_risk,
        attention.attention_class,
        followup.outcome,
        followup.outcome_date,
        case when followup.is_completion then 'completed' else followup.last_status end as last_status,
        followup.last_status_date,
        attention.last_status_age_days,
        followup.is_last_status_of_report,
        followup.last_status_url,
        followup.looks_n,
        planned.median_planned_months,
        planned.multi_year_share,
        coalesce(planned.state, county.gap_state) as funding_state,
        coalesce(planned.reason_codes, [county.reason_code]) as funding_reason_codes,
        case when planned.locality_code is null then county.reason_text else planned.state_reason end
            as funding_state_reason,
        planned.period as funding_period,
        coalesce(framework.frameworks_in_force, cast([] as varchar[])) as frameworks_in_force,
        coalesce(framework.frameworks_in_force_cy, cast([] as varchar[])) as frameworks_in_force_cy
    from core.fct_practice_study as practice
    inner join metrics.practice_followup as followup using (practice_id)
    inner join metrics.practice_attention as attention using (practice_id)
    inner join core.dim_nation as nation
        on substr(practice.locality_code, 1, 1) = substr(nation.nation_code, 1, 1)
    inner join core.dim_reason as county
        on county.reason_code = reason('county_record')
    left join core.dim_locality as locality
        on practice.locality_code = locality.locality_code
    left join planned
        on practice.locality_code = planned.locality_code
    left join framework using (nation_code)
)

select
    row_number() over (
        order by
            attention_class asc,
            array_length(named_risks) desc,
            last_status_age_days desc,
            median_planned_months asc,
            practice_id asc
    ) as attention_order,
    practice_id,
    practice_name,
    locality_code,
    locality_name,
    locality_name_cy,
    place,
    nation,
    attention_class,
    concat_ws(
        '; ',
        case attention_class
            when 1 then 'At risk, and no news since the report'
            when 2 then 'At risk, and last confirmed as continuing more than two years ago'
            when 3 then 'At risk, but confirmed as continuing in the last two years'
            when 4 then 'Last confirmed as continuing more than two years ago'
            when 5 then 'Durability unknown, and no news since the report'
            when 6 then 'Judged to last, and no news since the report'
            when 7 then 'Confirmed as continuing in the last two years'
            when 8 then 'Ended, so only its lessons remain'
        end,
        case when durability = 'fragile' then 'the report judges it likely to decline without further effort' end,
        case
            when array_length(named_risks) > 0
                then 'the report links it to the risk of ' || replace(array_to_string(named_risks, ', '), '_', '-')
        end,
        case when origin = 'emergent' then 'new in the pandemic' end,
        case
            when looks_n is null then 'no follow-up search on record'
            when outcome = 'unknown' then 'the follow-up search found no dated and clear news'
        end,
        case
            when last_status <> 'unknown' and is_last_status_of_report then 'status in the report: ' || last_status
            when last_status = 'completed'
                then
                    'works completed '
                    || cast(cast(floor(last_status_age_days / 30.4375e0) as integer) as varchar) || ' months ago'
            when last_status <> 'unknown'
                then
                    'last known status: ' || last_status || ', '
                    || cast(cast(floor(last_status_age_days / 30.4375e0) as integer) as varchar) || ' months ago'
        end,
        case
            when median_planned_months < 24
                then
                    'the median planned duration of awards in the locality is about '
                    || cast(cast(floor(median_planned_months + 0.5e0) as integer) as varchar) || ' months'
        end
    ) || '.' as attention_reason,
    origin,
    durability,
    named_risks,
    is_at_risk,
    outcome,
    outcome_date,
    last_status,
    last_status_date,
    last_status_age_days,
    last_status_url,
    looks_n,
    median_planned_months,
    multi_year_share,
    funding_state,
    funding_reason_codes,
    funding_state_reason,
    funding_period,
    frameworks_in_force,
    frameworks_in_force_cy
from gathered
