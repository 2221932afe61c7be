-- H5: Every small area belongs to a locality of April 2025.
select
    index_id,
    small_area_code,
    small_area_name
from core.fct_small_area
where locality_code is null
