-- One row per metric of states, breakdown and locality: the number of metrics in each state, each metric once, and the
-- age of the oldest value.
with headline as (
    select
        value.locality_code,
        state_of(reason.gap_state, value.low_reasons) as state,
        value.value,
        value.period_end
    from metrics.locality_value as value
    inner join metrics.headline_period using (metric_id, locality_code, period_start, period_end)
    inner join core.dim_metric as metric using (metric_id)
    left join core.dim_reason as reason
        on reason_code(value.gap_reason) = reason.reason_code
    where
        value.breakdown = 'all'
        and metric.has_whole
),

counted as (
    select
        locality.locality_code,
        count(*) as metrics_n,
        count(case when headline.state = 'ok' then 1 end) as ok_n,
        count(case when headline.state = 'ok_low' then 1 end) as ok_low_n,
        count(case when headline.state = 'suppressed' then 1 end) as suppressed_n,
        count(case when headline.state = 'not_available' then 1 end) as not_available_n,
        count(case when headline.state = 'not_applicable' then 1 end) as not_applicable_n,
        count(case when headline.state = 'not_searched' then 1 end) as not_searched_n,
        count(case when headline.state = 'searched_none_found' then 1 end) as searched_none_found_n,
        count(case when headline.state = 'withheld' then 1 end) as withheld_n,
        min(case when headline.value is not null then headline.period_end end) as oldest_period_end
    from core.dim_locality as locality
    inner join headline using (locality_code)
    group by locality.locality_code
)

select
    'q_metrics_ok_share' as metric_id,
    'all' as breakdown,
    locality_code,
    cast(ok_n as double) / nullif(metrics_n - not_applicable_n, 0) as value,
    cast(ok_n as double) as n_num,
    cast(metrics_n - not_applicable_n as double) as n_den,
    case when metrics_n = not_applicable_n then reason('no_metric_applies') end as gap_reason,
    cast(null as varchar) as low_reason
from counted
union all
select
    'q_states' as metric_id,
    'state_' || state.state as breakdown,
    counted.locality_code,
    cast(
        case state.state
            when 'ok' then counted.ok_n
            when 'ok_low' then counted.ok_low_n
            when 'suppressed' then counted.suppressed_n
            when 'not_available' then counted.not_available_n
            when 'not_applicable' then counted.not_applicable_n
            when 'not_searched' then counted.not_searched_n
            when 'searched_none_found' then counted.searched_none_found_n
            when 'withheld' then counted.withheld_n
        end as double
    ) as value,
    cast(null as double) as n_num,
    cast(counted.metrics_n as double) as n_den,
    cast(null as varchar) as gap_reason,
    cast(null as varchar) as low_reason
from counted
cross join (
    values
    ('ok'),
    ('ok_low'),
    ('suppressed'),
    ('not_available'),
    ('not_applicable'),
    ('not_searched'),
    ('searched_none_found'),
    ('withheld')
) as state (state)
union all
select
    'q_oldest_input_years' as metric_id,
    'all' as breakdown,
    counted.locality_code,
    date_diff('day', counted.oldest_period_end, build.as_of) / 365.25e0 as value,
    cast(null as double) as n_num,
    cast(null as double) as n_den,
    case when counted.oldest_period_end is null then reason('no_metric_value') end as gap_reason,
    cast(null as varchar) as low_reason
from counted
cross join meta.build as build
