-- One row per award, location basis and locality. The 360Giving standard has no shares, so an award for several
-- localities is split by population. The equal split beside it measures the uncertainty of that choice. Money without a
-- locality goes to 'unallocated', so that the parts always sum to the award.
-- Beside a locality, a county or an unreadable place is a separate part. A nation or region only names the same place
-- more widely, and a country alone adds no information.
with parts as (
    select
        place.award_key,
        'beneficiary' as basis,
        coalesce(place.locality_code, 'unallocated') as locality_code,
        case
            when place.locality_code is null then 'part_unresolved'
            else place.rule
        end as rule,
        outcomes.beneficiary_parts_n as parts_n,
        true as is_best
    from core.fct_award_place as place
    inner join core.award_outcome as outcomes using (award_key)
    where
        outcomes.beneficiary_outcome = 'split'
        and place.role = 'beneficiary'
        and place.breadth in ('local', 'upper_tier', 'unknown')
        and place.rule <> 'country_alone'
    union all
    select
        award_key,
        'beneficiary' as basis,
        'unallocated' as locality_code,
        beneficiary_outcome as rule,
        1 as parts_n,
        beneficiary_outcome not in ('unresolved_name', 'not_published') as is_best
    from core.award_outcome
    where beneficiary_outcome <> 'split'
    union all
    select
        place.award_key,
        'recipient' as basis,
        place.locality_code,
        place.rule,
        outcomes.recipient_parts_n as parts_n,
        outcomes.beneficiary_outcome in ('unresolved_name', 'not_published') as is_best
    from core.fct_award_place as place
    inner join core.award_outcome as outcomes
        on
            place.award_key = outcomes.award_key
            and place.rule = outcomes.recipient_outcome
    where
        place.role = 'recipient'
        and place.breadth = 'local'
    union all
    select
        award_key,
        'recipient' as basis,
        'unallocated' as locality_code,
        recipient_outcome as rule,
        1 as parts_n,
        beneficiary_outcome in ('unresolved_name', 'not_published') as is_best
    from core.award_outcome
    where recipient_outcome not in ('recipient_location', 'recipient_postcode')
),

-- Several rules may find the same locality: the most direct rule is kept. Most awards have one part.
ranked as (
    select
        award_key,
        basis,
        locality_code,
        rule,
        is_best,
        row_number() over (
            partition by award_key, basis, locality_code
            order by
                case rule
                    when 'local_authority_code' then 1
                    when 'swapped_code' then 2
                    when 'small_area' then 3
                    when 'ward' then 4
                    when 'postcode' then 5
                    when 'name' then 6
                    else 7
                end,
                rule
        ) as preference
    from parts
    where parts_n > 1
),

weighted as (
    select
        ranked.award_key,
        ranked.basis,
        ranked.locality_code,
        ranked.rule,
        ranked.is_best,
        population.population_persons,
        count(*) over (partition by ranked.award_key, ranked.basis) as parts_n,
        count(population.population_persons) over (partition by ranked.award_key, ranked.basis) as known_n,
        sum(population.population_persons) over (partition by ranked.award_key, ranked.basis) as together_persons
    from ranked
    left join core.fct_population as population
        on
            ranked.locality_code = population.locality_code
            and population.is_latest
    where ranked.preference = 1
    union all
    select
        part.award_key,
        part.basis,
        part.locality_code,
        part.rule,
        part.is_best,
        population.population_persons,
        1 as parts_n,
        case when population.population_persons is null then 0 else 1 end as known_n,
        population.population_persons as together_persons
    from parts as part
    left join core.fct_population as population
        on
            part.locality_code = population.locality_code
            and population.is_latest
    where part.parts_n = 1
),

placed as (
    select
        award_key,
        basis,
        locality_code,
        rule,
        is_best,
        case
            when known_n = parts_n then population_persons / nullif(cast(together_persons as double), 0)
            else 1.0 / nullif(cast(parts_n as double), 0)
        end as weight,
        1.0 / nullif(cast(parts_n as double), 0) as weight_equal
    from weighted
)

-- The best basis is that of the beneficiaries, or that of the recipient where no beneficiary place is known.
select
    award_key,
    basis,
    locality_code,
    rule,
    weight,
    weight_equal
from placed
union all
select
    award_key,
    'best' as basis,
    locality_code,
    rule,
    weight,
    weight_equal
from placed
where is_best
