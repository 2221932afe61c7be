-- H7: Every concentration index is between -1 and 1, and the range without one funder has its lower bound first.
select
    equity.metric_id,
    equity.locality_code,
    equity.period_start,
    equity.period_end,
    equity.value
from metrics.equity as equity
inner join core.dim_metric as metric using (metric_id)
where
    metric.unit = 'index'
    and (equity.value < -1 or equity.value > 1)
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
        and case low.metric_id
            when 'eq_ci_funding_lofo_lo' then 'eq_ci_funding_lofo_hi'
            when 'eq_ci_funding_all_lofo_lo' then 'eq_ci_funding_all_lofo_hi'
        end = high.metric_id
where
    low.metric_id in ('eq_ci_funding_lofo_lo', 'eq_ci_funding_all_lofo_lo')
    and (low.value > high.value or (low.value is null) <> (high.value is null))
