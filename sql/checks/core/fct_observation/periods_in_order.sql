-- A period does not end before it starts.
select
    indicator_id,
    area_code,
    period_start,
    period_end
from core.fct_observation
where period_end < period_start
