-- H5: Every small area belongs to a locality of its own nation.
select
    area.index_id,
    area.small_area_code,
    area.nation,
    area.locality_code
from core.fct_small_area as area
left join core.dim_locality as locality using (locality_code, nation)
where area.locality_code is not null and locality.locality_code is null
