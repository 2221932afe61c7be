-- H6: Only positive pounds that are no regrant and no repeat are counted, and reference rows of the study's period
-- never.
select
    counted.window_id,
    counted.award_key,
    award.award_set,
    award.amount_gbp
from metrics.award_counted as counted
inner join core.fct_award as award
    on counted.award_key = award.award_key
where
    award.amount_class <> 'positive'
    or award.amount_gbp is null
    or award.is_regrant
    or award.is_exact_repeat
    or award.award_set = 'covid_2020_reference'
