-- One row per metric with a direction, locality and period: every value that has a direction and a comparable group,
-- and the reason where it may not be ranked. Measures without a direction or a comparable group are not here.
--
-- An unreliable survey figure is used with its error and gets a rank set, but no rank. It is unreliable because its
-- error is large in relation to its value, which affects low percentages first: a group without them would be biased.
-- Money is unreliable because of bias itself (awards that are missing or not dated), so it cannot be used.
with found as (
    select * from metrics.cohesion
    union all
    select * from metrics.published_figure
    union all
    select * from metrics.funding
    union all
    select * from metrics.balance
),

comparable as (
    select
        found.metric_id,
        found.locality_code,
        found.period_start,
        found.period_end,
        coalesce(
            found.comparable_group,
            case metric.comparable_within
                when 'group' then locality.comparable_group
                when 'nation' then locality.nation
                when 'uk' then 'UK'
            end
        ) as comparable_group,
        metric.direction,
        metric.unit,
        case
            when found.ci_method in ('byar', 'exact_poisson') then 'gamma'
            when metric.unit in ('pct', 'share') then 'logit_normal'
            else 'normal'
        end as noise,
        found.value,
        found.n_num,
        found.n_den,
        found.se,
        found.ci_method,
        found.low_reasons,
        found.note_reasons
    from found
    inner join core.dim_metric as metric using (metric_id)
    inner join core.dim_locality as locality using (locality_code)
    where
        found.breakdown = 'all'
        and found.value is not null
        and metric.direction in ('up', 'down')
        and metric.comparable_within in ('group', 'nation', 'uk')
),

judged as (
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        comparable_group,
        direction,
        unit,
        noise,
        value,
        n_num,
        n_den,
        se,
        case
            when array_length(low_reasons) > 0
                then joined_reasons([reason('value_unreliable')], joined_reasons(note_reasons, low_reasons))
        end as caution,
        case
            when array_length(low_reasons) > 0 and ci_method <> 'published' then reason('value_unreliable')
            when se is null then reason('no_error')
            when noise = 'gamma' and (n_num is null or n_den is null or n_den <= 0) then reason('no_count')
            when noise <> 'gamma' and se <= 0 then reason('zero_error')
            when noise = 'logit_normal' and unit = 'pct' and (value <= 0 or value >= 100)
                then reason('no_logit')
            when noise = 'logit_normal' and unit = 'share' and (value <= 0 or value >= 1)
                then reason('no_logit')
        end as hindrance
    from comparable
),

sized as (
    select
        metric_id,
        comparable_group,
        period_start,
        period_end,
        count(*) as n
    from judged
    where hindrance is null
    group by metric_id, comparable_group, period_start, period_end
)

select
    judged.metric_id,
    judged.locality_code,
    judged.comparable_group,
    judged.period_start,
    judged.period_end,
    judged.direction,
    judged.unit,
    judged.noise,
    judged.value,
    judged.n_num,
    judged.n_den,
    judged.se,
    case
        when judged.hindrance is not null or sized.n < 8 then 'withheld'
        when judged.caution is not null then 'ok_low'
        else 'ok'
    end as state,
    case
        when judged.hindrance = reason('value_unreliable') then judged.caution
        when judged.hindrance is not null then [judged.hindrance]
        when sized.n < 8 then [reason('few_compared', 8)]
        else coalesce(judged.caution, cast([] as varchar[]))
    end as reason_codes
from judged
left join sized using (metric_id, comparable_group, period_start, period_end)
