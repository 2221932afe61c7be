-- One row per survey percentage with an earlier period: its change from the last earlier period with the same wording.
with observed as (
    select distinct
        indicator.metric_id,
        observation.area_code,
        observation.period_start,
        observation.period_end,
        coalesce(observation.is_after_series_break, false) as is_after_series_break,
        comparable_group(indicator.nation, null, observation.survey, observation.item_wording_id, null, null)
            as comparable_group
    from core.fct_observation as observation
    inner join core.dim_indicator as indicator using (indicator_id, item_wording_id)
    where
        observation.population_part = '{}'
        and indicator.metric_id is not null
),

series as (
    select
        figure.metric_id,
        figure.locality_code,
        figure.period_start,
        figure.period_end,
        figure.value,
        figure.se,
        figure.low_reasons,
        figure.comparable_group,
        observed.is_after_series_break
    from metrics.cohesion as figure
    inner join observed
        on
            figure.metric_id = observed.metric_id
            and figure.locality_code = observed.area_code
            and figure.period_start = observed.period_start
            and figure.period_end = observed.period_end
            and figure.comparable_group = observed.comparable_group
    where figure.value is not null
),

paired as (
    select
        later.metric_id,
        later.locality_code,
        later.period_start,
        later.period_end,
        earlier.period_start as from_start,
        earlier.period_end as from_end,
        later.value - earlier.value as value,
        sqrt(later.se * later.se + earlier.se * earlier.se) as se,
        later.is_after_series_break = earlier.is_after_series_break as is_comparable,
        case
            when array_length(later.low_reasons) > 0 or array_length(earlier.low_reasons) > 0
                then reason('one_unreliable')
        end as low_reason,
        row_number() over (
            partition by
                later.metric_id, later.locality_code, later.comparable_group, later.period_start, later.period_end
            order by
                case when later.is_after_series_break = earlier.is_after_series_break then 0 else 1 end asc,
                earlier.period_end desc
        ) as nearness
    from series as later
    inner join series as earlier
        on
            later.metric_id = earlier.metric_id
            and later.locality_code = earlier.locality_code
            and later.comparable_group = earlier.comparable_group
            and later.period_end > earlier.period_end
)

select
    metric_id,
    locality_code,
    period_start,
    period_end,
    case when is_comparable then from_start end as change_from_start,
    case when is_comparable then from_end end as change_from_end,
    case when is_comparable then value end as change,
    case when is_comparable then se end as change_se,
    case
        when is_comparable
            then reasons([low_reason, case when se is null then reason('change_without_errors') end])
        else [reason('break_between')]
    end as change_reason_codes
from paired
where nearness = 1
