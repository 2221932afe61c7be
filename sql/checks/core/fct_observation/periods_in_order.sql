-- Every period ends on or after the day it starts.
select
    observation.indicator_id,
    observation.area_code,
    observation.period_start,
    observation.period_end,
    observation.source_row,
    observation.source_id,
    observation.file_sha256
from core.fct_observation as observation
where observation.period_end < observation.period_start
