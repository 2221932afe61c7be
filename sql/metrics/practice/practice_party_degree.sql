-- One row per organisation of a place: how many others it is named with, and of how many sectors. An organisation that
-- is named alone has no tie and is still part of the network.
with body as (
    select
        party_id,
        locality_code,
        party_name,
        sector,
        count(*) as named_n,
        count(case when is_lead then 1 end) as leads_n,
        list_sort(array_agg(distinct source_id)) as source_ids
    from metrics.practice_party
    group by party_id, locality_code, party_name, sector
),

reached as (
    select
        source_party_id as party_id,
        target_party_id as neighbour_id,
        target_sector as neighbour_sector
    from metrics.practice_tie
    union all
    select
        target_party_id as party_id,
        source_party_id as neighbour_id,
        source_sector as neighbour_sector
    from metrics.practice_tie
)

select
    body.*,
    count(distinct reached.neighbour_id) as degree,
    count(distinct reached.neighbour_sector) as neighbour_sectors_n
from body
left join reached using (party_id)
group by
    body.party_id,
    body.locality_code,
    body.party_name,
    body.sector,
    body.named_n,
    body.leads_n,
    body.source_ids
