-- Every breakdown belongs to its metric in the catalogue, a metric without a whole has an 'all' row only where it has
-- no part and no value, and a list of parts is complete for the area.
with part as (
    select
        value.metric_id,
        bridge.breakdown_list,
        value.locality_code,
        value.period_start,
        value.period_end,
        count(case when listed.is_beyond_localities then null else 1 end) as local_n,
        count(case when listed.is_beyond_localities then 1 end) as beyond_n
    from metrics.metric_value as value
    inner join core.bridge_metric_breakdown as bridge using (metric_id, breakdown)
    inner join core.dim_breakdown as listed using (breakdown)
    where bridge.breakdown <> 'all'
    group by
        value.metric_id,
        bridge.breakdown_list,
        value.locality_code,
        value.period_start,
        value.period_end
),

whole_list as (
    select
        bridge.metric_id,
        bridge.breakdown_list,
        count(case when listed.is_beyond_localities then null else 1 end) as local_n,
        count(case when listed.is_beyond_localities then 1 end) as beyond_n
    from core.bridge_metric_breakdown as bridge
    inner join core.dim_breakdown as listed using (breakdown)
    group by bridge.metric_id, bridge.breakdown_list
)

select
    value.metric_id,
    value.breakdown,
    value.locality_code,
    value.period_start,
    value.period_end,
    'not a part of the metric' as fault
from metrics.metric_value as value
left join core.bridge_metric_breakdown as bridge using (metric_id, breakdown)
where bridge.metric_id is null
union all
select
    value.metric_id,
    value.breakdown,
    value.locality_code,
    value.period_start,
    value.period_end,
    'a value of the whole of a metric that has parts only' as fault
from metrics.metric_value as value
inner join core.dim_metric as metric
    on
        value.metric_id = metric.metric_id
        and not metric.has_whole
where
    value.breakdown = 'all'
    and value.value is not null
union all
select
    part.metric_id,
    'all' as breakdown,
    part.locality_code,
    part.period_start,
    part.period_end,
    'a row of all beside the parts of a metric without a whole' as fault
from part
inner join core.dim_metric as metric
    on
        part.metric_id = metric.metric_id
        and not metric.has_whole
inner join metrics.metric_value as value
    on
        part.metric_id = value.metric_id
        and value.breakdown = 'all'
        and part.locality_code = value.locality_code
        and part.period_start = value.period_start
        and part.period_end = value.period_end
union all
select
    part.metric_id,
    part.breakdown_list as breakdown,
    part.locality_code,
    part.period_start,
    part.period_end,
    'not every part of the list' as fault
from part
inner join whole_list using (metric_id, breakdown_list)
left join core.dim_locality as locality using (locality_code)
where
    part.local_n <> whole_list.local_n
    or part.beyond_n <> case when locality.locality_code is null then whole_list.beyond_n else 0 end
