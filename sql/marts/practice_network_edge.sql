-- One row per pair of organisations that a record names together. The names beside the ids make the table readable by
-- itself.
with party as (
    select distinct
        party_id,
        party_name
    from metrics.practice_party
)

select
    tie.source_party_id,
    tie.target_party_id,
    source.party_name as source_name,
    target.party_name as target_name,
    tie.locality_code,
    tie.is_cross_sector,
    cast(tie.named_n as double) as weight,
    tie.practice_ids
from metrics.practice_tie as tie
inner join party as source
    on tie.source_party_id = source.party_id
inner join party as target
    on tie.target_party_id = target.party_id
