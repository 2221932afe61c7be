-- One row per metric of concentration, breakdown, window and area: how many funders the money comes from and how many
-- recipients it goes to. Computed from award rows only, because a summary names neither.
with wide as (
    select
        context.window_id,
        context.scope,
        context.locality_code,
        context.is_beyond,
        context.absence,
        context.summary_gap,
        context.rows_note,
        context.totals_note,
        context.kind_note,
        context.months_note,
        context.partial_note,
        context.ceiling_note,
        context.dates_note,
        funding.rows_gbp,
        funding.rows_source_ids,
        funding.funders_n,
        funding.named_funder_awards_n,
        funding.named_funder_gbp,
        funding.funder_hhi,
        funding.recipients_n,
        funding.named_recipient_awards_n,
        funding.named_recipient_gbp,
        funding.recipient_hhi
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
    'fun_' || measure.name || case wide.scope when 'all' then '_all' else '' end as metric_id,
    'all' as breakdown,
    wide.window_id,
    wide.locality_code,
    case measure.name
        when 'hhi_funder' then wide.funder_hhi
        when 'effective_funders' then 1 / nullif(wide.funder_hhi, 0)
        when 'hhi_funder_norm' then hhi_normalised(wide.funder_hhi, wide.funders_n)
    end as value,
    'none:register_count' as ci_method,
    cast(null as double) as n_num,
    cast(wide.funders_n as double) as n_den,
    wide.named_funder_gbp / nullif(wide.rows_gbp, 0) as coverage,
    case
        when wide.absence is not null then wide.absence
        when wide.funder_hhi is null then coalesce(wide.summary_gap, reason('no_funder'))
        when measure.name = 'hhi_funder_norm' and wide.funders_n = 1 then reason('single_funder')
        when is_mostly_unknown(wide.named_funder_gbp, wide.rows_gbp)
            then reason('funder_tenth')
    end as gap_reason,
    reasons([
        wide.kind_note,
        wide.rows_note,
        wide.months_note,
        wide.partial_note,
        wide.dates_note,
        wide.ceiling_note,
        case
            when wide.named_funder_gbp / nullif(wide.rows_gbp, 0) < 0.5
                then reason('funder_half')
        end,
        case when wide.named_funder_awards_n < 5 then reason('few_awards', 5) end,
        case
            when wide.funders_n = 1
                then reason('one_funder')
        end
    ]) as low_reasons,
    wide.rows_source_ids as source_ids
from wide
cross join (values ('hhi_funder'), ('effective_funders'), ('hhi_funder_norm')) as measure (name)
where
    not wide.is_beyond
    and (wide.scope = 'local' or measure.name <> 'hhi_funder_norm')
union all
select
    case scope when 'all' then 'fun_recipients_n_all' else 'fun_recipients_n' end as metric_id,
    'all' as breakdown,
    window_id,
    locality_code,
    cast(recipients_n as double) as value,
    'none:register_count' as ci_method,
    cast(recipients_n as double) as n_num,
    cast(null as double) as n_den,
    named_recipient_gbp / nullif(rows_gbp, 0) as coverage,
    case
        when absence is not null then absence
        when recipients_n is null then coalesce(summary_gap, reason('no_recipient'))
    end as gap_reason,
    reasons([
        kind_note,
        rows_note,
        totals_note,
        months_note,
        partial_note,
        dates_note,
        case
            when named_recipient_gbp / nullif(rows_gbp, 0) < 0.5
                then reason('recipient_half')
        end
    ]) as low_reasons,
    rows_source_ids as source_ids
from wide
where not is_beyond
union all
select
    case scope when 'all' then 'fun_hhi_recipient_all' else 'fun_hhi_recipient' end as metric_id,
    'all' as breakdown,
    window_id,
    locality_code,
    recipient_hhi as value,
    'none:register_count' as ci_method,
    cast(null as double) as n_num,
    cast(recipients_n as double) as n_den,
    named_recipient_gbp / nullif(rows_gbp, 0) as coverage,
    case
        when absence is not null then absence
        when recipient_hhi is null then coalesce(summary_gap, reason('no_recipient'))
        when is_mostly_unknown(named_recipient_gbp, rows_gbp) then reason('recipient_tenth')
    end as gap_reason,
    reasons([
        kind_note,
        rows_note,
        months_note,
        partial_note,
        dates_note,
        ceiling_note,
        case
            when named_recipient_gbp / nullif(rows_gbp, 0) < 0.5
                then reason('recipient_half')
        end,
        case when named_recipient_awards_n < 5 then reason('few_awards', 5) end,
        case
            when recipients_n = 1
                then reason('one_recipient')
        end
    ]) as low_reasons,
    rows_source_ids as source_ids
from wide
where not is_beyond
