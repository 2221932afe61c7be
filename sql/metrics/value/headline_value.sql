-- One row per metric and area: the row of the whole that represents the metric. Metrics that describe other metrics
-- have one row per area. A metric that has parts only has no row, because no part represents it.
select
    value.metric_id,
    value.locality_code,
    metric.metric_name,
    metric.family,
    coalesce(locality.locality_name, nation.nation) as area_name,
    coalesce(locality.nation, nation.nation) as nation,
    value.period,
    value.period_start,
    value.period_end,
    value.staleness_days,
    value.value,
    value.unit,
    value.lci,
    value.uci,
    value.ci_method,
    value.state,
    value.reason_codes,
    value.state_reason,
    value.reliability,
    value.comparable_group,
    value.group_nation,
    value.group_kind,
    value.group_survey,
    value.group_wording,
    value.group_index,
    value.coverage,
    value.source_ids,
    value.input_hash
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
left join metrics.headline_period as headline using (metric_id, locality_code, period_start, period_end)
left join core.dim_locality as locality using (locality_code)
left join core.dim_nation as nation
    on value.locality_code = nation.nation_code
where
    value.breakdown = 'all'
    and metric.has_whole
    and (metric.is_of_other_metrics or headline.metric_id is not null)
