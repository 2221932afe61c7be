-- H4: A median stands only for values of one comparable group, with at least eight that are reliable, and states add
-- up.
select
    nation,
    metric_id,
    period_start,
    period_end,
    comparable_group,
    median_value
from marts.nation_comparison
where
    (median_value is not null and (comparable_group is null or ok_n < 8))
    or (median_state = 'ok') <> (median_value is not null)
    or ok_n + ok_low_n + suppressed_n + not_available_n + not_applicable_n + not_searched_n + searched_none_found_n
    + withheld_n + no_row_n <> localities_n
