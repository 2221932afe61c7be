-- Every value of every metric, with the names of the metric and of the area, which may be a nation.
with area as (
    select
        locality_code,
        locality_name as area_name,
        locality_name_cy as area_name_cy,
        nation
    from core.dim_locality
    union all
    select
        nation_code as locality_code,
        nation as area_name,
        nation_name_cy as area_name_cy,
        nation
    from core.dim_nation
)

select
    metric.metric_name,
    metric.metric_name_cy,
    part.breakdown_name,
    part.breakdown_name_cy,
    value.locality_code as area_code,
    coalesce(area.area_name, value.locality_code) as area_name,
    area.area_name_cy,
    area.nation,
    value.period_start,
    value.period_end,
    value.value,
    value.unit,
    value.lci,
    value.uci,
    value.ci_method,
    value.state,
    value.state_reason,
    value.reliability,
    value.comparable_group,
    value.metric_id,
    value.breakdown
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
inner join core.dim_breakdown as part using (breakdown)
left join area using (locality_code)
