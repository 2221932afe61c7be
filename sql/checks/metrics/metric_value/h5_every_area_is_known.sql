-- H5: Every area is a current locality, a nation, the United Kingdom or unallocated, and only money is unallocated.
select
    value.metric_id,
    value.locality_code
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
left join core.dim_locality as locality using (locality_code)
left join core.dim_nation as nation
    on value.locality_code = nation.nation_code
where
    locality.locality_code is null
    and nation.nation_code is null
    and not (value.locality_code = 'unallocated' and metric.family = 'FUN')
