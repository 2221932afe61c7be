-- One row per award: whether its localities are known from the places of its beneficiaries and of its recipient, or why
-- not. An award for a wider area, or for an area with a code that no look-up has, never moves to the recipient's
-- locality. A missing look-up may remove a locality, but must not add another one.
with beneficiary_found as (
    select
        award_key,
        max(case when breadth = 'local' then 1 else 0 end) as has_local,
        count(case when breadth in ('local', 'upper_tier', 'unknown') and rule <> 'country_alone' then 1 end)
            as parts_n,
        max(case when breadth = 'upper_tier' then 1 else 0 end) as has_upper_tier,
        max(case when rule = 'unresolved_code' then 1 else 0 end) as has_unresolved_code,
        max(case when rule in ('unresolved_name', 'unresolved_postcode') then 1 else 0 end) as has_unresolved_name
    from core.fct_award_place
    where role = 'beneficiary'
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
)

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
left join beneficiary_found as beneficiary using (award_key)
left join recipient_found as recipient using (award_key)
