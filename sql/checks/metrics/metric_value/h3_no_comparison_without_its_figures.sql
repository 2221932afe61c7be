-- H3: No comparison is imputed: what is worked out from survey figures stands only where the place has its own figure
-- of the period, a change where it has one at either end, a reliability where places of the nation have figures.
with valued as (
    select
        metric_id,
        figure_behind(metric_id) as figure_id,
        locality_code,
        period,
        period_start,
        period_end,
        metric_id like 'coh_reliability%' as is_of_group,
        metric_id like 'coh_change%' as is_change
    from metrics.metric_value
    where
        value is not null
        and is_of_figures(metric_id)
),

figure as (
    select distinct
        indicator.metric_id,
        observation.area_code,
        nation.nation_code,
        observation.period_start,
        observation.period_end
    from core.fct_observation as observation
    inner join core.dim_indicator as indicator
        on
            observation.indicator_id = indicator.indicator_id
            and observation.item_wording_id = indicator.item_wording_id
    left join core.dim_locality as locality
        on observation.area_code = locality.locality_code
    left join core.dim_nation as nation
        on locality.nation = nation.nation
    where
        observation.population_part = '{}'
        and observation.value is not null
)

select
    valued.metric_id,
    valued.locality_code,
    valued.period
from valued
left join figure
    on
        valued.figure_id = figure.metric_id
        and case when valued.is_of_group then figure.nation_code else figure.area_code end = valued.locality_code
group by valued.metric_id, valued.locality_code, valued.period, valued.period_start, valued.period_end, valued.is_change
having
    coalesce(max(case when figure.period_end = valued.period_end then 1 else 0 end), 0) = 0
    or coalesce(max(case when figure.period_start = valued.period_start then 1 else 0 end), 0) = 0
    or (valued.is_change and count(distinct figure.period_end) < 2)
