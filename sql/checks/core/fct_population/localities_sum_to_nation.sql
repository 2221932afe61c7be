-- H6: The populations of all localities of a nation sum to the nation's own estimate, to within one in a thousand.
with nation as (
    select
        nation.nation,
        cast(estimate.date_code || '-06-30' as date) as period_end,
        max(estimate.population_persons) as population_persons
    from staging.nomis__population as estimate
    inner join core.dim_nation as nation
        on estimate.area_code = nation.nation_code
    where estimate.gender_code = 0 and estimate.age_code = 200
    group by nation.nation, estimate.date_code
),

locality as (
    select
        locality.nation,
        population.period_end,
        count(*) as localities_n,
        sum(population.population_persons) as population_persons
    from core.fct_population as population
    inner join core.dim_locality as locality using (locality_code)
    group by locality.nation, population.period_end
),

whole as (
    select
        nation,
        count(*) as localities_n
    from core.dim_locality
    group by nation
)

select
    nation.nation,
    nation.period_end,
    nation.population_persons as nation_persons,
    locality.population_persons as localities_persons,
    locality.population_persons - nation.population_persons as difference_persons
from nation
inner join locality using (nation, period_end)
inner join whole using (nation, localities_n)
where abs(locality.population_persons - nation.population_persons) > nation.population_persons / 1000e0
