-- G5: No place has a rank without the ends of its set and its label, and the sets hold the rank as printed.
select
    metric_id,
    locality_code,
    period,
    rank_nominal,
    rank_lo,
    rank_hi,
    rank_lo_simultaneous,
    rank_hi_simultaneous
from metrics.rank_interval
where
    (rank_nominal is not null and (rank_lo is null or rank_hi is null or label is null))
    or rank_nominal < rank_lo
    or rank_nominal > rank_hi
    or rank_lo_simultaneous > rank_lo
    or rank_hi_simultaneous < rank_hi
    or rank_q5 > rank_median
    or rank_median > rank_q95
    or (rank_lo is null) <> (rank_lo_simultaneous is null)
    or (rank_lo is null) <> (rank_q5 is null)
