-- One row per metric of concentration, breakdown, window and area: how many funders the money comes from and how many
-- recipients it goes to. Computed from award rows only, because a summary names neither.
select
    'fun_' || measure.name || case context.scope when 'all' then '_all' else '' end as metric_id,
    'all' as breakdown,
    context.window_id,
    context.locality_code,
    case measure.name
        when 'hhi_funder' then context.funder_hhi
        when 'effective_funders' then 1 / nullif(context.funder_hhi, 0)
        when 'hhi_funder_norm' then hhi_normalised(context.funder_hhi, context.funders_n)
    end as value,
    'none:register_count' as ci_method,
    cast(null as double) as n_num,
    cast(context.funders_n as double) as n_den,
    context.named_funder_gbp / nullif(context.rows_gbp, 0) as coverage,
    case
        when context.absence is not null then context.absence
        when context.funder_hhi is null then coalesce(context.summary_gap, reason('no_funder'))
        when measure.name = 'hhi_funder_norm' and context.funders_n = 1 then reason('single_funder')
        when is_mostly_unknown(context.named_funder_gbp, context.rows_gbp)
            then reason('funder_tenth')
    end as gap_reason,
    reasons([
        context.kind_note,
        context.rows_note,
        context.months_note,
        context.partial_note,
        context.dates_note,
        context.ceiling_note,
        case
            when context.named_funder_gbp / nullif(context.rows_gbp, 0) < 0.5
                then reason('funder_half')
        end,
        case when context.named_funder_awards_n < 5 then reason('few_awards', 5) end,
        case
            when context.funders_n = 1
                then reason('one_funder')
        end
    ]) as low_reasons,
    context.rows_source_ids as source_ids
from metrics.funding_context as context
cross join (values ('hhi_funder'), ('effective_funders'), ('hhi_funder_norm')) as measure (name)
where
    not context.is_beyond
    and (context.scope = 'local' or measure.name <> 'hhi_funder_norm')
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
from metrics.funding_context
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
from metrics.funding_context
where not is_beyond
