-- Every factor changes a score in at least one pair of runs, because a factor without any effect is not connected to
-- the computation.
select
    nation,
    factor,
    changed_n
from metrics.composite_sensitivity
where
    target = 'any score'
    and changed_n = 0
