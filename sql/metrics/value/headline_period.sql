-- Which row represents a metric in an area, by the rule that the metric's catalogue entry names: of money the row of
-- every award on record, since other windows are parts of it and emptier for that reason alone; of all else the newest
-- row, whether it has a value or not, since a suppressed figure isn't replaced by that of another year.
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
                value.period_end desc,
                value.period_start desc
        ) as preference
    from metrics.locality_value as value
    inner join core.dim_metric as metric
        on value.metric_id = metric.metric_id
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
