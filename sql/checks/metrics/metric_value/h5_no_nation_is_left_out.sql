-- H5: Every metric of nations has a row for every nation, with a value or the reason for a missing value.
select
    metric.metric_id,
    nation.nation_code
from core.dim_metric as metric
cross join core.dim_nation as nation
left join metrics.metric_value as value
    on
        metric.metric_id = value.metric_id
        and nation.nation_code = value.locality_code
where
    metric.scope = 'nation'
    and nation.nation <> 'United Kingdom'
    and value.metric_id is null
