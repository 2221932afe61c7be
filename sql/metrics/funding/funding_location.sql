-- One row per metric of location, breakdown, window and area: the evidence by which money is located.
select
    case scope when 'all' then 'fun_hq_share_all' else 'fun_hq_share' end as metric_id,
    'all' as breakdown,
    window_id,
    locality_code,
    recipient_gbp / nullif(rows_gbp, 0) as value,
    'none:register_count' as ci_method,
    recipient_gbp as n_num,
    rows_gbp as n_den,
    coverage,
    coalesce(absence, case when rows_gbp is null then summary_gap end) as gap_reason,
    reasons([kind_note, rows_note, months_note, partial_note, dates_note, ceiling_note]) as low_reasons,
    rows_source_ids as source_ids
from metrics.funding_context
where not is_beyond
union all
-- Nation-wide awards are outside the local scope, so the shares of location are of all awards. If no money is on
-- record, one row gives the reason for all of them.
select
    'fun_loc_share' as metric_id,
    basis.name as breakdown,
    context.window_id,
    context.locality_code,
    case basis.name
        when 'beneficiary' then context.beneficiary_gbp
        when 'recipient' then context.recipient_gbp
        when 'nation_wide' then context.nation_wide_gbp
        when 'unallocated' then context.unallocated_gbp
    end / nullif(context.rows_gbp, 0) as value,
    'none:register_count' as ci_method,
    case basis.name
        when 'beneficiary' then context.beneficiary_gbp
        when 'recipient' then context.recipient_gbp
        when 'nation_wide' then context.nation_wide_gbp
        when 'unallocated' then context.unallocated_gbp
    end as n_num,
    context.rows_gbp as n_den,
    context.coverage,
    coalesce(context.absence, case when context.rows_gbp is null then context.summary_gap end) as gap_reason,
    reasons([context.rows_note, context.months_note, context.partial_note, context.dates_note, context.ceiling_note])
        as low_reasons,
    context.rows_source_ids as source_ids
from metrics.funding_context as context
cross join (values ('all'), ('beneficiary'), ('recipient'), ('nation_wide'), ('unallocated')) as basis (name)
where
    context.scope = 'all'
    and (basis.name = 'all') = (context.absence is not null or context.rows_gbp is null)
    and (
        context.locality_code = 'K02000001'
        or (basis.name in ('all', 'beneficiary', 'recipient') and not context.is_beyond)
    )
