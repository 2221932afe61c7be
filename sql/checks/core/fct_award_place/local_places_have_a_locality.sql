-- A place has the outcome 'local' if and only if it has a locality.
select
    place.award_key,
    file.file_name,
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
left join core.dim_award_file as file using (source_id, file_sha256)
where (place.breadth = 'local') <> (place.locality_code is not null)
