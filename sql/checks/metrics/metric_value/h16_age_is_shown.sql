-- H16: Every row says how old it is: the days from the end of its period to the date of knowledge.
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
