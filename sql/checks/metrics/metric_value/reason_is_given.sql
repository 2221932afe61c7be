-- Every row in a state other than ok has a reason.
select
    metric_id,
    locality_code,
    period,
    state
from metrics.metric_value
where
    state <> 'ok'
    and array_length(reason_codes) = 0
