-- One row per locality and indicator of the composite of its nation, at the newest period in which any of these
-- localities has a reliable value, with the reason where a value cannot be used.
with candidate as (
    select
        indicator.metric_id,
        indicator.role,
        indicator.pillar_id,
        indicator.is_logged,
        metric.direction,
        locality.nation,
        value.locality_code,
        value.period_start,
        value.period_end,
        value.value,
        value.unit,
        value.n_num,
        value.n_den,
        value.se,
        value.state,
        value.reason_codes,
        value.ci_method,
        case
            when indicator.metric_id = 'fun_per_head' then 'awards'
            when value.ci_method in ('byar', 'exact_poisson') then 'gamma'
            when value.unit in ('pct', 'share') then 'logit_normal'
            else 'normal'
        end as noise
    from core.dim_composite_indicator as indicator
    inner join core.dim_metric as metric using (metric_id)
    inner join metrics.metric_value as value
        on
            indicator.metric_id = value.metric_id
            and value.breakdown = 'all'
    inner join core.dim_locality as locality using (locality_code)
    where
        value.value is not null
        and list_contains(metric.nations, locality.nation)
),

judged as (
    select
        metric_id,
        nation,
        locality_code,
        period_start,
        period_end,
        value,
        unit,
        n_num,
        n_den,
        se,
        noise,
        -- As in a rank, an unreliable survey figure is used with its error, and unreliable money is not used.
        case
            when role = 'external' then null
            when state = 'ok_low' and ci_method <> 'published' then reason('value_unreliable')
            when noise = 'awards' then null
            when se is null then reason('no_error')
            when noise = 'logit_normal' and (value <= 0 or value >= case when unit = 'pct' then 100 else 1 end)
                then reason('no_logit')
        end as hindrance,
        reason_codes
    from candidate
),

newest as (
    select
        metric_id,
        nation,
        period_start,
        period_end,
        row_number() over (
            partition by metric_id, nation
            order by period_end desc, period_start desc
        ) as recency
    from judged
    where hindrance is null
    group by metric_id, nation, period_start, period_end
),

people as (
    select
        locality_code,
        population_persons,
        row_number() over (
            partition by locality_code
            order by period_end desc
        ) as recency
    from core.fct_population
),

expected as (
    select
        indicator.metric_id,
        indicator.role,
        indicator.pillar_id,
        indicator.is_logged,
        metric.direction,
        locality.locality_code,
        locality.nation,
        locality.comparable_group,
        newest.period_start,
        newest.period_end,
        people.population_persons
    from core.dim_composite_indicator as indicator
    inner join core.dim_metric as metric using (metric_id)
    cross join core.dim_locality as locality
    left join newest
        on
            indicator.metric_id = newest.metric_id
            and locality.nation = newest.nation
            and newest.recency = 1
    left join people
        on
            locality.locality_code = people.locality_code
            and people.recency = 1
    where list_contains(metric.nations, locality.nation)
)

select
    expected.*,
    case when judged.hindrance is null then judged.value end as value,
    judged.unit,
    judged.noise,
    case when judged.hindrance is null then judged.n_num end as n_num,
    case when judged.hindrance is null then judged.n_den end as n_den,
    case when judged.hindrance is null then judged.se end as se,
    coalesce(expected.population_persons < 20000, false) as is_small_population,
    case
        when expected.period_end is null then [reason('no_sound_value')]
        when judged.locality_code is null then [reason('no_value_newest')]
        when judged.hindrance = reason('value_unreliable') then joined_reasons([judged.hindrance], judged.reason_codes)
        when judged.hindrance is not null then [judged.hindrance]
        else cast([] as varchar[])
    end as hindrance_codes,
    date_diff('day', expected.period_end, build.as_of) as staleness_days
from expected
cross join meta.build as build
left join judged using (metric_id, locality_code, period_start, period_end)
