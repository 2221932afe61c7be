-- H7: An interval has both ends around the value and says how it was made; no value has no interval.
select
    metric_id,
    locality_code,
    period,
    lci,
    value,
    uci,
    ci_method
from metrics.metric_value
where
    ci_method is null
    or (lci is null) <> (uci is null)
    or lci > value
    or value > uci
    or (value is null and (lci is not null or ci_method <> 'none:no_value'))
    or (value is not null and lci is null and ci_method not like 'none:%')
    or (lci is not null and ci_method like 'none:%')
