-- One row per locality: the newest figure for the question on influence, with its interval, within its comparable
-- group.
with newest as (
    select
        cohesion.locality_code,
        cohesion.comparable_group,
        cohesion.value,
        cohesion.lci,
        cohesion.uci,
        state_of(cast(null as varchar), cohesion.low_reasons) as state,
        row_number() over (
            partition by cohesion.locality_code
            order by cohesion.period_end desc, cohesion.period_start desc
        ) as age_order
    from metrics.cohesion as cohesion
    inner join core.dim_locality using (locality_code)
    where
        cohesion.metric_id = 'coh_influence_pct'
        and cohesion.value is not null
)

select
    comparable_group,
    locality_code,
    value,
    lci,
    uci,
    state,
    row_number() over (partition by comparable_group order by value, locality_code) as place_order
from newest
where age_order = 1
order by comparable_group, place_order
