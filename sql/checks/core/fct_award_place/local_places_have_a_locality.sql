-- A place is local exactly where it has a locality.
select
    place.award_key,
    file.file_name,
    split_part(place.award_key, ':', 3) as source_row,
    place.rule,
    place.place,
    place.breadth,
    place.locality_code,
    place.role,
    place.location_number,
    split_part(place.award_key, ':', 1) as source_id,
    file.file_sha256
from core.fct_award_place as place
-- The awards are made after their places, but their key names source, file and row.
left join meta.landed_file as file
    on
        split_part(place.award_key, ':', 1) = file.source_id
        and split_part(place.award_key, ':', 2) = substr(file.file_sha256, 1, 12)
where (place.breadth = 'local') <> (place.locality_code is not null)
