-- H4: a survey speaks of its own nation only.
select
    observation.indicator_id,
    observation.item_wording_id,
    observation.area_code,
    indicator.nation as survey_nation
from core.fct_observation as observation
inner join core.dim_indicator as indicator
    on
        observation.indicator_id = indicator.indicator_id
        and observation.item_wording_id = indicator.item_wording_id
left join core.dim_locality as locality
    on observation.area_code = locality.locality_code
left join core.dim_nation as nation
    on observation.area_code = nation.nation_code
where coalesce(locality.nation, nation.nation) <> indicator.nation
