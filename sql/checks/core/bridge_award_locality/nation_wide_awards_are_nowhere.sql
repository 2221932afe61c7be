-- An award for a region, a nation or more is in no locality on the best basis: never at the recipient's address.
select
    bridge.award_key,
    bridge.locality_code,
    bridge.rule
from core.bridge_award_locality as bridge
inner join core.fct_award as award on bridge.award_key = award.award_key
where
    award.is_nation_wide
    and bridge.basis <> 'recipient'
    and bridge.locality_code <> 'unallocated'
