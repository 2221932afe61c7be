-- H18: Every value names a known source with a file in this build, except for measures of the project's own quality and
-- counts of components.
with named as (
    select
        metric_id,
        locality_code,
        period,
        unnest(source_ids) as source_id
    from metrics.metric_value
    where value is not null
),

live as (
    select distinct source_id
    from meta.landed_file
    where is_current
)

select named.*
from named
left join core.dim_source as source using (source_id)
left join live using (source_id)
where
    source.source_id is null
    or live.source_id is null
union all
select
    value.metric_id,
    value.locality_code,
    value.period,
    cast(null as varchar) as source_id
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
where
    value.value is not null
    and metric.family <> 'QLT'
    and value.metric_id <> 'bal_legs_ok'
    and array_length(value.source_ids) = 0
