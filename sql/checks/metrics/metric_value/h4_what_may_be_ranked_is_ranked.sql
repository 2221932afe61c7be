-- H4: Every reliable value that has a direction and a comparable group has a rank set or a reason for having none.
select
    value.metric_id,
    value.locality_code,
    value.period
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
inner join core.dim_locality using (locality_code)
left join metrics.rank_interval as rank using (metric_id, locality_code, period_start, period_end)
where
    value.state = 'ok'
    and value.breakdown = 'all'
    and value.se is not null
    and metric.direction in ('up', 'down')
    and metric.comparable_within in ('group', 'nation', 'uk')
    and rank.metric_id is null
