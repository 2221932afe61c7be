-- Every percentage is between 0 and 100.
select
    observation.indicator_id,
    observation.area_code,
    observation.value,
    observation.source_row,
    observation.source_id,
    observation.file_sha256,
    observation.item_wording_id,
    observation.period_start
from core.fct_observation as observation
where
    observation.unit = 'pct'
    and observation.survey is not null
    and (observation.value < 0 or observation.value > 100)
