-- H4: A locality's value that may be compared has a comparable group, and no group but that of the kingdom spans
-- nations.
select
    value.comparable_group,
    metric.comparable_within,
    min(value.metric_id) as metric_id,
    count(distinct locality.nation) as nations_n
from metrics.metric_value as value
inner join core.dim_metric as metric
    on value.metric_id = metric.metric_id
inner join core.dim_locality as locality
    on value.locality_code = locality.locality_code
where
    metric.comparable_within <> 'none'
    and value.value is not null
group by value.comparable_group, metric.comparable_within
having
    value.comparable_group is null
    or (metric.comparable_within <> 'uk' and count(distinct locality.nation) > 1)
