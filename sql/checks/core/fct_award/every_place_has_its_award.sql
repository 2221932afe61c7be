-- Every place that an award names belongs to an award.
select
    place.award_key,
    file.file_name,
    split_part(place.award_key, ':', 3) as source_row,
    place.role,
    place.rule,
    place.place,
    split_part(place.award_key, ':', 1) as source_id,
    file.file_sha256
from core.fct_award_place as place
left join core.fct_award as award on place.award_key = award.award_key
-- Where there is no award, its key still names source, file and row.
left join meta.landed_file as file
    on
        split_part(place.award_key, ':', 1) = file.source_id
        and split_part(place.award_key, ':', 2) = substr(file.file_sha256, 1, 12)
where award.award_key is null
