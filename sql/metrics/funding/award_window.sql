-- One row per window of awards: three windows with the same measures, and one for the place funds with complete lists,
-- which are lists rather than flows. Awards of the study's period come from their rows where these have landed, else
-- from the summary by locality. The summary enters each window that contains the whole period. An award dated after the
-- as-of date is in no window until its date, and the summary is in no window until the last day of its period.
with day as (
    select
        build.as_of,
        cast(build.as_of - interval 36 month + interval 1 day as date) as rolling_start,
        date '2020-03-17' as study_start,
        date '2020-05-05' as study_end
    from meta.build as build
),

award as (
    select
        award.award_set,
        is_on_record(award.award_set, award.is_on_record_elsewhere) as is_recorded,
        award.list_coverage,
        award.award_date,
        award.award_date between day.study_start and day.study_end as is_in_study,
        award.is_dated_in_future,
        case
            when award.award_date between day.rolling_start and day.as_of
                then floor(calendar_months(award.award_date, day.as_of))
        end as months_ago
    from core.fct_award as award
    cross join day
    where counts_in_totals(award.amount_gbp, award.is_regrant, award.is_repeat)
),

reach as (
    select
        count(*) as awards_n,
        count(months_ago) as rolling_awards_n,
        min(award_date) as first_date,
        max(award_date) as last_date,
        min(case when list_coverage = 'complete' then award_date end) as first_place_date,
        max(case when list_coverage = 'complete' then award_date end) as last_place_date,
        count(distinct months_ago) as months_observed
    from award
    where
        is_recorded
        and not is_dated_in_future
),

-- A tracker award with another date or none is outside the study's period, so it is counted here.
landed as (
    select
        count(case when is_in_study and not is_dated_in_future then 1 end) as inside_n,
        count(case when is_in_study is not true then 1 end) as outside_n
    from award
    where award_set = 'threesixtygiving_covid2020'
),

summary as (
    select count(*) as localities_n
    from core.fct_award_summary
),

known as (
    select
        day.*,
        landed.outside_n,
        landed.inside_n = 0 and summary.localities_n > 0 and day.as_of >= day.study_end as is_summarised
    from day
    cross join landed
    cross join summary
)

select
    'covid_2020' as window_id,
    'The period of the study: awards dated 17 March to 5 May 2020' as window_name,
    study_start as period_start,
    study_end as period_end,
    case when is_summarised then 'summary' else 'award_rows' end as origin,
    cast(null as bigint) as months_expected,
    cast(null as bigint) as months_observed,
    outside_n as awards_outside_n
from known
union all
select
    'on_record' as window_id,
    'All awards on record, with or without a date' as window_name,
    coalesce(least(reach.first_date, case when known.is_summarised then known.study_start end), known.as_of)
        as period_start,
    coalesce(greatest(reach.last_date, case when known.is_summarised then known.study_end end), known.as_of)
        as period_end,
    case
        when not known.is_summarised then 'award_rows'
        when reach.awards_n = 0 then 'summary'
        else 'award_rows_and_summary'
    end as origin,
    cast(null as bigint) as months_expected,
    cast(null as bigint) as months_observed,
    cast(null as bigint) as awards_outside_n
from reach
cross join known
union all
select
    'rolling_3y' as window_id,
    'Awards of the three years to the as-of date' as window_name,
    known.rolling_start as period_start,
    known.as_of as period_end,
    case
        when not known.is_summarised or known.rolling_start > known.study_start then 'award_rows'
        when reach.rolling_awards_n = 0 then 'summary'
        else 'award_rows_and_summary'
    end as origin,
    cast(36 as bigint) as months_expected,
    cast(reach.months_observed as bigint) as months_observed,
    cast(null as bigint) as awards_outside_n
from reach
cross join known
union all
select
    'place_funds' as window_id,
    'Place funds with complete lists, from the first to the last dated award' as window_name,
    coalesce(reach.first_place_date, known.as_of) as period_start,
    coalesce(reach.last_place_date, known.as_of) as period_end,
    'award_rows' as origin,
    cast(null as bigint) as months_expected,
    cast(null as bigint) as months_observed,
    cast(null as bigint) as awards_outside_n
from reach
cross join known
