-- Every landed index ranks all its small areas, from 1 to the last without a gap.
with expected as (
    select
        'IoD2025' as index_id,
        33755 as ranks_n
    union all
    select
        'WIMD2025' as index_id,
        1917 as ranks_n
    union all
    select
        'SIMD2020v2' as index_id,
        6976 as ranks_n
    union all
    select
        'NIMDM2017' as index_id,
        890 as ranks_n
)

select
    area.index_id,
    max(expected.ranks_n) as ranks_expected,
    count(*) as areas_n,
    count(distinct area.overall_rank) as ranks_n,
    min(area.overall_rank) as first_rank,
    max(area.overall_rank) as last_rank
from core.fct_small_area as area
left join expected
    on area.index_id = expected.index_id
group by area.index_id
having
    max(expected.ranks_n) is null
    or count(*) <> max(expected.ranks_n)
    or count(distinct area.overall_rank) <> max(expected.ranks_n)
    or min(area.overall_rank) <> 1
    or max(area.overall_rank) <> max(expected.ranks_n)
