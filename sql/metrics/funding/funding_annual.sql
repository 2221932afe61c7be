-- One row per scope and locality: money of the three years to the as-of date, spread evenly over the planned time of
-- each award from its date. An award without a stated duration is spread over one year. Awards of earlier years count
-- with the part that falls into the period. Undated awards cannot be spread.
with span as (
    select
        period_start,
        period_end,
        date_diff('day', period_start, period_end) + 1 as days
    from metrics.award_window
    where window_id = 'rolling_3y'
),

dated as (
    select
        award.award_key,
        award.in_scope_local,
        award.amount_gbp,
        award.planned_months > 0 as is_duration_known,
        award.source_id,
        span.days,
        date_diff('day', span.period_start, award.award_date) as first_day,
        case when award.planned_months > 0 then award.planned_months else 12 end * 365.25e0 / 12 as planned_days
    from core.fct_award as award
    cross join span
    where
        is_on_record(award.award_set, award.is_on_record_elsewhere)
        and award.award_date <= span.period_end
        and counts_in_totals(award.amount_gbp, award.is_regrant, award.is_repeat)
),

spread as (
    select
        award_key,
        in_scope_local,
        is_duration_known,
        source_id,
        amount_gbp
        * (least(first_day + planned_days, days) - greatest(first_day, 0)) / planned_days
        * 365.25e0 / days as gbp_a_year
    from dated
    where first_day + planned_days > 0
)

select
    scope.scope,
    bridge.locality_code,
    stable_sum(bridge.weight * spread.gbp_a_year) as gbp_a_year,
    stable_sum(case when spread.is_duration_known then bridge.weight * spread.gbp_a_year else 0 end)
        as known_gbp_a_year,
    list_sort(array_agg(distinct spread.source_id)) as source_ids
from spread
cross join (values ('local'), ('all')) as scope (scope)
inner join core.bridge_award_locality as bridge
    on
        spread.award_key = bridge.award_key
        and bridge.basis = 'best'
where
    scope.scope = 'all'
    or spread.in_scope_local
group by scope.scope, bridge.locality_code
