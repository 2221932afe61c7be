-- Every award is placed, or said to be unallocated, on each of the three bases.
select
    award.award_key,
    count(distinct bridge.basis) as bases_n
from core.fct_award as award
left join core.bridge_award_locality as bridge on award.award_key = bridge.award_key
group by award.award_key
having count(distinct bridge.basis) <> 3
