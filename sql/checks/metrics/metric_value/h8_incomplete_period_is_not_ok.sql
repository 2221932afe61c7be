-- H8: Every value of money is in another state than ok if its period has months without an award on record.
select
    value.metric_id,
    value.locality_code,
    value.period
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
inner join metrics.award_window as period using (period_start, period_end)
where
    (metric.headline_rule = 'on_record' or metric.award_scope = 'place_funds')
    and (metric.headline_rule = 'on_record') = (period.window_id <> 'place_funds')
    and period.months_observed < period.months_expected
    and value.state = 'ok'
