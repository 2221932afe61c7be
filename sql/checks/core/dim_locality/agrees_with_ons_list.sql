-- H5: Every local authority in a landed ONS list is a locality or has a recorded successor, because data published
-- under an unknown code would be lost.
select
    listed.lad_code,
    listed.lad_name,
    listed.list_year
from staging.ons__locality as listed
left join core.bridge_locality_code as bridge
    on listed.lad_code = bridge.area_code
left join core.dim_locality as locality
    on bridge.locality_code = locality.locality_code
where locality.locality_code is null
