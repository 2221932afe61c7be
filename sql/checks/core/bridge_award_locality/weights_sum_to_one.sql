-- The shares of every award sum to one on each basis, whether split by population or equally.
with summed as (
    select
        award_key,
        basis,
        sum(weight) as weights,
        sum(weight_equal) as equal_weights,
        min(weight) as smallest_weight
    from core.bridge_award_locality
    group by
        award_key,
        basis
)

select
    summed.*,
    award.source_row,
    award.source_id,
    award.file_sha256
from summed
left join core.fct_award as award using (award_key)
where
    abs(summed.weights - 1) > 1e-9
    or abs(summed.equal_weights - 1) > 1e-9
    or summed.smallest_weight < 0
