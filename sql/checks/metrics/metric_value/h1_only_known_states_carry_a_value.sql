-- H1: ok, ok_low and searched_none_found always carry a value, every other state never does, and nothing found is
-- nought.
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
