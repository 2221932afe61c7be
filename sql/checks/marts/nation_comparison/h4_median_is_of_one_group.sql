-- H4: Every median is of one comparable group with reliable values in at least 80 % of the localities and at least
-- eight of them, place funds have no median because their lists differ by nation, and the counts of states sum to the
-- localities.
select
    nation,
    metric_id,
    breakdown,
    period_start,
    period_end,
    comparable_group,
    median_value
from marts.nation_comparison
where
    metric_id in (
        select place_fund.metric_id
        from core.dim_metric as place_fund
        where place_fund.award_scope = 'place_funds'
    )
    or (median_value is not null and (comparable_group is null or ok_n < 8 or ok_n < 0.8e0 * localities_n))
    or (median_state = 'ok') <> (median_value is not null)
    or (median_state = 'ok') <> (array_length(median_reason_codes) = 0)
    or (median_value is null) <> (median_ci_method = 'none:no_value')
    or ok_n + ok_low_n + suppressed_n + not_available_n + not_applicable_n + not_searched_n + searched_none_found_n
    + withheld_n + no_row_n <> localities_n
