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
    summed.award_key,
    file.file_name,
    award.source_row,
    summed.basis,
    summed.weights,
    summed.equal_weights,
    summed.smallest_weight,
    award.source_id,
    award.file_sha256
from summed
left join core.fct_award as award using (award_key)
left join core.dim_award_file as file
    on
        award.source_id = file.source_id
        and award.file_sha256 = file.file_sha256
where
    abs(summed.weights - 1) > 1e-9
    or abs(summed.equal_weights - 1) > 1e-9
    or summed.smallest_weight < 0
