-- H12: The legs counted are those with a value in the row that stands for the leg: of money the row of every award on
-- record, of the others the newest, and of two rows that end on the same day the one that starts later.
with leg as (
    select
        balance.metric_id,
        balance.locality_code,
        balance.value,
        balance.period_start,
        balance.period_end,
        balance.metric_id = 'bal_money'
        and balance.period_start = period.period_start
        and balance.period_end = period.period_end as is_on_record
    from metrics.balance as balance
    cross join metrics.award_window as period
    where
        balance.metric_id <> 'bal_legs_ok'
        and period.window_id = 'on_record'
),

standing as (
    select
        leg.locality_code,
        count(leg.value) as legs_n
    from leg
    left join leg as newer
        on
            leg.metric_id = newer.metric_id
            and leg.locality_code = newer.locality_code
            and (
                leg.period_end < newer.period_end
                or (leg.period_end = newer.period_end and leg.period_start < newer.period_start)
            )
    where
        leg.is_on_record
        or (leg.metric_id <> 'bal_money' and newer.metric_id is null)
    group by leg.locality_code
)

select
    counted.locality_code,
    counted.value,
    standing.legs_n
from metrics.balance as counted
left join standing
    on counted.locality_code = standing.locality_code
where
    counted.metric_id = 'bal_legs_ok'
    and (
        counted.value is null
        or counted.value > 3
        or (standing.legs_n is null and counted.value <> 0)
        or counted.value <> standing.legs_n
    )
