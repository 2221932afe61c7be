-- Context without polarity: no value here says that a place has more or less community power.
-- The period of an index is the year of its edition; the years that its indicators speak of are older.
with build as (
    select as_of
    from meta.build
),

-- The last rank is the number of areas ranked, even where only a part of the index has been landed.
ranked as (
    select
        index_id,
        greatest(count(*), max(overall_rank)) as ranks_n
    from core.fct_small_area
    group by index_id
),

small_area as (
    select
        area.index_id,
        area.locality_code,
        area.small_area_code,
        area.population_persons,
        area.overall_score,
        area.overall_decile,
        -- Publishers of local summaries turn the rank round, so that the largest is the most deprived.
        ranked.ranks_n + 1 - area.overall_rank as rank_from_least,
        ceil(100 * area.overall_rank / ranked.ranks_n) as rank_percentile,
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
        rank_from_least,
        rank_percentile,
        locality_persons,
        (persons_by_score - population_persons / 2e0) / nullif(locality_persons, 0) as score_position,
        greatest(
            least(population_persons, locality_persons / 10e0 - (persons_from_most - population_persons)), 0
        ) as persons_in_worst_tenth
    from small_area
),

peopled as (
    select
        index_id,
        locality_code,
        count(*) as areas_n,
        count(population_persons) as areas_with_persons_n,
        count(overall_score) as areas_with_score_n,
        sum(population_persons) as persons,
        sum(case when overall_decile = 1 then population_persons end) as decile_1_persons,
        count(case when overall_decile = 1 then 1 end) as decile_1_n,
        sum(population_persons * extent_weight(rank_percentile)) / nullif(sum(population_persons), 0) as extent,
        sum(persons_in_worst_tenth * rank_from_least) / nullif(sum(persons_in_worst_tenth), 0) as local_concentration,
        sum(population_persons * overall_score) / nullif(sum(population_persons), 0) as average_score,
        sum(population_persons * rank_from_least) / nullif(sum(population_persons), 0) as average_rank,
        -- Gini by mid-positions: twice the people-weighted mean of score times position, over the mean score, less one.
        2 * sum(population_persons * overall_score * score_position)
        / nullif(sum(population_persons * overall_score), 0) - 1 as gini,
        min(source_id) as source_id
    from weighed
    group by index_id, locality_code
),

quintile as (
    select
        weighed.index_id,
        weighed.locality_code,
        number.quintile,
        sum(case when ceil(weighed.overall_decile / 2e0) = number.quintile then weighed.population_persons end)
            as persons,
        count(case when ceil(weighed.overall_decile / 2e0) = number.quintile then 1 end) as areas_n
    from weighed
    cross join (values (1), (2), (3), (4), (5)) as number (quintile)
    group by weighed.index_id, weighed.locality_code, number.quintile
),
