-- H4: Every survey percentage with a value has its statistics, and every rank set equals that of metrics.rank_interval.
with expected as (
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        cast(null as bigint) as rank_lo,
        cast(null as bigint) as rank_hi
    from metrics.cohesion
    where value is not null
    union all
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        rank_lo,
        rank_hi
    from metrics.rank_interval
)

select
    expected.*,
    statistic.rank_lo as shown_lo,
    statistic.rank_hi as shown_hi
from expected
left join metrics.value_statistic as statistic using (metric_id, locality_code, period_start, period_end)
where
    statistic.metric_id is null
    or coalesce(expected.rank_lo, statistic.rank_lo) <> statistic.rank_lo
    or coalesce(expected.rank_hi, statistic.rank_hi) <> statistic.rank_hi
    or (expected.rank_lo is not null and statistic.rank_lo is null)
