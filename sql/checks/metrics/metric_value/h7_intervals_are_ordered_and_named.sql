-- H7: Every interval has two bounds that contain the value and a method, and no interval exists without a value.
select
    value.metric_id,
    value.locality_code,
    value.period,
    value.lci,
    value.value,
    value.uci,
    value.ci_method
from metrics.metric_value as value
left join core.dim_interval_method as method using (ci_method)
where
    method.ci_method is null
    or (value.lci is null) <> (value.uci is null)
    or value.lci > value.value
    or value.value > value.uci
    or (value.value is null and (value.lci is not null or value.ci_method <> 'none:no_value'))
    or (value.value is not null and (value.lci is null) <> (method.interval_kind = 'none'))
