-- One row per name of a place that an award may print, without the words for a kind of authority (place_key): the names
-- of localities, and the listed names of other places. A key of two localities matches none, and the name of a locality
-- takes precedence.
with localities as (
    select
        place_key(name_key) as place_key,
        min(locality_code) as locality_code
    from core.bridge_locality_name
    group by place_key(name_key)
    having count(distinct locality_code) = 1
),

listed as (
    select
        place_key(name_key(place.place_name)) as place_key,
        min(place.breadth) as breadth,
        min(bridge.locality_code) as locality_code
    from staging.reference__award_place_name as place
    left join core.bridge_locality_code as bridge using (area_code)
    group by place_key(name_key(place.place_name))
)

select
    place_key,
    locality_code,
    'local' as breadth
from localities
union all
select
    listed.place_key,
    listed.locality_code,
    listed.breadth
from listed
left join localities using (place_key)
where localities.place_key is null
