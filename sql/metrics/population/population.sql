-- One row per value of the denominators, breakdown, area and period. Publishers print no interval with these estimates,
-- so there is none. The newest estimates of the nations are of different years, and only estimates of one year may be
-- compared, so the year is part of the comparable group.
with aged as (
    select
        locality_code,
        period_end,
        count(distinct age_code) as ages_n,
        count(distinct case when is_16plus then age_code end) as adult_ages_n,
        cast(sum(population_persons) as double) as persons,
        cast(sum(case when is_16plus then population_persons end) as double) as adults,
        cast(sum(case when not is_16plus then population_persons end) as double) as children,
        cast(sum(case when age_code >= 166 then population_persons end) as double) as persons_from_65,
        list_sort(array_agg(distinct source_id)) as source_ids
    from core.fct_population_age
    where age_code <> 200
    group by locality_code, period_end
),

-- The 75 single years from 16 to 90 and over, and the 91 of all ages: if one were missing, the sum would be too small.
by_age as (
    select
        'pop_16plus' as metric_id,
        locality_code,
        period_end,
        case when adult_ages_n = 75 then adults end as value,
        case when adult_ages_n = 75 then adults end as n_num,
        cast(null as double) as n_den,
        source_ids
    from aged
    where adult_ages_n > 0
    union all
    select
        'pop_under_16_share' as metric_id,
        locality_code,
        period_end,
        case when ages_n = 91 then children / nullif(persons, 0) end as value,
        case when ages_n = 91 then children end as n_num,
        case when ages_n = 91 then persons end as n_den,
        source_ids
    from aged
    union all
    select
        'pop_65plus_share' as metric_id,
        locality_code,
        period_end,
        case when ages_n = 91 then persons_from_65 / nullif(persons, 0) end as value,
        case when ages_n = 91 then persons_from_65 end as n_num,
        case when ages_n = 91 then persons end as n_den,
        source_ids
    from aged
)

select
    'pop_total' as metric_id,
    'all' as breakdown,
    locality_code,
    period_end as period_start,
    period_end,
    cast(population_persons as double) as value,
    'none:not_published' as ci_method,
    cast(population_persons as double) as n_num,
    cast(null as double) as n_den,
    cast(null as varchar) as gap_reason,
    [source_id] as source_ids,
    comparable_group('United Kingdom', null, null, null, null, cast(extract(year from period_end) as varchar))
        as comparable_group
from core.fct_population
union all
select
    metric_id,
    'all' as breakdown,
    locality_code,
    period_end as period_start,
    period_end,
    value,
    case when value is null then 'none:no_value' else 'none:not_published' end as ci_method,
    n_num,
    n_den,
    case when value is null then reason('ages_missing') end as gap_reason,
    case when value is null then cast([] as varchar[]) else source_ids end as source_ids,
    comparable_group('United Kingdom', null, null, null, null, cast(extract(year from period_end) as varchar))
        as comparable_group
from by_age
