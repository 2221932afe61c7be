-- H6: Localities and unallocated money together sum to the awards of each source and basis, to one pound.
with parts as (
    select
        award.source_id,
        bridge.basis,
        sum(award.amount_gbp * bridge.weight) as parts_gbp,
        sum(award.amount_gbp * bridge.weight_equal) as equal_parts_gbp
    from core.bridge_award_locality as bridge
    inner join core.fct_award as award on bridge.award_key = award.award_key
    group by
        award.source_id,
        bridge.basis
),

wholes as (
    select
        source_id,
        sum(amount_gbp) as whole_gbp
    from core.fct_award
    group by source_id
)

select
    parts.source_id,
    parts.basis,
    parts.parts_gbp,
    wholes.whole_gbp
from parts
inner join wholes on parts.source_id = wholes.source_id
where
    abs(parts.parts_gbp - wholes.whole_gbp) > 1
    or abs(parts.equal_parts_gbp - wholes.whole_gbp) > 1
