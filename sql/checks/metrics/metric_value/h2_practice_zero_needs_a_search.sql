-- H2: A row is in the state searched_none_found only where a search found nothing and the register has no record of the
-- locality; any other zero is computed from records of the locality.
with recorded as (
    select distinct locality_code
    from core.fct_practice_study
    where geo_precision in ('lad', 'sub_lad')
),

found_nothing as (
    select locality_code
    from core.fct_practice_search
    group by locality_code
    having min(result) = 'none_found' and max(result) = 'none_found'
)

select
    value.metric_id,
    value.locality_code,
    value.state
from metrics.metric_value as value
inner join core.dim_metric as metric
    on
        value.metric_id = metric.metric_id
        and metric.family = 'PRA'
left join recorded using (locality_code)
left join found_nothing using (locality_code)
where
    (
        value.state = 'searched_none_found'
        and (found_nothing.locality_code is null or recorded.locality_code is not null)
    )
    or (
        value.value = 0
        and value.state <> 'searched_none_found'
        and (recorded.locality_code is null or value.n_den is null or value.n_den = 0)
    )
