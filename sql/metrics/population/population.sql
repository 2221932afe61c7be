-- One row per value of the denominators, breakdown, area and period. Publishers print no interval with these estimates,
-- so there is none. The newest estimates of the nations are of different years, and only estimates of one year may be
-- compared, so the year is part of the comparable group.
select
    'pop_total' as metric_id,
    'all' as breakdown,
    locality_code,
    period_end as period_start,
    period_end,
    cast(population_persons as double) as value,
    'none:not_published' as ci_method,
    cast(population_persons as double) as n_num,
    cast(null as varchar) as gap_reason,
    [source_id] as source_ids,
    comparable_group('United Kingdom', null, null, null, null, cast(extract(year from period_end) as varchar))
        as comparable_group
from core.fct_population
union all
-- The 75 single years from 16 to 90 and over: if one were missing, the sum would be too small.
select
    'pop_16plus' as metric_id,
    'all' as breakdown,
    locality_code,
    period_end as period_start,
    period_end,
    case when count(distinct age_code) = 75 then cast(sum(population_persons) as double) end as value,
    case when count(distinct age_code) = 75 then 'none:not_published' else 'none:no_value' end as ci_method,
    case when count(distinct age_code) = 75 then cast(sum(population_persons) as double) end as n_num,
    case when count(distinct age_code) < 75 then reason('ages_missing') end as gap_reason,
    case
        when count(distinct age_code) = 75 then list_sort(array_agg(distinct source_id)) else cast([] as varchar[])
    end as source_ids,
    comparable_group('United Kingdom', null, null, null, null, cast(extract(year from period_end) as varchar))
        as comparable_group
from core.fct_population_age
where is_16plus
group by locality_code, period_end
