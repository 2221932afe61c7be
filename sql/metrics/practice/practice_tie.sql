-- One row per pair of organisations that a record names together. The pair says nothing about how close or how lasting
-- their cooperation was.
select
    one.locality_code,
    one.party_id as source_party_id,
    other.party_id as target_party_id,
    one.sector as source_sector,
    other.sector as target_sector,
    one.sector <> other.sector as is_cross_sector,
    count(distinct one.practice_id) as named_n,
    list_sort(array_agg(distinct one.practice_id)) as practice_ids
from metrics.practice_party as one
inner join metrics.practice_party as other
    on
        one.practice_id = other.practice_id
        and one.party_id < other.party_id
group by one.locality_code, one.party_id, other.party_id, one.sector, other.sector
