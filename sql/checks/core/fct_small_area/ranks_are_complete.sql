-- Every landed index ranks all its small areas from 1 to the last without a gap.
select
    index_id,
    areas_ranked(index_id) as ranks_expected,
    count(*) as areas_n,
    count(distinct overall_rank) as ranks_n,
    min(overall_rank) as first_rank,
    max(overall_rank) as last_rank
from core.fct_small_area
group by index_id
having
    areas_ranked(index_id) is null
    or count(*) <> areas_ranked(index_id)
    or count(distinct overall_rank) <> areas_ranked(index_id)
    or min(overall_rank) <> 1
    or max(overall_rank) <> areas_ranked(index_id)
