-- H5: Every share of an award belongs to a current locality or is unallocated.
select
    bridge.award_key,
    award.source_row,
    bridge.basis,
    bridge.locality_code,
    award.source_id,
    award.file_sha256
from core.bridge_award_locality as bridge
left join core.dim_locality as locality using (locality_code)
left join core.fct_award as award using (award_key)
where
    bridge.locality_code <> 'unallocated'
    and locality.locality_code is null
