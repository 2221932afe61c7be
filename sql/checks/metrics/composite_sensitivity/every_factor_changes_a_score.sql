-- A factor that never changed any score in any pair of runs is wired to nothing.
select
    nation,
    factor,
    changed_n
from metrics.composite_sensitivity
where
    target = 'any score'
    and changed_n = 0
