-- H18: Every simulated result has its number of draws and its seed.
select
    metric_id,
    locality_code,
    period
from metrics.rank_interval
where
    rank_median is not null
    and (draws_n is null or seed is null)
