-- H3: Every value of a family without a rule of its own is a published figure of that wording and period. Counts of
-- what is known need no input: zero known is a valid count.
with figure as (
    select distinct
        indicator.metric_id,
        observation.area_code,
        observation.period_start,
        observation.period_end,
        case metric.comparable_within
            when 'none' then 'none'
            else comparable_group(indicator.nation, null, observation.survey, observation.item_wording_id, null, null)
        end as comparable_group
    from core.fct_observation as observation
    inner join core.dim_indicator as indicator using (indicator_id, item_wording_id)
    inner join core.dim_metric as metric using (metric_id)
    where
        observation.population_part = '{}'
        and observation.value is not null
)

select
    value.metric_id,
    value.breakdown,
    value.locality_code,
    value.period
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
left join figure
    on
        case value.metric_id when 'bal_voice' then 'coh_influence_pct' else value.metric_id end = figure.metric_id
        and value.locality_code = figure.area_code
        and value.period_start = figure.period_start
        and value.period_end = figure.period_end
        -- Null where a metric is comparable within no group, and a null would match nothing.
        and case metric.comparable_within when 'none' then 'none' else value.comparable_group end
        = figure.comparable_group
where
    value.value is not null
    and metric.family not in ('POP', 'DEP', 'FUN', 'PRA', 'SCN', 'EQ', 'FRM')
    and value.metric_id not in ('bal_money', 'bal_practice')
    and (value.metric_id = 'bal_voice' or not metric.is_of_other_metrics)
    and figure.metric_id is null
