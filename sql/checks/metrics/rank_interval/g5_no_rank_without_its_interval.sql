-- G5: Every rank has both ends of its rank set and a label, and the rank sets contain the rank as printed.
select
    metric_id,
    locality_code,
    period,
    rank_nominal,
    rank_lo,
    rank_hi,
    surely_better_n,
    surely_worse_n
from metrics.rank_interval
where
    (rank_nominal is not null and (rank_lo is null or rank_hi is null or label is null))
    or rank_nominal < rank_lo
    or rank_nominal > rank_hi
    or surely_better_n + 1 > rank_lo
    or n - surely_worse_n < rank_hi
    or rank_q5 > rank_median
    or rank_median > rank_q95
    or (rank_lo is null) <> (surely_better_n is null)
    or (rank_lo is null) <> (rank_q5 is null)
