-- H18: Every factor whose effect is measured has its draws on record, each with its seed.
with logged as (
    select
        nation,
        factor,
        count(*) as draws_n
    from metrics.uncertainty_draw
    where layer = 'combined'
    group by nation, factor
),

expected as (
    select
        nation,
        max(draw) as draws_n
    from metrics.uncertainty_draw
    group by nation
)

select
    sensitivity.nation,
    sensitivity.factor,
    logged.draws_n
from metrics.composite_sensitivity as sensitivity
left join logged using (nation, factor)
left join expected using (nation)
where
    sensitivity.target = 'any score'
    and (logged.draws_n is null or logged.draws_n <> expected.draws_n)
