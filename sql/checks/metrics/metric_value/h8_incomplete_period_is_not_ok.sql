-- H8: A value of money for a period in which months pass without an award on record is not in the state ok.
select
    value.metric_id,
    value.locality_code,
    value.period
from metrics.metric_value as value
inner join core.dim_metric as metric
    on value.metric_id = metric.metric_id
inner join metrics.award_window as period
    on
        value.period_start = period.period_start
        and value.period_end = period.period_end
where
    (metric.headline_rule = 'on_record' or metric.award_scope = 'place_funds')
    and (metric.headline_rule = 'on_record') = (period.window_id <> 'place_funds')
    and period.months_observed < period.months_expected
    and value.state = 'ok'
