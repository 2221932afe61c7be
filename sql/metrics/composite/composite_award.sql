-- One row per award behind the money of the composite and locality, with the share under each rule of location: parts
-- of an award by population, in equal shares, and at the recipient. Money that a rule cannot locate is unallocated.
with used as (
    select distinct
        period_start,
        period_end
    from metrics.composite_input
    where
        metric_id in ('fun_per_head', 'fun_n_rate')
        and value is not null
),

counted as (
    select
        used.period_start,
        used.period_end,
        award.award_key,
        award.funder_id,
        award.amount_gbp
    from metrics.award_counted as award
    inner join metrics.award_window using (window_id)
    inner join used using (period_start, period_end)
    where
        award.window_id <> 'place_funds'
        and award.in_scope_local
)

select
    counted.period_start,
    counted.period_end,
    counted.award_key,
    bridge.locality_code,
    counted.funder_id,
    counted.amount_gbp,
    sum(case when bridge.basis = 'best' then bridge.weight else 0 end) as population_weight,
    sum(case when bridge.basis = 'best' then bridge.weight_equal else 0 end) as equal_weight,
    sum(case when bridge.basis = 'recipient' then bridge.weight else 0 end) as recipient_weight
from counted
inner join core.bridge_award_locality as bridge using (award_key)
where bridge.basis in ('best', 'recipient')
group by
    counted.period_start,
    counted.period_end,
    counted.award_key,
    bridge.locality_code,
    counted.funder_id,
    counted.amount_gbp
