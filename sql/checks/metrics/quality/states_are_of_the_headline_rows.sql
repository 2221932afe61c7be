-- H12: A state is counted from the row that stands for its metric: of money that of every award on record, of all else
-- the newest, and of two rows that end on the same day the one that starts later.
with candidate as (
    select
        value.metric_id,
        value.locality_code,
        value.state,
        value.period_start,
        value.period_end,
        is_windowed(value.metric_id)
        and value.period_start = period.period_start
        and value.period_end = period.period_end as is_on_record
    from metrics.locality_value as value
    inner join core.dim_locality as locality
        on value.locality_code = locality.locality_code
    cross join metrics.award_window as period
    where period.window_id = 'on_record'
),

newest as (
    select
        metric_id,
        locality_code,
        max(period_end) as period_end,
        max(case when is_on_record then 1 else 0 end) as on_record_n
    from candidate
    group by metric_id, locality_code
),

latest as (
    select
        newest.metric_id,
        newest.locality_code,
        newest.period_end,
        newest.on_record_n,
        max(candidate.period_start) as period_start
    from newest
    inner join candidate
        on
            newest.metric_id = candidate.metric_id
            and newest.locality_code = candidate.locality_code
            and newest.period_end = candidate.period_end
    group by newest.metric_id, newest.locality_code, newest.period_end, newest.on_record_n
),

expected as (
    select
        candidate.locality_code,
        candidate.state,
        count(*) as metrics_n
    from candidate
    inner join latest
        on
            candidate.metric_id = latest.metric_id
            and candidate.locality_code = latest.locality_code
    where
        candidate.is_on_record
        or (
            latest.on_record_n = 0
            and candidate.period_end = latest.period_end
            and candidate.period_start = latest.period_start
        )
    group by candidate.locality_code, candidate.state
)

select
    counted.metric_id,
    counted.locality_code,
    counted.value,
    expected.metrics_n
from metrics.quality as counted
left join expected
    on
        counted.locality_code = expected.locality_code
        and counted.metric_id = 'q_states_' || expected.state
where
    counted.metric_id like 'q_states_%'
    and (
        counted.value is null
        or counted.value <> expected.metrics_n
        or (expected.metrics_n is null and counted.value <> 0)
    )
