-- H12: The counts of states are computed from the headline rows, each metric once, without metrics that describe other
-- metrics.
with expected as (
    select
        value.locality_code,
        value.state,
        count(*) as metrics_n
    from metrics.headline_value as value
    inner join core.dim_metric as metric using (metric_id)
    inner join core.dim_locality using (locality_code)
    where not metric.is_of_other_metrics
    group by value.locality_code, value.state
)

select
    counted.metric_id,
    counted.breakdown,
    counted.locality_code,
    counted.value,
    expected.metrics_n
from metrics.quality as counted
left join expected
    on
        counted.locality_code = expected.locality_code
        and counted.breakdown = 'state_' || expected.state
where
    counted.metric_id = 'q_states'
    and (
        counted.value is null
        or counted.value <> expected.metrics_n
        or (expected.metrics_n is null and counted.value <> 0)
    )
