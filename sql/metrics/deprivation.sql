-- Context without polarity: no value here says that a place has more or less community power. The period of an index is
-- the year of its edition; the years that its indicators speak of are older. A value weighted by people stands only
-- where every area of the locality has been landed with its population. The number of areas ranked is taken from rank
-- and rank percentile, so that it holds where only a part has been landed.
with ranked as (
    select
        index_id,
        max(round((overall_rank - 0.5e0) / nullif(rank_percentile, 0))) as ranks_n
    from core.fct_small_area
    group by index_id
),

-- Publishers of local summaries turn the rank round, so that the largest is the most deprived.
small_area as (
    select
        area.index_id,
        area.locality_code,
        area.population_persons,
        area.overall_score,
        area.overall_decile,
        area.source_id,
        ranked.ranks_n + 1 - area.overall_rank as rank_from_least,
        ceil(100 * area.overall_rank / nullif(ranked.ranks_n, 0)) as percentile,
        sum(area.population_persons) over (
            partition by area.index_id, area.locality_code
        ) as locality_persons,
        sum(area.population_persons) over (
            partition by area.index_id, area.locality_code
            order by area.overall_rank, area.small_area_code
            rows between unbounded preceding and current row
        ) as persons_from_most,
        sum(area.population_persons) over (
            partition by area.index_id, area.locality_code
            order by area.overall_score, area.small_area_code
            rows between unbounded preceding and current row
        ) as persons_by_score
    from core.fct_small_area as area
    inner join ranked
        on area.index_id = ranked.index_id
),

-- The most deprived areas that hold a tenth of the people; the last of them counts with the part that fills the tenth.
weighed as (
    select
        index_id,
        locality_code,
        population_persons,
        overall_score,
        overall_decile,
        source_id,
        rank_from_least,
        percentile,
        (persons_by_score - population_persons / 2e0) / nullif(locality_persons, 0) as score_position,
        1 - (persons_from_most - population_persons / 2e0) / nullif(locality_persons, 0) as rank_position,
        greatest(
            least(population_persons, locality_persons / 10e0 - (persons_from_most - population_persons)), 0
        ) as persons_in_worst_tenth
    from small_area
),

-- Gini by mid-positions: twice the people-weighted mean of score times position, over the mean score, less one.
peopled as (
    select
        index_id,
        locality_code,
        min(source_id) as source_id,
        count(population_persons) as areas_with_persons_n,
        count(overall_decile) as areas_with_decile_n,
        count(overall_score) as areas_with_score_n,
        sum(population_persons) as persons,
        sum(case when overall_decile = 1 then population_persons when overall_decile > 1 then 0 end) as decile_1,
        sum(case when overall_decile <= 2 then population_persons when overall_decile > 2 then 0 end) as quintile_1,
        sum(case when overall_decile in (3, 4) then population_persons when overall_decile > 0 then 0 end)
            as quintile_2,
        sum(case when overall_decile in (5, 6) then population_persons when overall_decile > 0 then 0 end)
            as quintile_3,
        sum(case when overall_decile in (7, 8) then population_persons when overall_decile > 0 then 0 end)
            as quintile_4,
        sum(case when overall_decile >= 9 then population_persons when overall_decile > 0 then 0 end) as quintile_5,
        sum(population_persons * extent_weight(percentile)) as extent_persons,
        sum(persons_in_worst_tenth * rank_from_least) / nullif(sum(persons_in_worst_tenth), 0) as local_concentration,
        sum(population_persons * overall_score) / nullif(sum(population_persons), 0) as average_score,
        sum(population_persons * rank_from_least) / nullif(sum(population_persons), 0) as average_rank,
        2 * sum(population_persons * overall_score * score_position)
        / nullif(sum(population_persons * overall_score), 0) - 1 as gini,
        2 * sum(population_persons * rank_from_least * rank_position)
        / nullif(sum(population_persons * rank_from_least), 0) - 1 as gini_of_ranks
    from weighed
    group by index_id, locality_code
),

profile as (
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
        peopled.persons,
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
            when peopled.persons = 0
                then reason('no_residents')
        end as persons_gap,
        case
            when peopled.areas_with_score_n <> profile.areas_n then reason('no_scores')
        end as score_gap
    from core.fct_deprivation_profile as profile
    left join core.dim_index as edition
        on profile.index_id = edition.index_id
    left join peopled
        on
            profile.index_id = peopled.index_id
            and profile.locality_code = peopled.locality_code
),

measure as (
    select
        'dep_prop10_areas' as metric_id,
        'all' as breakdown,
        index_id,
        locality_code,
        edition_year,
        cast(decile_1_areas as double) / nullif(areas_n, 0) as value,
        cast(decile_1_areas as double) as n_num,
        cast(areas_n as double) as n_den,
        source_id,
        cast(null as varchar) as gap
    from profile
    union all
    select
        'dep_prop20_areas' as metric_id,
        'all' as breakdown,
        index_id,
        locality_code,
        edition_year,
        cast(decile_1_areas + decile_2_areas as double) / nullif(areas_n, 0) as value,
        cast(decile_1_areas + decile_2_areas as double) as n_num,
        cast(areas_n as double) as n_den,
        source_id,
        cast(null as varchar) as gap
    from profile
    union all
    select
        'dep_avg_rank_percentile_areas' as metric_id,
        'all' as breakdown,
        index_id,
        locality_code,
        edition_year,
        mean_rank_percentile as value,
        cast(null as double) as n_num,
        cast(areas_n as double) as n_den,
        source_id,
        cast(null as varchar) as gap
    from profile
    union all
    select
        'dep_prop10_pop' as metric_id,
        'all' as breakdown,
        index_id,
        locality_code,
        edition_year,
        decile_1 / nullif(persons, 0) as value,
        decile_1 as n_num,
        persons as n_den,
        area_source_id as source_id,
        persons_gap as gap
    from profile
    union all
    select
        'dep_extent' as metric_id,
        'all' as breakdown,
        index_id,
        locality_code,
        edition_year,
        extent_persons / nullif(persons, 0) as value,
        extent_persons as n_num,
        persons as n_den,
        area_source_id as source_id,
        persons_gap as gap
    from profile
    union all
    select
        'dep_local_conc' as metric_id,
        'all' as breakdown,
        index_id,
        locality_code,
        edition_year,
        local_concentration as value,
        cast(null as double) as n_num,
        persons / 10 as n_den,
        area_source_id as source_id,
        persons_gap as gap
    from profile
    union all
    select
        'dep_avg_rank' as metric_id,
        'all' as breakdown,
        index_id,
        locality_code,
        edition_year,
        average_rank as value,
        cast(null as double) as n_num,
        persons as n_den,
        area_source_id as source_id,
        persons_gap as gap
    from profile
    union all
    select
        'dep_avg_score' as metric_id,
        'all' as breakdown,
        index_id,
        locality_code,
        edition_year,
        average_score as value,
        cast(null as double) as n_num,
        persons as n_den,
        area_source_id as source_id,
        coalesce(persons_gap, score_gap) as gap
    from profile
    union all
    select
        'dep_gini_within' as metric_id,
        'all' as breakdown,
        index_id,
        locality_code,
        edition_year,
        gini as value,
        cast(null as double) as n_num,
        persons as n_den,
        area_source_id as source_id,
        coalesce(persons_gap, score_gap) as gap
    from profile
    union all
    select
        'dep_gini_within_ranks' as metric_id,
        'all' as breakdown,
        index_id,
        locality_code,
        edition_year,
        gini_of_ranks as value,
        cast(null as double) as n_num,
        persons as n_den,
        area_source_id as source_id,
        persons_gap as gap
    from profile
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
        profile.persons as n_den,
        profile.area_source_id as source_id,
        profile.persons_gap as gap
    from profile
    cross join (values ('1'), ('2'), ('3'), ('4'), ('5')) as quintile (number)
    -- Where the residents are not known one row says so of all fifths.
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
inner join core.dim_locality as locality
    on measure.locality_code = locality.locality_code
