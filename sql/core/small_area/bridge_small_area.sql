-- One row per small area and its locality. An area that two look-ups assign to different localities is left out.
select
    lookup.area_kind,
    lookup.area_code,
    min(bridge.locality_code) as locality_code
from staging.ons__area_lookup as lookup
inner join core.bridge_locality_code as bridge
    on lookup.lad_code = bridge.area_code
where lookup.area_kind in ('lsoa', 'soa')
group by lookup.area_kind, lookup.area_code
having count(distinct bridge.locality_code) = 1
