-- One row per metric of the sums of money, breakdown, window and area. A missing published award is not evidence of no
-- money, so no total here is zero.
select
    case scope when 'all' then 'fun_total_gbp_all' else 'fun_total_gbp' end as metric_id,
    'all' as breakdown,
    window_id,
    locality_code,
    total_gbp as value,
    'none:register_count' as ci_method,
    total_gbp as n_num,
    weighted_awards_n as n_den,
    coverage,
    absence as gap_reason,
    reasons([
        kind_note,
        summary_note,
        overlap_note,
        months_note,
        partial_note,
        dates_note,
        ceiling_note
    ]) as low_reasons,
    source_ids
from metrics.funding_context
union all
select
    case scope when 'all' then 'fun_n_all' else 'fun_n' end as metric_id,
    'all' as breakdown,
    window_id,
    locality_code,
    weighted_awards_n as value,
    'none:register_count' as ci_method,
    weighted_awards_n as n_num,
    cast(null as double) as n_den,
    coverage,
    coalesce(absence, case when weighted_awards_n is null then totals_gap end) as gap_reason,
    reasons([
        kind_note,
        totals_note,
        summary_note,
        overlap_note,
        months_note,
        partial_note,
        dates_note
    ]) as low_reasons,
    source_ids
from metrics.funding_context
