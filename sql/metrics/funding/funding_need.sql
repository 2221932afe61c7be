-- One row per locality and period: money compared with need, as one of four groups, or as indeterminate where the
-- interval of the money contains the median of the group. 1: more money and more need; 2: more money and less need; 3:
-- less money and more need; 4: less money and less need; 0: indeterminate. A value equal to a median is on neither side
-- of it. The groups are descriptive and do not say who should have what. Publishers print no error of a total, so the
-- error is that of a sum of a random number of amounts (compound Poisson: the variance is the sum of the squares).
with money as (
    select
        funding.locality_code,
        period.window_id,
        funding.period_start,
        funding.period_end,
        funding.value as per_head,
        funding.low_reasons,
        funding.source_ids,
        1.959963984540054e0 * sqrt(amounts.squared_gbp) / nullif(funding.n_den, 0) as reach
    from metrics.funding as funding
    inner join metrics.award_window as period using (period_start, period_end)
    inner join metrics.funding_window as amounts
        on
            period.window_id = amounts.window_id
            and funding.locality_code = amounts.locality_code
            and amounts.basis = 'best'
            and amounts.scope = 'local'
    where
        funding.metric_id = 'fun_per_head'
        and funding.value is not null
        and period.window_id <> 'place_funds'
),

dated_need as (
    select
        deprivation.locality_code,
        deprivation.value as rank_percentile,
        deprivation.period_end as index_end,
        deprivation.source_ids,
        index_group.group_index,
        row_number() over (
            partition by deprivation.locality_code
            order by deprivation.period_end desc
        ) as recency
    from metrics.deprivation as deprivation
    inner join core.dim_comparable_group as index_group using (comparable_group)
    where
        deprivation.metric_id = 'dep_avg_rank_percentile_areas'
        and deprivation.value is not null
),

paired as (
    select
        money.locality_code,
        money.window_id,
        money.period_start,
        money.period_end,
        money.per_head,
        money.reach,
        joined_reasons(
            money.low_reasons,
            reasons([
                case
                    when abs(extract(year from money.period_end) - extract(year from need.index_end)) > 5
                        then reason('old_index')
                end
            ])
        ) as low_reasons,
        need.rank_percentile,
        list_sort(list_distinct(list_concat(money.source_ids, need.source_ids))) as source_ids,
        comparable_group(locality.nation, locality.authority_type, null, null, need.group_index, null) as comparison
    from money
    inner join dated_need as need
        on
            money.locality_code = need.locality_code
            and need.recency = 1
    inner join core.dim_locality as locality
        on money.locality_code = locality.locality_code
),

middle as (
    select
        comparison,
        window_id,
        count(*) as localities_n,
        median(per_head) as median_per_head,
        median(rank_percentile) as median_rank_percentile
    from paired
    group by comparison, window_id
),

judged as (
    select
        paired.locality_code,
        paired.period_start,
        paired.period_end,
        paired.source_ids,
        paired.comparison,
        middle.localities_n,
        paired.low_reasons,
        case
            when middle.localities_n < 8 then reason('few_both', 8)
        end as gap_reason,
        case
            when paired.per_head - paired.reach > middle.median_per_head then 'more'
            when paired.per_head + paired.reach < middle.median_per_head then 'less'
        end as money,
        -- The most deprived localities have the lowest rank percentile.
        case
            when paired.rank_percentile < middle.median_rank_percentile then 'more'
            when paired.rank_percentile > middle.median_rank_percentile then 'less'
        end as need
    from paired
    inner join middle using (comparison, window_id)
)

select
    'fun_vs_need_quadrant' as metric_id,
    'all' as breakdown,
    locality_code,
    period_start,
    period_end,
    case
        when gap_reason is not null then null
        when money = 'more' and need = 'more' then 1e0
        when money = 'more' and need = 'less' then 2e0
        when money = 'less' and need = 'more' then 3e0
        when money = 'less' and need = 'less' then 4e0
        else 0e0
    end as value,
    case when gap_reason is null then 'none:category' else 'none:no_value' end as ci_method,
    case when gap_reason is null then cast(localities_n as double) end as n_den,
    gap_reason,
    case when gap_reason is null then low_reasons end as low_reasons,
    case
        when gap_reason is not null then cast(null as varchar[])
        when money is null then [reason('money_indeterminate')]
        when need is null then [reason('need_indeterminate')]
        when money = 'more' and need = 'more' then [reason('more_money_more_need')]
        when money = 'more' then [reason('more_money_less_need')]
        when need = 'more' then [reason('less_money_more_need')]
        else [reason('less_money_less_need')]
    end as note_reasons,
    case when gap_reason is null then source_ids else cast([] as varchar[]) end as source_ids,
    comparison as comparable_group
from judged
