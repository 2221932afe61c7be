-- One row per locality: how many of the three components have a value in their headline row. A count of known
-- components is always a value itself.
with component as (
    select
        value.locality_code,
        value.source_ids
    from metrics.balance as value
    inner join metrics.headline_period using (metric_id, locality_code, period_start, period_end)
    where value.value is not null
),

counted as (
    select
        locality.locality_code,
        count(component.locality_code) as components_n,
        list_sort(list_distinct(flatten(array_agg(component.source_ids)))) as source_ids
    from core.dim_locality as locality
    left join component using (locality_code)
    group by locality.locality_code
)

select
    'bal_legs_ok' as metric_id,
    'all' as breakdown,
    counted.locality_code,
    build.as_of as period_start,
    build.as_of as period_end,
    cast(counted.components_n as double) as value,
    'none:register_count' as ci_method,
    cast(counted.components_n as double) as n_num,
    3e0 as n_den,
    coalesce(counted.source_ids, cast([] as varchar[])) as source_ids
from counted
cross join meta.build as build
