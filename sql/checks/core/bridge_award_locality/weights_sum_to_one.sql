-- The shares of an award sum to one on every basis, split by population or equally.
select
    award_key,
    basis,
    sum(weight) as weights,
    sum(weight_equal) as equal_weights
from core.bridge_award_locality
group by
    award_key,
    basis
having
    abs(sum(weight) - 1) > 1e-9
    or abs(sum(weight_equal) - 1) > 1e-9
    or min(weight) < 0
