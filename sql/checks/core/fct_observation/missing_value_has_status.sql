-- H1: Every missing value has a status that gives the cause.
select
    observation.indicator_id,
    observation.area_code,
    observation.period_start,
    observation.source_row,
    observation.source_id,
    observation.file_sha256,
    observation.item_wording_id
from core.fct_observation as observation
where
    observation.value is null
    and observation.value_status is null
