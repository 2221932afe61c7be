-- H6: Every award enters the window of all awards on record from one route only: the publisher's file, the 360Giving
-- API or the COVID-19 tracker.
with counted as (
    select
        award.award_set,
        staged.award_identity,
        award.source_id,
        award.file_sha256,
        award.source_row
    from core.fct_award as award
    inner join staging.threesixtygiving__award as staged using (source_id, file_sha256, source_row)
    where
        is_on_record(award.award_set, award.is_on_record_elsewhere)
        and counts_in_totals(award.amount_gbp, award.is_regrant, award.is_repeat)
        and not award.is_dated_in_future
),

twice as (
    select award_identity
    from counted
    group by award_identity
    having count(distinct award_set) > 1
)

select
    counted.award_identity,
    counted.source_row,
    counted.source_id,
    counted.file_sha256
from counted
inner join twice using (award_identity)
