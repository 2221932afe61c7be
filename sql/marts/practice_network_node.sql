-- One row per organisation named in the practice register. Counties have their own code, because their records are not
-- assigned to localities.
select
    party.party_id,
    party.party_name,
    name_key(party.party_name) as name_key,
    party.sector,
    party.locality_code,
    locality.locality_name,
    locality.nation,
    party.named_n,
    party.leads_n,
    party.degree,
    party.neighbour_sectors_n,
    party.degree >= 2 and party.neighbour_sectors_n >= 2 as is_bridging
from metrics.practice_party_degree as party
left join core.dim_locality as locality using (locality_code)
