-- A percentage lies between 0 and 100.
select
    indicator_id,
    item_wording_id,
    area_code,
    period_start,
    value
from core.fct_observation
where unit = 'percent' and survey is not null and (value < 0 or value > 100)
