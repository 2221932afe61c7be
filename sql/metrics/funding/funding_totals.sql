-- One row per metric of the sums of money, breakdown, window and area. A missing published award is not evidence of no
-- money, so no total here is zero.
with wide as (
    select
        context.window_id,
        context.scope,
        context.locality_code,
        context.coverage,
        context.absence,
        context.totals_gap,
        context.summary_note,
        context.overlap_note,
        context.totals_note,
        context.kind_note,
        context.months_note,
        context.partial_note,
        context.ceiling_note,
        context.dates_note,
        context.source_ids,
        funding.weighted_awards_n,
        funding.total_gbp
    from metrics.funding_context as context
    left join metrics.funding_window as funding
        on
            context.window_id = funding.window_id
            and context.scope = funding.scope
            and context.locality_code = funding.locality_code
            and funding.basis = 'best'
    where context.window_id <> 'place_funds'
)

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
from wide
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
from wide
