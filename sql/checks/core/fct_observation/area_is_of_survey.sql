-- H4: Every survey observation is for an area of the survey's own nation.
select
    observation.indicator_id,
    observation.area_code,
    indicator.nation as survey_nation,
    observation.source_row,
    observation.source_id,
    observation.file_sha256,
    observation.item_wording_id
from core.fct_observation as observation
inner join core.dim_indicator as indicator using (indicator_id, item_wording_id)
left join core.dim_locality as locality
    on observation.area_code = locality.locality_code
left join core.dim_nation as nation
    on observation.area_code = nation.nation_code
where coalesce(locality.nation, nation.nation) <> indicator.nation
