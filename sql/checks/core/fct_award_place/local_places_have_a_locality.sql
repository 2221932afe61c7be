-- A place is local exactly where it has a locality.
select
    place.award_key,
    file.file_name,
    award.source_row,
    place.role,
    place.location_number,
    place.rule,
    place.place,
    place.breadth,
    place.locality_code,
    award.source_id,
    award.file_sha256
from core.fct_award_place as place
left join core.fct_award as award on place.award_key = award.award_key
left join meta.landed_file as file
    on
        award.source_id = file.source_id
        and award.file_sha256 = file.file_sha256
where (place.breadth = 'local') <> (place.locality_code is not null)
