-- H5: every observation is of a locality of April 2025 or of a nation.
select
    observation.indicator_id,
    observation.area_code
from core.fct_observation as observation
left join core.dim_locality as locality
    on observation.area_code = locality.locality_code
left join core.dim_nation as nation
    on observation.area_code = nation.nation_code
where locality.locality_code is null and nation.nation_code is null
