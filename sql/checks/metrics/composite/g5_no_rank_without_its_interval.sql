-- G5 and G6: Every rank has an interval and a label, and a band is named only from a probability of 0.9.
select
    locality_code,
    rank_median,
    rank_lo,
    rank_hi,
    label,
    band
from metrics.composite
where
    (rank_median is not null and (rank_lo is null or rank_hi is null or label is null))
    or rank_median < rank_lo
    or rank_median > rank_hi
    or (band = 'top fifth' and p_topfifth < 0.9)
    or (band = 'bottom fifth' and p_botfifth < 0.9)
