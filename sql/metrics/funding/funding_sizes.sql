-- One row per metric of award sizes, breakdown, window and area.
-- If nothing is on record, the row of the whole gives the reason.
select
    case when counted.is_money then 'fun_total_gbp' else 'fun_n' end as metric_id,
    'size_class_' || class.number as breakdown,
    context.window_id,
    context.locality_code,
    case (class.number || case when counted.is_money then '_gbp' else '' end)
        when '1' then context.size_class_1_n
        when '2' then context.size_class_2_n
        when '3' then context.size_class_3_n
        when '4' then context.size_class_4_n
        when '5' then context.size_class_5_n
        when '6' then context.size_class_6_n
        when '7' then context.size_class_7_n
        when '8' then context.size_class_8_n
        when '1_gbp' then context.size_class_1_gbp
        when '2_gbp' then context.size_class_2_gbp
        when '3_gbp' then context.size_class_3_gbp
        when '4_gbp' then context.size_class_4_gbp
        when '5_gbp' then context.size_class_5_gbp
        when '6_gbp' then context.size_class_6_gbp
        when '7_gbp' then context.size_class_7_gbp
        when '8_gbp' then context.size_class_8_gbp
    end as value,
    cast(null as double) as lci,
    cast(null as double) as uci,
    'none:register_count' as ci_method,
    cast(null as double) as n_num,
    case when counted.is_money then context.total_gbp - context.totals_gbp else context.weighted_awards_n end as n_den,
    context.coverage,
    context.totals_gap as gap_reason,
    reasons([
        context.kind_note,
        context.totals_note,
        context.summary_note,
        context.overlap_note,
        context.months_note,
        context.partial_note,
        context.dates_note,
        context.ceiling_note
    ]) as low_reasons,
    context.source_ids
from metrics.funding_context as context
cross join (values ('1'), ('2'), ('3'), ('4'), ('5'), ('6'), ('7'), ('8')) as class (number)
cross join (values (false), (true)) as counted (is_money)
where
    context.scope = 'local'
    and context.absence is null
union all
select
    case scope when 'all' then 'fun_small_award_share_all' else 'fun_small_award_share' end as metric_id,
    'all' as breakdown,
    window_id,
    locality_code,
    weighted_awards_up_to_10000_n / nullif(weighted_awards_n, 0) as value,
    wilson_low(weighted_awards_up_to_10000_n, weighted_awards_n) as lci,
    wilson_high(weighted_awards_up_to_10000_n, weighted_awards_n) as uci,
    'wilson' as ci_method,
    weighted_awards_up_to_10000_n as n_num,
    weighted_awards_n as n_den,
    coverage,
    coalesce(absence, case when weighted_awards_n is null then totals_gap end) as gap_reason,
    reasons([
        kind_note,
        totals_note,
        summary_note,
        overlap_note,
        months_note,
        partial_note,
        dates_note,
        ceiling_note,
        case when weighted_awards_n < 50 then reason('few_awards_short', 50) end
    ]) as low_reasons,
    source_ids
from metrics.funding_context
where not is_beyond
