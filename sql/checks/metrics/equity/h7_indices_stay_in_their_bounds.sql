-- H7: A concentration index lies from -1 to 1, and the range without each funder has its ends in order.
select
    metric_id,
    locality_code,
    period_start,
    period_end,
    value
from metrics.equity
where
    (metric_id like 'eq_ci_%' or metric_id = 'eq_recording_gradient')
    and (value < -1 or value > 1)
union all
select
    low.metric_id,
    low.locality_code,
    low.period_start,
    low.period_end,
    low.value
from metrics.equity as low
inner join metrics.equity as high
    on
        low.locality_code = high.locality_code
        and low.period_start = high.period_start
        and low.period_end = high.period_end
        and high.metric_id = replace(low.metric_id, '_lofo_lo', '_lofo_hi')
where
    low.metric_id like '%_lofo_lo'
    and (low.value > high.value or (low.value is null) <> (high.value is null))
