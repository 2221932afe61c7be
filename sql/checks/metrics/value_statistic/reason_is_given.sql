-- A statistic that is withheld, and a change without its interval, says why.
select
    metric_id,
    locality_code,
    period_start,
    period_end
from metrics.value_statistic
where
    (shrunk_value is null and shrunk_reason is null)
    or (group_difference is null and group_difference_reason is null)
    or (change_lci is null and change_reason is null)
    or (group_reliability is null and group_reliability_reason is null)
    or (rank_lo is null and rank_reason is null)
    or ((p_topfifth is null or p_botfifth is null) and fifth_reason is null)
