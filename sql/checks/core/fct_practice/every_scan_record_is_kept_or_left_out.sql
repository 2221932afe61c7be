-- Every record of the national scan is either a practice or left out with a reason, and never both.
with placed as (
    select practice_id from core.fct_practice
    union all
    select left_out_id as practice_id from core.fct_practice_left_out
),

times as (
    select
        practice_id,
        count(*) as times_n
    from placed
    group by practice_id
)

select
    scan.practice_id,
    times.times_n
from staging.reference__scan_practice as scan
left join times using (practice_id)
where times.times_n is distinct from 1
