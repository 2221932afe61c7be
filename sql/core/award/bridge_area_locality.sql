-- One row per area code of the look-ups and the indices that is in one locality, with that locality.
with area_localities as (
    select
        lookup.area_code,
        bridge.locality_code
    from staging.ons__area_lookup as lookup
    inner join core.bridge_locality_code as bridge on lookup.lad_code = bridge.area_code
    union
    select
        small_area_code as area_code,
        locality_code
    from core.fct_small_area
)

select
    area_code,
    min(locality_code) as locality_code
from area_localities
group by area_code
having count(distinct locality_code) = 1
