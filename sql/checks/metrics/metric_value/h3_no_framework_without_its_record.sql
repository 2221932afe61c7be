-- H3: Every framework in force has a record of the nation that says so.
select
    value.metric_id,
    value.locality_code,
    value.period
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
left join core.fct_framework as framework
    on
        value.metric_id = framework.framework_id
        and value.locality_code = framework.nation_code
where
    metric.family = 'FRM'
    and value.value = 1
    and coalesce(framework.status, '') <> 'in_force'
