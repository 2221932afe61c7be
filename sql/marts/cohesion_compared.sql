-- One row per survey percentage and locality, with all its comparisons: with its group and with its own past.
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
        row_number() over (
            partition by metric_id, locality_code
            order by period_end desc, period_start desc
        ) as recency
    from metrics.cohesion
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
    statistic.shrunk_value as eb_pct,
    statistic.group_difference as vs_group_pp,
    statistic.group_difference_lci as vs_group_lci,
    statistic.group_difference_uci as vs_group_uci,
    compared_by_interval(statistic.group_difference_lci, statistic.group_difference_uci) as vs_group,
    iso_interval(statistic.change_from_start, latest.period_end) as change_period,
    statistic.change as change_pp,
    statistic.change_lci,
    statistic.change_uci,
    compared_by_interval(statistic.change_lci, statistic.change_uci) as change_reading,
    statistic.group_reliability,
    statistic.ranked_n as n,
    statistic.rank_lo,
    statistic.rank_hi,
    statistic.rank_label as label,
    statistic.p_topfifth,
    statistic.p_botfifth
from latest
inner join metrics.metric_value as stated
    on
        latest.metric_id = stated.metric_id
        and stated.breakdown = 'all'
        and latest.locality_code = stated.locality_code
        and latest.period_start = stated.period_start
        and latest.period_end = stated.period_end
inner join core.dim_locality as locality
    on latest.locality_code = locality.locality_code
inner join core.dim_metric as metric
    on latest.metric_id = metric.metric_id
left join metrics.value_statistic as statistic
    on
        latest.metric_id = statistic.metric_id
        and latest.locality_code = statistic.locality_code
        and latest.period_start = statistic.period_start
        and latest.period_end = statistic.period_end
where latest.recency = 1
