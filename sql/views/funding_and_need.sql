-- Money and deprivation of each locality, side by side and never as one score.
select
    need.locality_name,
    locality.locality_name_cy,
    need.nation,
    metric.metric_name,
    metric.metric_name_cy,
    need.window_id,
    need.period_start,
    need.period_end,
    need.funding_gbp_per_head,
    need.funding_lci,
    need.funding_uci,
    need.funding_state,
    need.funding_state_reason,
    need.dep_prop10_areas,
    need.dep_avg_rank_percentile_areas,
    need.need_group,
    need.need_state,
    need.need_state_reason,
    need.locality_code
from marts.funding_and_need as need
inner join core.dim_locality as locality using (locality_code)
inner join core.dim_metric as metric
    on need.funding_metric_id = metric.metric_id
