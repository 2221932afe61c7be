-- H3: Every measure of deprivation has the small areas of its index, with people or scores where it is of them.
with index_count as (
    select
        index_id,
        locality_code,
        count(*) as areas_n,
        count(population_persons) as peopled_n,
        count(overall_score) as scored_n
    from core.fct_small_area
    group by index_id, locality_code
),

-- An index gives counts of areas for every locality, but measures of people or scores only where all areas have them.
index_given as (
    select
        profile.locality_code,
        make_date(edition.index_year, 12, 31) as period_end,
        index_count.areas_n = profile.areas_n and index_count.peopled_n = profile.areas_n as has_people,
        index_count.areas_n = profile.areas_n and index_count.scored_n = profile.areas_n as has_scores
    from core.fct_deprivation_profile as profile
    left join core.dim_index as edition using (index_id)
    left join index_count using (index_id, locality_code)
)

select
    value.metric_id,
    value.breakdown,
    value.locality_code,
    value.period
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
left join index_given using (locality_code, period_end)
where
    value.value is not null
    and metric.family = 'DEP'
    and case
        when value.metric_id in ('dep_avg_score', 'dep_gini_within')
            then not coalesce(index_given.has_people and index_given.has_scores, false)
        when
            value.metric_id in (
                'dep_prop10_areas', 'dep_prop20_areas', 'dep_avg_rank_percentile_areas', 'dep_year_gap'
            )
            then index_given.locality_code is null
        else not coalesce(index_given.has_people, false)
    end
