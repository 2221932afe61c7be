-- H4: Every group with rank sets is counted completely and within one period, and distinguishable pairs never exceed
-- the number of pairs.
with ranked as (
    select
        metric_id,
        comparable_group,
        period_start,
        period_end,
        count(*) as localities_n
    from metrics.rank_interval
    where rank_lo is not null
    group by metric_id, comparable_group, period_start, period_end
)

select
    coalesce(ranked.metric_id, told.metric_id) as metric_id,
    coalesce(ranked.comparable_group, told.comparable_group) as comparable_group,
    ranked.localities_n as ranked_n,
    told.localities_n as told_n,
    told.above_middle_n,
    told.below_middle_n,
    told.pairs_told_apart_n
from ranked
full join marts.told_apart as told
    on
        ranked.metric_id = told.metric_id
        and ranked.comparable_group = told.comparable_group
        and ranked.period_start = told.period_start
        and ranked.period_end = told.period_end
where
    ranked.localities_n is null
    or told.localities_n is null
    or ranked.localities_n <> told.localities_n
    or told.above_middle_n + told.below_middle_n > told.localities_n
    or told.told_at_once_n > told.above_middle_n + told.below_middle_n
    or told.pairs_told_apart_n > told.pairs_n
    or told.pairs_told_apart_n < 0
