-- H12: The eight counts of states sum to the number of metrics, which is the same for every locality.
with counted as (
    select
        locality_code,
        count(*) as counts_n,
        sum(value) as states,
        max(n_den) as metrics_n
    from metrics.quality
    where metric_id = 'q_states'
    group by locality_code
),

expected as (
    select count(*) as metrics_n
    from core.dim_metric
    where
        scope = 'locality'
        and has_whole
        and not is_of_other_metrics
)

select
    locality.locality_code,
    counted.states,
    counted.metrics_n,
    expected.metrics_n as metrics_expected
from core.dim_locality as locality
cross join expected
left join counted using (locality_code)
where
    counted.locality_code is null
    or counted.counts_n <> 8
    or counted.states <> counted.metrics_n
    or counted.metrics_n <> expected.metrics_n
