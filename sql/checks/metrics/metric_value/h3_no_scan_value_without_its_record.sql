-- H3: Every value of the national scan is of a locality with a record of the scan that counts, or with a query; the
-- agreement of its readings needs both readings of a record.
with input as (
    select
        'record' as needed,
        locality_code
    from core.fct_practice_scan
    where is_counted
    union distinct
    select
        'query' as needed,
        locality_code
    from core.fct_practice_scan_search
    union distinct
    select
        'readings' as needed,
        'K02000001' as locality_code
    from core.fct_practice_scan_code
    where is_disputed is not null
)

select
    value.metric_id,
    value.breakdown,
    value.locality_code
from metrics.metric_value as value
inner join core.dim_metric as metric
    on
        value.metric_id = metric.metric_id
        and metric.family = 'SCN'
left join input
    on
        case metric.metric_id when 'scan_searches_n' then 'query' when 'scan_alpha' then 'readings' else 'record' end
        = input.needed
        and value.locality_code = input.locality_code
where
    value.value is not null
    and input.locality_code is null
