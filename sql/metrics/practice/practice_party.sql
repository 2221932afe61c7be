-- One row per practice and organisation named in it: the lead of a practice if it is one named organisation, and its
-- partners. Within a locality a name is one organisation in any spelling; across localities it is not, because many
-- names are shared.
with named as (
    select
        practice_id,
        lead_actor as party_name,
        lead_sector as sector,
        true as is_lead
    from core.fct_practice_study
    where
        lead_actor is not null
        and lead_sector is not null
    union all
    select
        practice_id,
        partner_name as party_name,
        sector,
        false as is_lead
    from core.bridge_practice_partner
),

placed as (
    select
        named.practice_id,
        practice.locality_code,
        practice.locality_code || ':' || name_key(named.party_name) as party_id,
        trim(named.party_name) as party_name,
        named.sector,
        named.is_lead,
        practice.source_id
    from named
    inner join core.fct_practice_study as practice using (practice_id)
),

-- If records differ on the sector of an organisation, the most frequent sector is used.
counted as (
    select
        party_id,
        sector,
        row_number() over (
            partition by party_id
            order by count(*) desc, sector asc
        ) as preference
    from placed
    group by party_id, sector
),

spelt as (
    select
        party_id,
        min(party_name) as party_name
    from placed
    group by party_id
)

select
    placed.practice_id,
    placed.party_id,
    placed.locality_code,
    spelt.party_name,
    counted.sector,
    max(placed.is_lead) as is_lead,
    min(placed.source_id) as source_id
from placed
inner join counted
    on
        placed.party_id = counted.party_id
        and counted.preference = 1
inner join spelt
    on placed.party_id = spelt.party_id
group by placed.practice_id, placed.party_id, placed.locality_code, spelt.party_name, counted.sector
