-- One row per index and locality: deprivation weighted by the residents of the small areas. The number of ranked areas
-- is computed from rank and rank percentile, so that it is right where only some of the areas have landed.
with ranked as (
    select
        index_id,
        max(round((overall_rank - 0.5e0) / nullif(rank_percentile, 0))) as ranks_n
    from core.fct_small_area
    group by index_id
),

-- Publishers of local summaries reverse the rank, so that the largest is the most deprived.
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
    inner join ranked using (index_id)
),

-- The most deprived areas with a tenth of the residents in total; the last area counts with the part that completes the
-- tenth.
weighted as (
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
)

-- Gini coefficient by mid-positions: twice the people-weighted mean of score times position, over the mean score, less
-- one.
select
    index_id,
    locality_code,
    min(source_id) as source_id,
    count(population_persons) as areas_with_persons_n,
    count(overall_decile) as areas_with_decile_n,
    count(overall_score) as areas_with_score_n,
    sum(population_persons) as persons_n,
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
from weighted
group by index_id, locality_code
