-- No locality has under half or over twice the residents of its estimate before: a digit has not slipped.
with pair as (
    select
        locality_code,
        period_end,
        population_persons,
        lag(population_persons) over (partition by locality_code order by period_end) as persons_before
    from core.fct_population
)

select
    locality_code,
    period_end,
    population_persons,
    persons_before
from pair
where population_persons < persons_before / 2.0e0 or population_persons > persons_before * 2.0e0
