-- H18: Everything that was simulated says with how many draws and from which seed.
select
    metric_id,
    locality_code,
    period
from metrics.rank_interval
where
    rank_median is not null
    and (draws_n is null or seed is null)
