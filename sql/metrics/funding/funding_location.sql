-- One row per metric of location, breakdown, window and area: the evidence by which money is located.
with wide as (
    select
        context.window_id,
        context.scope,
        context.locality_code,
        context.coverage,
        context.is_beyond,
        context.absence,
        context.summary_gap,
        context.rows_note,
        context.kind_note,
        context.months_note,
        context.partial_note,
        context.ceiling_note,
        context.dates_note,
        funding.rows_gbp,
        funding.rows_source_ids,
        funding.beneficiary_gbp,
        funding.recipient_gbp,
        funding.nation_wide_gbp,
        funding.unallocated_gbp
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
from wide
where not is_beyond
union all
-- Nation-wide awards are outside the local scope, so the shares of location are of all awards. If no money is on
-- record, one row gives the reason for all of them.
select
    'fun_loc_share' as metric_id,
    basis.name as breakdown,
    wide.window_id,
    wide.locality_code,
    case basis.name
        when 'beneficiary' then wide.beneficiary_gbp
        when 'recipient' then wide.recipient_gbp
        when 'nation_wide' then wide.nation_wide_gbp
        when 'unallocated' then wide.unallocated_gbp
    end / nullif(wide.rows_gbp, 0) as value,
    'none:register_count' as ci_method,
    case basis.name
        when 'beneficiary' then wide.beneficiary_gbp
        when 'recipient' then wide.recipient_gbp
        when 'nation_wide' then wide.nation_wide_gbp
        when 'unallocated' then wide.unallocated_gbp
    end as n_num,
    wide.rows_gbp as n_den,
    wide.coverage,
    coalesce(wide.absence, case when wide.rows_gbp is null then wide.summary_gap end) as gap_reason,
    reasons([wide.rows_note, wide.months_note, wide.partial_note, wide.dates_note, wide.ceiling_note])
        as low_reasons,
    wide.rows_source_ids as source_ids
from wide
cross join (values ('all'), ('beneficiary'), ('recipient'), ('nation_wide'), ('unallocated')) as basis (name)
where
    wide.scope = 'all'
    and (basis.name = 'all') = (wide.absence is not null or wide.rows_gbp is null)
    and (
        wide.locality_code = 'K02000001'
        or (basis.name in ('all', 'beneficiary', 'recipient') and not wide.is_beyond)
    )
