-- H19: Every value of the national scan has the caution of a sample of convenience, belongs to no comparable group and
-- is never zero, and no value of another family has the scan as a source.
select
    value.metric_id,
    value.locality_code,
    value.state,
    value.value
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
where
    case
        when metric.family = 'SCN'
            then
                value.comparable_group is not null
                or metric.comparable_within <> 'none'
                or (
                    value.value is not null
                    and (
                        value.state <> 'ok_low' or not list_contains(value.reason_codes, 'sample_of_convenience')
                    )
                )
                or (value.value = 0 and metric.unit <> 'alpha')
                or value.state = 'searched_none_found'
        else
            list_contains(value.source_ids, 'practice_scan')
            or list_contains(value.source_ids, 'practice_scan_searches')
    end
