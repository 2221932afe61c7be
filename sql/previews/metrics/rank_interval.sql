-- One row per locality: its possible ranks for the question on influence in the newest period, by its own confidence
-- set.
with newest as (
    select
        comparable_group,
        locality_code,
        rank_nominal,
        rank_lo,
        rank_hi,
        state,
        row_number() over (
            partition by comparable_group, locality_code
            order by period_end desc, period_start desc
        ) as age_order
    from metrics.rank_interval
    where metric_id = 'coh_influence_pct' and rank_lo is not null
)

select
    comparable_group,
    locality_code,
    rank_nominal,
    rank_lo,
    rank_hi,
    state,
    row_number() over (
        partition by comparable_group
        order by rank_lo + rank_hi, rank_lo, locality_code
    ) as place_order
from newest
where age_order = 1
order by comparable_group, place_order
