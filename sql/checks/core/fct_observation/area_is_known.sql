-- H5: Every observation is for a locality of April 2025 or for a nation.
select
    observation.indicator_id,
    observation.area_code,
    observation.period_start,
    observation.source_row,
    observation.source_id,
    observation.file_sha256
from core.fct_observation as observation
left join core.dim_locality as locality
    on observation.area_code = locality.locality_code
left join core.dim_nation as nation
    on observation.area_code = nation.nation_code
where locality.locality_code is null and nation.nation_code is null
