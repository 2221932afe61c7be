-- H1: Every row in the state ok, ok_low or searched_none_found has a value, no row in another state has one, and the
-- value of searched_none_found is zero.
select
    metric_id,
    locality_code,
    period,
    state,
    value
from metrics.metric_value
where
    (state in ('ok', 'ok_low', 'searched_none_found')) <> (value is not null)
    or (state = 'searched_none_found' and value <> 0)
