-- One row per award, location basis and locality. The 360Giving standard has no shares, so an award for several
-- localities is split by population. The equal split beside it measures the uncertainty of that choice. Money without a
-- locality goes to 'unallocated', so that the parts always sum to the award.
with beneficiary_places as (
    select
        place.award_key,
        place.rule,
        place.locality_code,
        place.breadth
    from core.fct_award_place as place
    inner join core.fct_award as award on place.award_key = award.award_key
    where
        place.role = 'beneficiary'
        and not award.is_nation_wide
),

beneficiary_found as (
    select
        award_key,
        max(case when breadth = 'local' then 1 else 0 end) as has_local,
        count(case when breadth in ('local', 'upper_tier', 'unknown') and rule <> 'country_alone' then 1 end)
            as parts_n,
        max(case when breadth = 'upper_tier' then 1 else 0 end) as has_upper_tier,
        max(case when rule = 'unresolved_code' then 1 else 0 end) as has_unresolved_code,
        max(case when rule in ('unresolved_name', 'unresolved_postcode') then 1 else 0 end) as has_unresolved_name
    from beneficiary_places
    group by award_key
),

recipient_found as (
    select
        award_key,
        max(case when breadth = 'local' and rule = 'recipient_location' then 1 else 0 end) as has_location,
        max(case when breadth = 'local' and rule = 'recipient_postcode' then 1 else 0 end) as has_postcode,
        max(case when rule = 'unresolved_postcode' then 1 else 0 end) as has_unresolved_postcode,
        count(case when breadth = 'local' and rule = 'recipient_location' then 1 end) as locations_n,
        count(case when breadth = 'local' and rule = 'recipient_postcode' then 1 end) as postcodes_n
    from core.fct_award_place
    where role = 'recipient'
    group by award_key
),

-- An award for a wider area, or for an area with a code that no look-up has, never moves to the recipient's locality. A
-- missing look-up may remove a locality, but must not add another one.
outcomes as (
    select
        award.award_key,
        case
            when award.is_nation_wide then 'nation_wide'
            when beneficiary.has_local = 1 then 'split'
            when beneficiary.has_upper_tier = 1 then 'upper_tier'
            when beneficiary.has_unresolved_code = 1 then 'unresolved_code'
            when beneficiary.has_unresolved_name = 1 then 'unresolved_name'
            else 'not_published'
        end as beneficiary_outcome,
        case
            when award.is_to_individual then 'individual'
            when recipient.has_location = 1 then 'recipient_location'
            when recipient.has_postcode = 1 then 'recipient_postcode'
            when recipient.has_unresolved_postcode = 1 then 'unresolved_postcode'
            else 'not_published'
        end as recipient_outcome,
        beneficiary.parts_n as beneficiary_parts_n,
        case when recipient.has_location = 1 then recipient.locations_n else recipient.postcodes_n end
            as recipient_parts_n
    from core.fct_award as award
    left join beneficiary_found as beneficiary on award.award_key = beneficiary.award_key
    left join recipient_found as recipient on award.award_key = recipient.award_key
),

-- Beside a locality, a county or an unreadable place is a separate part. A nation or region only names the same place
-- more widely, and a country alone adds no information.
parts as (
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
    from beneficiary_places as place
    inner join outcomes on place.award_key = outcomes.award_key
    where
        outcomes.beneficiary_outcome = 'split'
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
    from outcomes
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
    inner join outcomes
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
    from outcomes
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
