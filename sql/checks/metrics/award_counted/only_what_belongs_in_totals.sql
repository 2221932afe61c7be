-- H6: Every counted award is a positive amount in pounds that is not a regrant, a repeat, dated in the future or a
-- reference row of the study's period, and a tracker award that another route also holds is counted in the study's
-- period only.
select
    counted.award_key,
    award.source_row,
    counted.window_id,
    award.award_set,
    award.award_date,
    award.amount_gbp,
    award.source_id,
    award.file_sha256
from metrics.award_counted as counted
inner join core.fct_award as award using (award_key)
where
    award.amount_class <> 'positive'
    or award.amount_gbp is null
    or award.is_regrant
    or award.is_repeat
    or award.is_dated_in_future
    or award.award_set = 'covid_2020_reference'
    or (award.is_on_record_elsewhere and counted.window_id <> 'covid_2020')
