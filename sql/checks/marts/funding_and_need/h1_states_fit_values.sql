-- H1: Money and need have a value if and only if their state allows one, and have a reason where the state is not ok.
select
    locality_code,
    funding_metric_id,
    window_id,
    funding_state,
    need_state
from marts.funding_and_need
where
    (funding_state in ('ok', 'ok_low')) <> (funding_gbp_per_head is not null)
    or (need_state in ('ok', 'ok_low')) <> (dep_prop10_areas is not null)
    or (dep_prop10_areas is null) <> (dep_avg_rank_percentile_areas is null)
    or (funding_state <> 'ok' and array_length(funding_reason_codes) = 0)
    or (need_state <> 'ok' and array_length(need_reason_codes) = 0)
