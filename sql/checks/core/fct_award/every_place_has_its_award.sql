-- Every place row of an award file belongs to an award.
select
    place.award_key,
    place.source_row,
    place.role,
    place.rule,
    place.place,
    place.source_id,
    place.file_sha256
from core.fct_award_place as place
left join core.fct_award as award using (award_key)
where award.award_key is null
