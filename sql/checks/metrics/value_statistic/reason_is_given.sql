-- Every withheld statistic and every change without an interval has a reason.
select
    metric_id,
    locality_code,
    period_start,
    period_end
from metrics.value_statistic
where
    (shrunk_value is null and array_length(shrunk_reason_codes) = 0)
    or (group_difference is null and array_length(group_difference_reason_codes) = 0)
    or (change_lci is null and array_length(change_reason_codes) = 0)
    or (group_reliability is null and array_length(group_reliability_reason_codes) = 0)
    or (rank_lo is null and array_length(rank_reason_codes) = 0)
    or ((p_topfifth is null or p_botfifth is null) and array_length(fifth_reason_codes) = 0)
