-- Every period ends on or after the day it starts.
select
    observation.indicator_id,
    observation.area_code,
    observation.period_start,
    observation.period_end,
    file.file_name,
    observation.source_row,
    observation.source_id,
    observation.file_sha256
from core.fct_observation as observation
left join meta.landed_file as file using (source_id, file_sha256)
where observation.period_end < observation.period_start
