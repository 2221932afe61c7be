-- Counts of states by nation and metric: how much is known, not which nation does better.
select
    known.nation,
    metric.metric_name,
    metric.metric_name_cy,
    part.breakdown_name,
    part.breakdown_name_cy,
    known.period_start,
    known.period_end,
    known.localities_n,
    known.ok_n,
    known.ok_low_n,
    known.searched_none_found_n,
    known.not_searched_n,
    known.not_available_n,
    known.not_applicable_n,
    known.suppressed_n,
    known.withheld_n,
    known.median_value,
    known.median_state,
    known.median_state_reason,
    known.metric_id,
    known.breakdown
from marts.nation_comparison as known
inner join core.dim_metric as metric using (metric_id)
inner join core.dim_breakdown as part using (breakdown)
