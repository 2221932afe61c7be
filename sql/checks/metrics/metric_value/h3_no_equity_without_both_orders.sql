-- H3: Every measure of distribution by deprivation is based on at least eight localities of the nation that have both a
-- deprivation profile and the measured data; the share of money placed by the recipient's address needs one locality,
-- and the register needs one record.
with valued as (
    select
        value.metric_id,
        value.locality_code as nation_code,
        value.period,
        value.period_start,
        value.period_end,
        case when value.metric_id in ('eq_hq_share_funding', 'eq_hq_share_funding_all') then 1 else 8 end as needed_n,
        metric.series
    from metrics.metric_value as value
    inner join core.dim_metric as metric using (metric_id)
    where
        value.value is not null
        and metric.family = 'EQ'
),

place as (
    select distinct
        locality.locality_code,
        nation.nation_code
    from core.dim_locality as locality
    inner join core.dim_nation as nation using (nation)
    inner join core.fct_deprivation_profile using (locality_code)
),

series_locality as (
    select
        scope.series,
        bridge.locality_code,
        period.period_start,
        period.period_end
    from metrics.award_counted as counted
    inner join core.bridge_award_locality as bridge
        on
            counted.award_key = bridge.award_key
            and bridge.basis = 'best'
            and bridge.weight > 0
    inner join metrics.award_window as period using (window_id)
    cross join (values ('funding'), ('funding_all')) as scope (series)
    where
        period.window_id <> 'place_funds'
        and (scope.series = 'funding_all' or counted.in_scope_local)
    union distinct
    select
        'funding_all' as series,
        summary.locality_code,
        period.period_start,
        period.period_end
    from core.fct_award_summary as summary
    cross join metrics.award_window as period
    where
        period.origin <> 'award_rows'
        and summary.awards_n > 0
    union distinct
    select
        case indicator.metric_id when 'coh_influence_pct' then 'voice' else 'volunteering' end as series,
        observation.area_code as locality_code,
        observation.period_start,
        observation.period_end
    from core.fct_observation as observation
    inner join core.dim_indicator as indicator using (indicator_id, item_wording_id)
    where
        indicator.metric_id in ('coh_influence_pct', 'coh_volunteer_any_pct', 'coh_volunteer_past_year_pct')
        and observation.population_part = '{}'
        and observation.value is not null
),

standing as (
    select
        series_locality.series,
        place.nation_code,
        series_locality.period_start,
        series_locality.period_end,
        count(*) as places_n
    from series_locality
    inner join place using (locality_code)
    group by series_locality.series, place.nation_code, series_locality.period_start, series_locality.period_end
    union all
    select
        'recording' as series,
        nation.nation_code,
        build.as_of as period_start,
        build.as_of as period_end,
        case when count(practice.practice_id) > 0 then 8 else 0 end as places_n
    from core.dim_nation as nation
    cross join meta.build as build
    inner join core.dim_locality as locality using (nation)
    left join core.fct_practice_study as practice
        on
            locality.locality_code = practice.locality_code
            and practice.geo_precision in ('lad', 'sub_lad')
    group by nation.nation_code, build.as_of
)

select
    valued.metric_id,
    valued.nation_code,
    valued.period
from valued
left join standing using (series, nation_code, period_start, period_end)
where coalesce(standing.places_n, 0) < valued.needed_n
