-- A place has the outcome 'local' if and only if it has a locality.
select
    place.award_key,
    place.source_row,
    place.rule,
    place.place,
    place.breadth,
    place.locality_code,
    place.role,
    place.location_number,
    place.source_id,
    place.file_sha256
from core.fct_award_place as place
where (place.breadth = 'local') <> (place.locality_code is not null)
