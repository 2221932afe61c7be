-- Each survey percentage of a locality with all that can be said when it is set beside others: one row to read.
with latest as (
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        comparable_group,
        replace(replace(metric_id, 'coh_', ''), '_pct', '') as item,
        row_number() over (
            partition by metric_id, locality_code
            order by period_end desc, period_start desc
        ) as recency
    from metrics.cohesion
),

compared as (
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci
    from metrics.cohesion_compared
)

select
    latest.metric_id,
    metric.metric_name,
    latest.locality_code,
    locality.locality_name,
    locality.nation,
    latest.comparable_group,
    iso_interval(latest.period_start, latest.period_end) as period,
    latest.value,
    latest.lci,
    latest.uci,
    stated.state,
    stated.reason_codes,
    stated.state_reason,
    shrunk.value as eb_pct,
    difference.value as vs_group_pp,
    difference.lci as vs_group_lci,
    difference.uci as vs_group_uci,
    compared_by_interval(difference.lci, difference.uci) as vs_group,
    iso_interval(change.period_start, change.period_end) as change_period,
    change.value as change_pp,
    change.lci as change_lci,
    change.uci as change_uci,
    compared_by_interval(change.lci, change.uci) as change_reading,
    reliability.value as group_reliability,
    rank.n,
    rank.rank_lo,
    rank.rank_hi,
    rank.label,
    rank.p_topfifth,
    rank.p_botfifth
from latest
inner join metrics.metric_value as stated
    on
        latest.metric_id = stated.metric_id
        and latest.locality_code = stated.locality_code
        and latest.period_start = stated.period_start
        and latest.period_end = stated.period_end
inner join core.dim_locality as locality
    on latest.locality_code = locality.locality_code
inner join core.dim_nation as nation
    on locality.nation = nation.nation
inner join core.dim_metric as metric
    on latest.metric_id = metric.metric_id
left join compared as shrunk
    on
        shrunk.metric_id = 'coh_eb_pct_' || latest.item
        and latest.locality_code = shrunk.locality_code
        and latest.period_start = shrunk.period_start
        and latest.period_end = shrunk.period_end
left join compared as difference
    on
        difference.metric_id = 'coh_vs_group_' || latest.item
        and latest.locality_code = difference.locality_code
        and latest.period_start = difference.period_start
        and latest.period_end = difference.period_end
left join compared as change
    on
        change.metric_id = 'coh_change_' || latest.item
        and latest.locality_code = change.locality_code
        and latest.period_end = change.period_end
        and change.value is not null
left join compared as reliability
    on
        reliability.metric_id = 'coh_reliability_' || latest.item
        and nation.nation_code = reliability.locality_code
        and latest.period_start = reliability.period_start
        and latest.period_end = reliability.period_end
left join metrics.rank_interval as rank
    on
        latest.metric_id = rank.metric_id
        and latest.locality_code = rank.locality_code
        and latest.period_start = rank.period_start
        and latest.period_end = rank.period_end
where latest.recency = 1
