-- H16: Every row has its age: the number of days from the end of its period to the as-of date.
select
    metric_id,
    locality_code,
    period,
    staleness_days
from metrics.metric_value
where
    staleness_days is null
    or staleness_days <> date_diff('day', period_end, as_of)
    or period_start > period_end
