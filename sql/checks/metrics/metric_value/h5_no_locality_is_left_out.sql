-- H5: Every metric of localities has a row for every locality, with a value or the reason for a missing value.
select
    metric.metric_id,
    locality.locality_code
from core.dim_metric as metric
cross join core.dim_locality as locality
left join metrics.metric_value as value using (metric_id, locality_code)
where
    metric.scope = 'locality'
    and value.metric_id is null
