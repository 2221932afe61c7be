-- Every state but ok says why.
select
    metric_id,
    locality_code,
    period,
    state
from metrics.metric_value
where
    state <> 'ok'
    and (state_reason is null or trim(state_reason) = '')
