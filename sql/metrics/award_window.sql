-- Three windows for the same measures, and one for the place funds, which are lists rather than flows.
-- The study's period comes from its award rows where they have landed, else from the summary by locality.
with award as (
    select
        award_set,
        award_date
    from core.fct_award
    where counts_in_totals(amount_gbp, is_regrant, is_exact_repeat)
),

reach as (
    select
        min(case when award.award_date <= build.as_of then award.award_date end) as first_date,
        max(case when award.award_date <= build.as_of then award.award_date end) as last_date,
        min(
            case when award.award_set = 'place_funds' and award.award_date <= build.as_of then award.award_date end
        ) as first_place_date,
        max(
            case when award.award_set = 'place_funds' and award.award_date <= build.as_of then award.award_date end
        ) as last_place_date,
        count(
            distinct case
                when
                    award.award_date
                    between cast(build.as_of - interval 36 month + interval 1 day as date) and build.as_of
                    then date_trunc('month', award.award_date)
            end
        ) as months_observed
    from award
    cross join meta.build as build
    where award.award_set in ('place_funds', 'threesixtygiving')
),

landed as (
    select count(case when award_set = 'threesixtygiving_covid2020' then 1 end) as covid_rows_n
    from award
)

select
    'covid_2020' as window_id,
    'The period of the study: awards dated 17 March to 5 May 2020' as window_name,
    date '2020-03-17' as period_start,
    date '2020-05-05' as period_end,
    case when landed.covid_rows_n > 0 then 'award_rows' else 'summary' end as origin,
    cast(null as bigint) as months_expected,
    cast(null as bigint) as months_observed
from landed
union all
select
    'on_record' as window_id,
    'Every award on record, dated or not, outside the period of the study' as window_name,
    coalesce(reach.first_date, build.as_of) as period_start,
    coalesce(reach.last_date, build.as_of) as period_end,
    'award_rows' as origin,
    cast(null as bigint) as months_expected,
    cast(null as bigint) as months_observed
from reach
cross join meta.build as build
union all
select
    'rolling_3y' as window_id,
    'Awards dated in the three years to the date of knowledge' as window_name,
    cast(build.as_of - interval 36 month + interval 1 day as date) as period_start,
    build.as_of as period_end,
    'award_rows' as origin,
    cast(
        date_diff('month', cast(build.as_of - interval 36 month + interval 1 day as date), build.as_of) + 1 as bigint
    ) as months_expected,
    cast(reach.months_observed as bigint) as months_observed
from reach
cross join meta.build as build
union all
select
    'place_funds' as window_id,
    'Place-based funds, from the first to the last award that carries a date' as window_name,
    coalesce(reach.first_place_date, build.as_of) as period_start,
    coalesce(reach.last_place_date, build.as_of) as period_end,
    'award_rows' as origin,
    cast(null as bigint) as months_expected,
    cast(null as bigint) as months_observed
from reach
cross join meta.build as build
