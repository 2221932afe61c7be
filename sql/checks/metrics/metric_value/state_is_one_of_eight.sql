-- Every row is in exactly one of the eight states.
select
    metric_id,
    locality_code,
    period,
    state
from metrics.metric_value
where
    state is null
    or state not in (
        'ok',
        'ok_low',
        'suppressed',
        'not_available',
        'not_applicable',
        'not_searched',
        'searched_none_found',
        'withheld'
    )
