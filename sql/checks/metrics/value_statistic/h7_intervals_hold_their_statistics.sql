-- H7: Every interval contains its statistic, and every shrunken value, difference, reliability and rank set has two
-- bounds.
select
    metric_id,
    locality_code,
    period_start,
    period_end,
    shrunk_value,
    group_difference,
    change,
    group_reliability,
    rank_lo,
    rank_hi,
    ranked_n,
    p_topfifth,
    p_botfifth
from metrics.value_statistic
where
    (shrunk_value is not null and not coalesce(shrunk_value between shrunk_lci and shrunk_uci, false))
    or (
        group_difference is not null
        and not coalesce(group_difference between group_difference_lci and group_difference_uci, false)
    )
    or change < change_lci
    or change > change_uci
    or (change_lci is null) <> (change_uci is null)
    or (change is null) <> (change_from_start is null)
    or (
        group_reliability is not null
        and not coalesce(group_reliability between group_reliability_lci and group_reliability_uci, false)
    )
    or (rank_lo is null) <> (rank_hi is null)
    or (rank_lo is not null and not coalesce(1 <= rank_lo and rank_lo <= rank_hi and rank_hi <= ranked_n, false))
    or (p_topfifth is not null and not coalesce(p_topfifth between p_fifth_least and p_fifth_greatest, false))
    or (p_botfifth is not null and not coalesce(p_botfifth between p_fifth_least and p_fifth_greatest, false))
