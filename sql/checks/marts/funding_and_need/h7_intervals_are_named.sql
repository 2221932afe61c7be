-- H7: Money and need name the method of their interval or the reason why they have none.
select
    place.locality_code,
    place.funding_metric_id,
    place.window_id,
    place.funding_ci_method,
    place.need_ci_method
from marts.funding_and_need as place
left join core.dim_interval_method as funding_method
    on place.funding_ci_method = funding_method.ci_method
left join core.dim_interval_method as need_method
    on place.need_ci_method = need_method.ci_method
where
    funding_method.ci_method is null
    or need_method.ci_method is null
    or (place.funding_lci is null) <> (place.funding_uci is null)
    or place.funding_lci > place.funding_gbp_per_head
    or place.funding_gbp_per_head > place.funding_uci
    or (place.funding_lci is null) <> (funding_method.interval_kind = 'none')
    or (place.funding_gbp_per_head is null) <> (place.funding_ci_method = 'none:no_value')
    or (place.dep_prop10_areas is null) <> (place.need_ci_method = 'none:no_value')
    or need_method.interval_kind <> 'none'
