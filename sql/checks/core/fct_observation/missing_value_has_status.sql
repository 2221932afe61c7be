-- H1: a value that is missing says why.
select
    indicator_id,
    item_wording_id,
    area_code,
    period_start
from core.fct_observation
where value is null and value_status is null
