-- One row per award and window: the awards behind every measure of money. Reference rows of the study's period are in
-- no window, because the summary of that period includes them. An award dated after the as-of date is in no window
-- until its date, because every window ends before it. The key of a recipient is its identifier, else the one
-- identifier that other awards give to its name, else its name; persons have no key.
with recipient as (
    select distinct
        recipient_id,
        recipient_name
    from core.fct_award
    where recipient_kind <> 'individual'
),

named as (
    select
        recipient_name,
        name_key(recipient_name) as recipient_name_key
    from recipient
    where recipient_name is not null
    group by recipient_name
),

identified as (
    select
        named.recipient_name_key,
        min(recipient.recipient_id) as recipient_id
    from named
    inner join recipient using (recipient_name)
    where recipient.recipient_id is not null
    group by named.recipient_name_key
    having count(distinct recipient.recipient_id) = 1
),

known as (
    select
        named.recipient_name,
        coalesce(identified.recipient_id, nullif(named.recipient_name_key, '')) as recipient_key
    from named
    left join identified using (recipient_name_key)
)

select
    period.window_id,
    award.award_key,
    award.award_set,
    award.fund,
    award.funder_id,
    award.recipient_kind,
    case
        when award.recipient_kind <> 'individual'
            then coalesce(award.recipient_id, known.recipient_key)
    end as recipient_key,
    award.amount_gbp,
    award.award_date,
    award.planned_months,
    award.is_amount_ceiling,
    award.is_total,
    award.list_coverage,
    award.is_nation_wide,
    award.in_scope_local,
    award.source_id
from core.fct_award as award
inner join metrics.award_window as period
    on
        (
            period.window_id = 'covid_2020'
            and award.award_set = 'threesixtygiving_covid2020'
            and award.award_date between period.period_start and period.period_end
        )
        or (
            period.window_id = 'on_record'
            and is_on_record(award.award_set, award.is_on_record_elsewhere)
        )
        or (
            period.window_id = 'rolling_3y'
            and is_on_record(award.award_set, award.is_on_record_elsewhere)
            and award.award_date between period.period_start and period.period_end
        )
        or (
            period.window_id = 'place_funds'
            and award.award_set = 'place_funds'
        )
left join known using (recipient_name)
where
    counts_in_totals(award.amount_gbp, award.is_regrant, award.is_repeat)
    and not award.is_dated_in_future
