-- Three windows for the same measures, and one for the place funds with complete lists, which are lists rather than
-- flows. The study's period comes from its award rows where they have landed, else from the summary by locality. An
-- award dated after the as-of date is in no window until its date.
with award as (
    select
        award.award_set,
        award.list_coverage,
        award.award_date,
        award.award_date between date '2020-03-17' and date '2020-05-05' as is_in_study,
        award.is_dated_in_future,
        case
            when
                award.award_date
                between cast(build.as_of - interval 36 month + interval 1 day as date) and build.as_of
                then floor(calendar_months(award.award_date, build.as_of))
        end as months_ago
    from core.fct_award as award
    cross join meta.build as build
    where counts_in_totals(award.amount_gbp, award.is_regrant, award.is_repeat)
),

reach as (
    select
        min(award_date) as first_date,
        max(award_date) as last_date,
        min(case when list_coverage = 'complete' then award_date end) as first_place_date,
        max(case when list_coverage = 'complete' then award_date end) as last_place_date,
        count(distinct months_ago) as months_observed
    from award
    where
        is_on_record(award_set)
        and not is_dated_in_future
),

-- A tracker's award of another time, or of none, is in no window: it stays in core.fct_award and is counted here.
landed as (
    select
        count(case when is_in_study and not is_dated_in_future then 1 end) as inside_n,
        count(case when is_in_study is not true then 1 end) as outside_n
    from award
    where award_set = 'threesixtygiving_covid2020'
)

select
    'covid_2020' as window_id,
    'The period of the study: awards dated 17 March to 5 May 2020' as window_name,
    date '2020-03-17' as period_start,
    date '2020-05-05' as period_end,
    case when inside_n > 0 then 'award_rows' else 'summary' end as origin,
    cast(null as bigint) as months_expected,
    cast(null as bigint) as months_observed,
    outside_n as awards_outside_n
from landed
union all
select
    'on_record' as window_id,
    'Every award on record, dated or not, but those of the tracker of the study''s period' as window_name,
    coalesce(reach.first_date, build.as_of) as period_start,
    coalesce(reach.last_date, build.as_of) as period_end,
    'award_rows' as origin,
    cast(null as bigint) as months_expected,
    cast(null as bigint) as months_observed,
    cast(null as bigint) as awards_outside_n
from reach
cross join meta.build as build
union all
select
    'rolling_3y' as window_id,
    'Awards dated in the three years to the as-of date' as window_name,
    cast(build.as_of - interval 36 month + interval 1 day as date) as period_start,
    build.as_of as period_end,
    'award_rows' as origin,
    cast(36 as bigint) as months_expected,
    cast(reach.months_observed as bigint) as months_observed,
    cast(null as bigint) as awards_outside_n
from reach
cross join meta.build as build
union all
select
    'place_funds' as window_id,
    'Place funds with complete lists, from the first to the last award that carries a date' as window_name,
    coalesce(reach.first_place_date, build.as_of) as period_start,
    coalesce(reach.last_place_date, build.as_of) as period_end,
    'award_rows' as origin,
    cast(null as bigint) as months_expected,
    cast(null as bigint) as months_observed,
    cast(null as bigint) as awards_outside_n
from reach
cross join meta.build as build
