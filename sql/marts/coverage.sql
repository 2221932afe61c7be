-- One row per metric and nation: how many areas have a value, and why the others have none. Each area counts once, by
-- its headline row. For a metric that has parts only, it counts by the part of its headline period with a value, if
-- there is one. Areas to which a metric does not apply are not counted. Order 1 is the largest gap.
with area as (
    select
        locality_code as area_code,
        nation,
        'locality' as scope
    from core.dim_locality
    union all
    select
        nation_code as area_code,
        nation,
        case nation when 'United Kingdom' then 'corpus' else 'nation' end as scope
    from core.dim_nation
),

part as (
    select
        value.metric_id,
        value.locality_code,
        value.state,
        value.reason_codes,
        value.state_reason,
        row_number() over (
            partition by value.metric_id, value.locality_code
            order by case when value.value is null then 1 else 0 end asc, value.breakdown asc
        ) as preference
    from metrics.metric_value as value
    inner join core.dim_metric as metric using (metric_id)
    left join metrics.headline_period as headline using (metric_id, locality_code, period_start, period_end)
    where
        not metric.has_whole
        and (metric.is_of_other_metrics or headline.metric_id is not null)
),

representing as (
    select
        metric_id,
        locality_code,
        state,
        reason_codes,
        state_reason
    from metrics.headline_value
    union all
    select
        metric_id,
        locality_code,
        state,
        reason_codes,
        state_reason
    from part
    where preference = 1
),

headline as (
    select
        metric.metric_id,
        metric.family,
        metric.metric_name,
        area.nation,
        area.scope,
        representing.state,
        representing.reason_codes,
        representing.state_reason
    from representing
    inner join core.dim_metric as metric using (metric_id)
    inner join area
        on
            representing.locality_code = area.area_code
            and metric.scope = area.scope
),

counted as (
    select
        metric_id,
        family,
        metric_name,
        nation,
        scope,
        count(*) as areas_n,
        count(case when state = 'ok' then 1 end) as ok_n,
        count(case when state = 'ok_low' then 1 end) as ok_low_n,
        count(case when state = 'suppressed' then 1 end) as suppressed_n,
        count(case when state = 'not_available' then 1 end) as not_available_n,
        count(case when state = 'not_applicable' then 1 end) as not_applicable_n,
        count(case when state = 'not_searched' then 1 end) as not_searched_n,
        count(case when state = 'searched_none_found' then 1 end) as searched_none_found_n,
        count(case when state = 'withheld' then 1 end) as withheld_n,
        count(case when state in ('suppressed', 'not_available', 'not_searched', 'withheld') then 1 end) as gap_n
    from headline
    group by metric_id, family, metric_name, nation, scope
),

reasoned as (
    select
        metric_id,
        nation,
        reason_codes,
        state_reason,
        count(*) as areas_n,
        row_number() over (
            partition by metric_id, nation
            order by case state when 'not_applicable' then 1 else 0 end asc, count(*) desc, state_reason asc
        ) as preference
    from headline
    where state not in ('ok', 'ok_low', 'searched_none_found')
    group by metric_id, nation, state, reason_codes, state_reason
)

select
    counted.*,
    cast(counted.gap_n as double) / nullif(counted.areas_n - counted.not_applicable_n, 0) as gap_share,
    reasoned.reason_codes as main_reason_codes,
    reasoned.state_reason as main_reason,
    reasoned.areas_n as main_reason_n,
    row_number() over (
        order by
            counted.gap_n desc,
            cast(counted.gap_n as double) / counted.areas_n desc,
            counted.metric_id asc,
            counted.nation asc
    ) as gap_order
from counted
left join reasoned
    on
        counted.metric_id = reasoned.metric_id
        and counted.nation = reasoned.nation
        and reasoned.preference = 1
