-- H5: Every practice of the register is in the list exactly once, with a reason, and the order has no gaps.
select
    practice.practice_id,
    count(listed.practice_id) as times
from core.fct_practice_study as practice
left join marts.sustaining as listed using (practice_id)
group by practice.practice_id
having
    count(listed.practice_id) <> 1
    or min(trim(listed.attention_reason)) = ''
    or max(listed.attention_order) > (
        select count(*) as practices_n
        from core.fct_practice_study
    )
