-- H7: Money and need each say how their interval was made or why they have none.
select
    locality_code,
    funding_metric_id,
    window_id,
    funding_ci_method,
    need_ci_method
from marts.funding_and_need
where
    (funding_lci is null) <> (funding_uci is null)
    or funding_lci > funding_gbp_per_head
    or funding_gbp_per_head > funding_uci
    or (funding_lci is null) <> (funding_ci_method like 'none:%')
    or (funding_gbp_per_head is null) <> (funding_ci_method = 'none:no_value')
    or (dep_prop10_areas is null) <> (need_ci_method = 'none:no_value')
    or need_ci_method not like 'none:%'
