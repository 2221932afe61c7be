-- One row per deprivation metric, area and edition of an index. The values are context without polarity: none says that
-- a locality has more or less community power. The period of an index is the year of its edition; its indicators are
-- from earlier years. A value weighted by people exists only where every area of the locality has landed with its
-- population.
with profile as (
    select
        profile.index_id,
        profile.locality_code,
        edition.index_year as edition_year,
        profile.areas_n,
        profile.decile_1_areas,
        profile.decile_2_areas,
        profile.mean_rank_percentile,
        profile.source_id,
        peopled.source_id as area_source_id,
        peopled.persons_n,
        peopled.decile_1,
        peopled.quintile_1,
        peopled.quintile_2,
        peopled.quintile_3,
        peopled.quintile_4,
        peopled.quintile_5,
        peopled.extent_persons,
        peopled.local_concentration,
        peopled.average_score,
        peopled.average_rank,
        peopled.gini,
        peopled.gini_of_ranks,
        case
            when peopled.index_id is null
                then reason('areas_not_landed')
            when peopled.areas_with_persons_n = 0
                then reason('no_population')
            when peopled.areas_with_persons_n <> profile.areas_n or peopled.areas_with_decile_n <> profile.areas_n
                then reason('areas_part_landed')
            when peopled.persons_n = 0
                then reason('no_residents')
        end as persons_gap,
        case
            when peopled.areas_with_score_n <> profile.areas_n then reason('no_scores')
        end as score_gap
    from core.fct_deprivation_profile as profile
    left join core.dim_index as edition using (index_id)
    left join metrics.deprivation_people as peopled using (index_id, locality_code)
),

measure as (
    select
        measured.metric_id,
        'all' as breakdown,
        profile.index_id,
        profile.locality_code,
        profile.edition_year,
        case measured.metric_id
            when 'dep_prop10_areas' then cast(profile.decile_1_areas as double) / nullif(profile.areas_n, 0)
            when 'dep_prop20_areas'
                then cast(profile.decile_1_areas + profile.decile_2_areas as double) / nullif(profile.areas_n, 0)
            when 'dep_avg_rank_percentile_areas' then profile.mean_rank_percentile
            when 'dep_prop10_pop' then profile.decile_1 / nullif(profile.persons_n, 0)
            when 'dep_extent' then profile.extent_persons / nullif(profile.persons_n, 0)
            when 'dep_local_conc' then profile.local_concentration
            when 'dep_avg_rank' then profile.average_rank
            when 'dep_avg_score' then profile.average_score
            when 'dep_gini_within' then profile.gini
            when 'dep_gini_within_ranks' then profile.gini_of_ranks
        end as value,
        case measured.metric_id
            when 'dep_prop10_areas' then cast(profile.decile_1_areas as double)
            when 'dep_prop20_areas' then cast(profile.decile_1_areas + profile.decile_2_areas as double)
            when 'dep_prop10_pop' then cast(profile.decile_1 as double)
            when 'dep_extent' then profile.extent_persons
        end as n_num,
        case
            when measured.basis = 'areas' then cast(profile.areas_n as double)
            when measured.metric_id = 'dep_local_conc' then profile.persons_n / 10
            else cast(profile.persons_n as double)
        end as n_den,
        case when measured.basis = 'areas' then profile.source_id else profile.area_source_id end as source_id,
        case measured.basis
            when 'persons' then profile.persons_gap
            when 'scores' then coalesce(profile.persons_gap, profile.score_gap)
        end as gap
    from profile
    cross join (
        values
        ('dep_prop10_areas', 'areas'),
        ('dep_prop20_areas', 'areas'),
        ('dep_avg_rank_percentile_areas', 'areas'),
        ('dep_prop10_pop', 'persons'),
        ('dep_extent', 'persons'),
        ('dep_local_conc', 'persons'),
        ('dep_avg_rank', 'persons'),
        ('dep_avg_score', 'scores'),
        ('dep_gini_within', 'scores'),
        ('dep_gini_within_ranks', 'persons')
    ) as measured (metric_id, basis)
    union all
    select
        'dep_quintile_pop' as metric_id,
        case when profile.persons_gap is null then 'quintile_' || quintile.number else 'all' end as breakdown,
        profile.index_id,
        profile.locality_code,
        profile.edition_year,
        case quintile.number
            when '1' then profile.quintile_1
            when '2' then profile.quintile_2
            when '3' then profile.quintile_3
            when '4' then profile.quintile_4
            when '5' then profile.quintile_5
        end as value,
        cast(null as double) as n_num,
        profile.persons_n as n_den,
        profile.area_source_id as source_id,
        profile.persons_gap as gap
    from profile
    cross join (values ('1'), ('2'), ('3'), ('4'), ('5')) as quintile (number)
    -- If the residents are not known, one row gives the reason for all fifths.
    where
        profile.persons_gap is null
        or quintile.number = '1'
    union all
    select
        'dep_year_gap' as metric_id,
        'all' as breakdown,
        profile.index_id,
        profile.locality_code,
        profile.edition_year,
        cast(extract(year from build.as_of) - profile.edition_year as double) as value,
        cast(null as double) as n_num,
        cast(null as double) as n_den,
        profile.source_id,
        cast(null as varchar) as gap
    from profile
    cross join meta.build as build
)

select
    measure.metric_id,
    measure.breakdown,
    measure.locality_code,
    make_date(measure.edition_year, 1, 1) as period_start,
    make_date(measure.edition_year, 12, 31) as period_end,
    case when measure.gap is null then measure.value end as value,
    case when measure.gap is null and measure.value is not null then 'none:census_count' else 'none:no_value' end
        as ci_method,
    case when measure.gap is null then measure.n_num end as n_num,
    case when measure.gap is null then measure.n_den end as n_den,
    case
        when measure.gap is not null then measure.gap
        when measure.value is null then reason('no_index_figure')
    end as gap_reason,
    case when measure.gap is null then [measure.source_id] else cast([] as varchar[]) end as source_ids,
    comparable_group(locality.nation, null, null, null, measure.index_id, null) as comparable_group
from measure
inner join core.dim_locality as locality using (locality_code)
