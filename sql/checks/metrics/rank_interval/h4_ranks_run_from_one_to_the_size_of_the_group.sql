-- H4: Every rank is between 1 and the size of its group, and every row has the number of localities of its group.
with counted as (
    select
        metric_id,
        comparable_group,
        period_start,
        period_end,
        count(*) as places_n
    from metrics.rank_interval
    where state <> 'withheld'
    group by metric_id, comparable_group, period_start, period_end
)

select
    rank.metric_id,
    rank.locality_code,
    rank.period,
    rank.n,
    counted.places_n
from metrics.rank_interval as rank
inner join counted using (metric_id, comparable_group, period_start, period_end)
where
    rank.state <> 'withheld'
    and (
        rank.n <> counted.places_n
        or least(rank.rank_lo, rank.surely_better_n + 1, rank.rank_q5) < 1
        or greatest(rank.rank_hi, rank.n - rank.surely_worse_n, rank.rank_q95) > rank.n
    )
