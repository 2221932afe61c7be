-- H5: Every share goes to a current locality or is unallocated.
select
    bridge.award_key,
    bridge.locality_code
from core.bridge_award_locality as bridge
left join core.dim_locality as locality on bridge.locality_code = locality.locality_code
where
    bridge.locality_code <> 'unallocated'
    and locality.locality_code is null
