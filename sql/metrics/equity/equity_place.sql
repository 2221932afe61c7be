-- One row per series, nation, period and locality, in order from the most to the least deprived, with the amount of
-- money, voice, volunteers or records. All measures of equity are computed from this table.
with dated_need as (
    select
        deprivation.locality_code,
        locality.nation,
        deprivation.value as rank_percentile,
        deprivation.period_end as index_end,
        deprivation.source_ids
    from metrics.deprivation as deprivation
    inner join core.dim_locality as locality using (locality_code)
    where
        deprivation.metric_id = 'dep_avg_rank_percentile_areas'
        and deprivation.value is not null
),

edition as (
    select
        nation,
        index_end,
        row_number() over (
            partition by nation
            order by count(*) desc, index_end desc
        ) as preference
    from dated_need
    group by nation, index_end
),

-- One index per nation, because ranks in two indices have no common order.
need as (
    select dated_need.*
    from dated_need
    inner join edition
        on
            dated_need.nation = edition.nation
            and dated_need.index_end = edition.index_end
            and edition.preference = 1
)

-- Localities with equal deprivation share one rank, so each has the mid-rank of all of them. Amounts are rounded to a
-- millionth, so that their sum does not depend on the order of rows.
select
    amount.series,
    nation.nation_code,
    amount.period_start,
    amount.period_end,
    amount.locality_code,
    need.rank_percentile,
    need.index_end,
    amount.persons,
    amount.amount,
    amount.amount_in_rows,
    amount.amount_by_recipient,
    amount.is_unreliable,
    count(*) over (
        partition by amount.series, nation.nation_code, amount.period_start, amount.period_end
    ) as localities_n,
    sum(amount.persons) over (
        partition by amount.series, nation.nation_code, amount.period_start, amount.period_end
    ) as persons_in_all,
    sum(amount.persons) over (
        partition by amount.series, nation.nation_code, amount.period_start, amount.period_end
        order by need.rank_percentile
    ) as persons_up_to,
    sum(amount.persons) over (
        partition by amount.series, nation.nation_code, amount.period_start, amount.period_end, need.rank_percentile
    ) as persons_at,
    cast(
        sum(cast(amount.amount as decimal(38, 6))) over (
            partition by amount.series, nation.nation_code, amount.period_start, amount.period_end
            order by need.rank_percentile
        ) as double
    ) as amount_up_to,
    cast(
        sum(cast(amount.amount as decimal(38, 6))) over (
            partition by amount.series, nation.nation_code, amount.period_start, amount.period_end, need.rank_percentile
        ) as double
    ) as amount_at,
    (
        sum(amount.persons)
            over (
                partition by amount.series, nation.nation_code, amount.period_start, amount.period_end
                order by need.rank_percentile
            )
        - sum(amount.persons) over (
            partition by amount.series, nation.nation_code, amount.period_start, amount.period_end, need.rank_percentile
        ) / 2
    )
    / nullif(
        sum(amount.persons) over (
            partition by amount.series, nation.nation_code, amount.period_start, amount.period_end
        ),
        0
    ) as mid_rank,
    list_sort(list_distinct(list_concat(amount.source_ids, need.source_ids))) as source_ids
from metrics.equity_amount as amount
inner join need using (locality_code)
inner join core.dim_nation as nation using (nation)
where amount.persons > 0
