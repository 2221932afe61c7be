-- H5: Every share of an award belongs to a current locality or is unallocated.
select
    bridge.award_key,
    file.file_name,
    award.source_row,
    bridge.basis,
    bridge.locality_code,
    award.source_id,
    award.file_sha256
from core.bridge_award_locality as bridge
left join core.dim_locality as locality using (locality_code)
left join core.fct_award as award using (award_key)
left join core.dim_award_file as file
    on
        award.source_id = file.source_id
        and award.file_sha256 = file.file_sha256
where
    bridge.locality_code <> 'unallocated'
    and locality.locality_code is null
