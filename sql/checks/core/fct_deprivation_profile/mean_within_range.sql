-- Every mean rank percentile is between 0 and 1.
select
    index_id,
    locality_code,
    mean_rank_percentile
from core.fct_deprivation_profile
where mean_rank_percentile is null or mean_rank_percentile < 0 or mean_rank_percentile > 1
