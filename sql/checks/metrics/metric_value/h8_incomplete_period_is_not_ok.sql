-- H8: A value of money for a period in which months pass without an award on record is not in the state ok.
select
    value.metric_id,
    value.locality_code,
    value.period
from metrics.metric_value as value
inner join metrics.award_window as period
    on
        value.period_start = period.period_start
        and value.period_end = period.period_end
        and is_windowed(value.metric_id) = (period.window_id <> 'place_funds')
where
    (value.metric_id like 'fun%' or value.metric_id like 'eq%funding%' or value.metric_id = 'bal_money')
    and period.months_observed < period.months_expected
    and value.state = 'ok'
