-- One row per practice with its latest outcome. An end counts from any date. Continuation counts only from a date after
-- the year of the report, and a change of form is continuation. The completion of works is not an end of the practice.
-- A status without a date, or without a search, is unknown.
with reported as (
    select
        practice.practice_id,
        practice.locality_code,
        practice.geo_precision,
        max(case when status.source_id = 'practice_readings' then status.status_date end) as report_date
    from core.fct_practice_study as practice
    left join core.fct_practice_status as status
        on
            practice.practice_id = status.practice_id
            and status.kind = 'practice'
    group by practice.practice_id, practice.locality_code, practice.geo_precision
),

observed as (
    select
        status.practice_id,
        status.status_number,
        status.status,
        status.status_date,
        status.is_completion,
        status.source_id,
        status.source_title,
        status.source_url,
        case
            when status.status = 'ended' and not status.is_completion then 'ended'
            when
                status.status in ('active', 'changed')
                and extract(year from status.status_date) > extract(year from reported.report_date)
                then 'going_on'
        end as outcome
    from core.fct_practice_status as status
    inner join reported using (practice_id)
    cross join meta.build as build
    where
        status.kind = 'practice'
        and status.status <> 'unknown'
        and status.status_date <= build.as_of
),

last_known as (
    select
        practice_id,
        status,
        status_date,
        is_completion,
        source_id,
        source_title,
        source_url,
        row_number() over (
            partition by practice_id
            order by status_date desc, status_number desc
        ) as recency
    from observed
),

decided as (
    select
        practice_id,
        outcome,
        status_date,
        row_number() over (
            partition by practice_id
            order by status_date desc, status_number desc
        ) as recency
    from observed
    where outcome is not null
),

looked as (
    select
        practice_id,
        count(*) as looks_n
    from core.fct_practice_status
    where
        kind = 'practice'
        and source_id <> 'practice_readings'
    group by practice_id
)

select
    reported.practice_id,
    reported.locality_code,
    reported.geo_precision,
    coalesce(decided.outcome, 'unknown') as outcome,
    decided.status_date as outcome_date,
    coalesce(last_known.status, 'unknown') as last_status,
    coalesce(last_known.status_date, reported.report_date) as last_status_date,
    last_known.is_completion,
    last_known.status is null or last_known.source_id = 'practice_readings' as is_last_status_of_report,
    last_known.source_title as last_status_title,
    last_known.source_url as last_status_url,
    looked.looks_n
from reported
left join decided
    on
        reported.practice_id = decided.practice_id
        and decided.recency = 1
left join last_known
    on
        reported.practice_id = last_known.practice_id
        and last_known.recency = 1
left join looked
    on reported.practice_id = looked.practice_id
