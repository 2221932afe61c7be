-- Every metric with a row has a catalogue entry, and every catalogue entry has rows, each with a value or a reason.
select
    value.metric_id,
    'no catalogue entry' as fault
from metrics.metric_value as value
left join core.dim_metric as metric using (metric_id)
where metric.metric_id is null
union all
select
    metric.metric_id,
    'no row' as fault
from core.dim_metric as metric
left join metrics.metric_value as value using (metric_id)
where value.metric_id is null
union all
select
    metric_id,
    'neither a value nor a reason' as fault
from metrics.metric_value
where
    value is null
    and array_length(reason_codes) = 0
