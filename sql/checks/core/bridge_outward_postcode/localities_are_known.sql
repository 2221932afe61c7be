-- Every outward postcode belongs to localities in core.dim_locality.
select
    bridge.outward_code,
    bridge.locality_code
from core.bridge_outward_postcode as bridge
left join core.dim_locality as locality using (locality_code)
where locality.locality_code is null
