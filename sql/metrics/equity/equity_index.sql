-- One row per series, nation and period: the concentration index over the localities of the nation, with its error.
with source as (
    select
        series,
        nation_code,
        period_start,
        period_end,
        unnest(source_ids) as source_id
    from metrics.equity_place
),

sources as (
    select
        series,
        nation_code,
        period_start,
        period_end,
        list_sort(array_agg(distinct source_id)) as source_ids
    from source
    group by series, nation_code, period_start, period_end
),

summed as (
    select
        series,
        nation_code,
        period_start,
        period_end,
        count(*) as localities_n,
        stable_sum(persons) as persons,
        stable_sum(amount) as amount,
        stable_sum(amount_in_rows) as amount_in_rows,
        stable_sum(amount_by_recipient) as amount_by_recipient,
        stable_sum(amount) / stable_sum(persons) as mean,
        concentration_index(amount, mid_rank) as index_value,
        stable_sum(persons * (mid_rank - 0.5e0) * (mid_rank - 0.5e0)) / stable_sum(persons) as rank_variance,
        count(case when is_unreliable then 1 end) as unreliable_n,
        max(index_end) as index_end
    from metrics.equity_place
    group by series, nation_code, period_start, period_end
),

-- The index is the slope of a regression, weighted by residents, of the amount per resident over the mean, scaled by
-- twice the variance of the mid-ranks, on the mid-rank (Kakwani, Wagstaff and van Doorslaer 1997); this is its error.
regressed as (
    select
        place.series,
        place.nation_code,
        place.period_start,
        place.period_end,
        sqrt(
            stable_sum(
                place.persons
                * power(
                    2 * summed.rank_variance * (place.amount / place.persons / nullif(summed.mean, 0) - 1)
                    - summed.index_value * (place.mid_rank - 0.5e0),
                    2
                )
            )
            / nullif(max(summed.persons) * (max(summed.localities_n) - 2) * max(summed.rank_variance), 0)
        ) as se
    from metrics.equity_place as place
    inner join summed using (series, nation_code, period_start, period_end)
    group by place.series, place.nation_code, place.period_start, place.period_end
)

select
    summed.series,
    summed.nation_code,
    summed.period_start,
    summed.period_end,
    summed.localities_n,
    summed.amount,
    summed.amount_in_rows,
    summed.amount_by_recipient,
    summed.index_value,
    summed.rank_variance,
    summed.unreliable_n,
    summed.index_end,
    regressed.se,
    sources.source_ids
from summed
inner join regressed using (series, nation_code, period_start, period_end)
inner join sources using (series, nation_code, period_start, period_end)
