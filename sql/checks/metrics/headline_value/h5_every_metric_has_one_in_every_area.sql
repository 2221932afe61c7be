-- H5: Every metric that has a value for the whole has a headline row in every area of its scope.
with area as (
    select
        locality_code as area_code,
        'locality' as scope
    from core.dim_locality
    union all
    select
        nation_code as area_code,
        case nation when 'United Kingdom' then 'corpus' else 'nation' end as scope
    from core.dim_nation
)

select
    metric.metric_id,
    area.area_code
from core.dim_metric as metric
inner join area using (scope)
left join metrics.headline_value as value
    on
        metric.metric_id = value.metric_id
        and area.area_code = value.locality_code
where
    metric.has_whole
    and value.metric_id is null
