-- One row per metric and area: the period of the row that represents it, by the rule that the catalogue entry names.
-- For money it is the window of all awards on record, because other windows are parts of it and have fewer awards. For
-- the summary of 2013 to 2018 it is the longest period, which has all years. For other metrics it is the newest row,
-- with or without a value, because a suppressed figure is not replaced by that of another year.
with ranked as (
    select
        value.metric_id,
        value.locality_code,
        value.period_start,
        value.period_end,
        row_number() over (
            partition by value.metric_id, value.locality_code
            order by
                case
                    when
                        metric.headline_rule = 'on_record'
                        and value.period_start = period.period_start
                        and value.period_end = period.period_end
                        then 0
                    else 1
                end,
                case
                    when metric.headline_rule = 'longest' then date_diff('day', value.period_end, value.period_start)
                end,
                value.period_end desc,
                value.period_start desc
        ) as preference
    from metrics.locality_value as value
    inner join core.dim_metric as metric using (metric_id)
    cross join metrics.award_window as period
    where period.window_id = 'on_record'
)

select
    metric_id,
    locality_code,
    period_start,
    period_end
from ranked
where preference = 1
