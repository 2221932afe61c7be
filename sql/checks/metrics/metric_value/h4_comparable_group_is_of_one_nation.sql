-- H4: Every comparable value has a group and every other value has none; only the group of the United Kingdom spans
-- nations, and it never spans years.
select
    value.comparable_group,
    metric.comparable_within,
    min(value.metric_id) as metric_id,
    count(distinct locality.nation) as nations_n,
    count(distinct value.period_end) as periods_n
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
inner join core.dim_locality as locality using (locality_code)
where value.value is not null
group by value.comparable_group, metric.comparable_within
having
    (value.comparable_group is null) <> (metric.comparable_within = 'none')
    or (metric.comparable_within in ('group', 'nation') and count(distinct locality.nation) > 1)
    or (metric.comparable_within = 'uk' and count(distinct value.period_end) > 1)
