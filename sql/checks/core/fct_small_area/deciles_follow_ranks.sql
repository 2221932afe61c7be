-- Every index has all ten deciles, and every area of a more deprived decile ranks before the areas of less deprived
-- deciles.
with decile as (
    select
        index_id,
        overall_decile,
        min(overall_rank) as first_rank,
        max(overall_rank) as last_rank
    from core.fct_small_area
    group by index_id, overall_decile
),

neighbour as (
    select
        index_id,
        overall_decile,
        first_rank,
        lag(last_rank) over (partition by index_id order by overall_decile) as last_rank_before,
        count(*) over (partition by index_id) as deciles_n
    from decile
)

select *
from neighbour
where first_rank <= last_rank_before or deciles_n <> 10
