-- H14: Every suppressed or withheld row has no interval, numerator or error from which its value could be computed.
select
    metric_id,
    locality_code,
    period,
    state
from metrics.metric_value
where
    state in ('suppressed', 'withheld')
    and (lci is not null or uci is not null or n_num is not null or se is not null)
