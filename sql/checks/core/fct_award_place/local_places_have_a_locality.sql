-- A place is local exactly where it has a locality, and every place belongs to an award.
select
    place.award_key,
    place.rule,
    place.breadth,
    place.locality_code
from core.fct_award_place as place
left join core.fct_award as award on place.award_key = award.award_key
where
    (place.breadth = 'local') <> (place.locality_code is not null)
    or award.award_key is null
