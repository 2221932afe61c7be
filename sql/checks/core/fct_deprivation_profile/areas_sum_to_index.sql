-- H6: The small areas of all localities of an index sum to the number of areas that the index ranks.
select
    index_id,
    sum(areas_n) as areas_n,
    areas_ranked(index_id) as areas_expected
from core.fct_deprivation_profile
group by index_id
having areas_ranked(index_id) is null or sum(areas_n) <> areas_ranked(index_id)
