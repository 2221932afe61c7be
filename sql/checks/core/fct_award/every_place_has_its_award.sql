-- Every place that an award names belongs to an award.
select
    place.award_key,
    place.rule
from core.fct_award_place as place
left join core.fct_award as award on place.award_key = award.award_key
where award.award_key is null
