-- One row per practice: the class of urgency to check it, by the risks that the report links to it and the later news.
-- The class does not rate the practice.
with risk as (
    select
        practice_id,
        list_sort(array_agg(code)) as named_risks
    from core.fct_practice_code
    where axis = 'risk'
    group by practice_id
),

followed as (
    select
        practice.practice_id,
        practice.durability,
        coalesce(risk.named_risks, cast([] as varchar[])) as named_risks,
        practice.durability = 'fragile' or risk.practice_id is not null as is_at_risk,
        followup.outcome,
        date_diff('day', followup.last_status_date, build.as_of) as last_status_age_days,
        date_diff('day', followup.outcome_date, build.as_of) > 730 as is_old_news
    from core.fct_practice_study as practice
    inner join metrics.practice_followup as followup using (practice_id)
    cross join meta.build as build
    left join risk using (practice_id)
)

select
    practice_id,
    named_risks,
    is_at_risk,
    last_status_age_days,
    case
        when outcome = 'ended' then 8
        when is_at_risk and outcome = 'unknown' then 1
        when is_at_risk and is_old_news then 2
        when is_at_risk then 3
        when outcome = 'going_on' and is_old_news then 4
        when outcome = 'going_on' then 7
        when durability = 'robust' then 6
        else 5
    end as attention_class
from followed
