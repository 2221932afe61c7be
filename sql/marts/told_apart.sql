-- One row per metric with rank sets, comparable group and period: how many localities are distinguishable, with a
-- sentence to show above any list of them. A locality is above or below the middle if its rank set does not contain the
-- middle. Two localities are distinguishable if all comparisons of the group, judged at once, say which is better.
with ranked as (
    select
        metric_id,
        comparable_group,
        period,
        period_start,
        period_end,
        n,
        rank_lo,
        rank_hi,
        surely_better_n,
        surely_worse_n
    from metrics.rank_interval
    where rank_lo is not null
),

counted as (
    select
        metric_id,
        comparable_group,
        period,
        period_start,
        period_end,
        count(*) as localities_n,
        count(case when 2 * rank_hi < n + 1 then 1 end) as above_middle_n,
        count(case when 2 * rank_lo > n + 1 then 1 end) as below_middle_n,
        count(case when 2 * (n - surely_worse_n) < n + 1 or 2 * (surely_better_n + 1) > n + 1 then 1 end)
            as told_at_once_n,
        cast(count(*) * (count(*) - 1) / 2 as bigint) as pairs_n,
        cast(sum(surely_better_n + surely_worse_n) / 2 as bigint) as pairs_told_apart_n
    from ranked
    group by metric_id, comparable_group, period, period_start, period_end
)

select
    counted.*,
    metric.metric_name,
    cast(counted.pairs_told_apart_n as double) / nullif(counted.pairs_n, 0) as pairs_told_apart_share,
    'Of ' || cast(counted.localities_n as varchar) || ' localities, '
    || cast(counted.above_middle_n as varchar) || ' are distinguishably above the middle of the list and '
    || cast(counted.below_middle_n as varchar) || ' below it; with all comparisons judged at once, '
    || cast(counted.told_at_once_n as varchar) || ' are; of the ' || cast(counted.pairs_n as varchar) || ' pairs, '
    || cast(counted.pairs_told_apart_n as varchar) || ' ('
    || cast(cast(floor(100e0 * counted.pairs_told_apart_n / nullif(counted.pairs_n, 0) + 0.5e0) as integer) as varchar)
    || ' %) are distinguishable.' as sentence
from counted
inner join core.dim_metric as metric using (metric_id)
