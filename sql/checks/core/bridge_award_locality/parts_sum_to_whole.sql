-- H6: The money of localities and the unallocated money sum to the awards of each file and basis, to within one pound.
with parts as (
    select
        award.source_id,
        award.file_sha256,
        bridge.basis,
        sum(award.amount_gbp * bridge.weight) as parts_gbp,
        sum(award.amount_gbp * bridge.weight_equal) as equal_parts_gbp
    from core.bridge_award_locality as bridge
    inner join core.fct_award as award using (award_key)
    group by
        award.source_id,
        award.file_sha256,
        bridge.basis
),

wholes as (
    select
        source_id,
        file_sha256,
        sum(amount_gbp) as whole_gbp
    from core.fct_award
    group by source_id, file_sha256
)

select
    parts.*,
    wholes.whole_gbp
from parts
inner join wholes using (source_id, file_sha256)
where
    abs(parts.parts_gbp - wholes.whole_gbp) > 1
    or abs(parts.equal_parts_gbp - wholes.whole_gbp) > 1
