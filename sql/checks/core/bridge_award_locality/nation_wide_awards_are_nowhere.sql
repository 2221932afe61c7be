-- An award for a region, a nation or more has no locality on the best basis, not even that of the recipient's address.
select
    bridge.award_key,
    award.source_row,
    bridge.locality_code,
    bridge.rule,
    award.source_id,
    award.file_sha256
from core.bridge_award_locality as bridge
inner join core.fct_award as award using (award_key)
where
    award.is_nation_wide
    and bridge.basis <> 'recipient'
    and bridge.locality_code <> 'unallocated'
