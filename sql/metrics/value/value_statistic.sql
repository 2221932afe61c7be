-- One row per value that has a statistic. A survey percentage is compared with the other localities of its group (one
-- nation, survey and wording in one period) and with its own past; every value that may be ranked has its rank set.
-- Withheld statistics are null, with the reasons beside them.
with described as (
    select
        metric_id,
        locality_code,
        period_start,
        period_end
    from metrics.value_group
    union
    select
        metric_id,
        locality_code,
        period_start,
        period_end
    from metrics.rank_interval
)

select
    described.*,
    compared.group_n,
    compared.shrunk_value,
    snapped_bound(compared.shrunk_value - 1.959963984540054e0 * compared.shrunk_se, compared.shrunk_value)
        as shrunk_lci,
    snapped_bound(compared.shrunk_value + 1.959963984540054e0 * compared.shrunk_se, compared.shrunk_value)
        as shrunk_uci,
    case
        when compared.metric_id is null then [reason('surveys_only')]
        else compared.shrunk_reason_codes
    end as shrunk_reason_codes,
    compared.group_difference,
    snapped_bound(
        compared.group_difference - 1.959963984540054e0 * compared.group_difference_se, compared.group_difference
    ) as group_difference_lci,
    snapped_bound(
        compared.group_difference + 1.959963984540054e0 * compared.group_difference_se, compared.group_difference
    ) as group_difference_uci,
    case
        when compared.metric_id is null then [reason('surveys_only')]
        else compared.group_difference_reason_codes
    end as group_difference_reason_codes,
    changed.change,
    snapped_bound(changed.change - 1.959963984540054e0 * changed.change_se, changed.change) as change_lci,
    snapped_bound(changed.change + 1.959963984540054e0 * changed.change_se, changed.change) as change_uci,
    changed.change_from_start,
    changed.change_from_end,
    case
        when compared.metric_id is null then [reason('surveys_only')]
        when changed.metric_id is null then [reason('no_earlier_period')]
        else changed.change_reason_codes
    end as change_reason_codes,
    compared.group_reliability,
    snapped_bound(compared.group_reliability_lci, compared.group_reliability) as group_reliability_lci,
    snapped_bound(compared.group_reliability_uci, compared.group_reliability) as group_reliability_uci,
    case
        when compared.metric_id is null then [reason('surveys_only')]
        else compared.group_reliability_reason_codes
    end as group_reliability_reason_codes,
    rank.rank_lo,
    rank.rank_hi,
    rank.n as ranked_n,
    rank.label as rank_label,
    case
        when rank.metric_id is not null then rank.reason_codes
        when locality.locality_code is null then [reason('nation_not_compared')]
        else [reason('not_ranked')]
    end as rank_reason_codes,
    rank.p_topfifth,
    rank.p_botfifth,
    case when rank.p_topfifth is not null then rank.draws_n end as fifth_draws_n,
    case when rank.p_topfifth is not null then 1 / (rank.draws_n + rank.n / ceil(rank.n / 5e0)) end as p_fifth_least,
    case
        when rank.p_topfifth is not null then (rank.draws_n + 1) / (rank.draws_n + rank.n / ceil(rank.n / 5e0))
    end as p_fifth_greatest,
    case
        when array_length(rank.fifth_reason_codes) > 0 then rank.fifth_reason_codes
        when rank.metric_id is not null then rank.reason_codes
        when locality.locality_code is null then [reason('nation_not_compared')]
        else [reason('not_ranked')]
    end as fifth_reason_codes
from described
left join core.dim_locality as locality using (locality_code)
left join metrics.value_group as compared using (metric_id, locality_code, period_start, period_end)
left join metrics.value_change as changed using (metric_id, locality_code, period_start, period_end)
left join metrics.rank_interval as rank using (metric_id, locality_code, period_start, period_end)
