-- H3: Every statistic has its value, every statistic of a survey has a figure of the area in that period, and every
-- change also has a figure of the earlier period that it names.
with figure as (
    select distinct
        indicator.metric_id,
        observation.area_code,
        observation.period_start,
        observation.period_end
    from core.fct_observation as observation
    inner join core.dim_indicator as indicator using (indicator_id, item_wording_id)
    where
        observation.population_part = '{}'
        and observation.value is not null
)

select
    statistic.metric_id,
    statistic.locality_code,
    statistic.period_start,
    statistic.period_end,
    value.value,
    statistic.shrunk_value,
    statistic.group_difference,
    statistic.change,
    statistic.group_reliability
from metrics.value_statistic as statistic
left join metrics.metric_value as value
    on
        statistic.metric_id = value.metric_id
        and value.breakdown = 'all'
        and statistic.locality_code = value.locality_code
        and statistic.period_start = value.period_start
        and statistic.period_end = value.period_end
left join figure
    on
        statistic.metric_id = figure.metric_id
        and statistic.locality_code = figure.area_code
        and statistic.period_start = figure.period_start
        and statistic.period_end = figure.period_end
left join figure as earlier
    on
        statistic.metric_id = earlier.metric_id
        and statistic.locality_code = earlier.area_code
        and statistic.change_from_start = earlier.period_start
        and statistic.change_from_end = earlier.period_end
where
    value.value is null
    or (
        figure.metric_id is null
        and coalesce(
            statistic.shrunk_value, statistic.group_difference, statistic.change, statistic.group_reliability
        ) is not null
    )
    or (statistic.change is not null and earlier.metric_id is null)
    or ((statistic.shrunk_value is not null or statistic.group_difference is not null) and value.se is null)
