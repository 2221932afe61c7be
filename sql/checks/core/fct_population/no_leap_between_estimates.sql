-- The population of every locality is between half and twice its previous estimate, because a larger change indicates a
-- wrong digit.
with pair as (
    select
        locality_code,
        period_end,
        population_persons,
        lag(population_persons) over (partition by locality_code order by period_end) as persons_before
    from core.fct_population
)

select *
from pair
where population_persons < persons_before / 2.0e0 or population_persons > persons_before * 2.0e0
