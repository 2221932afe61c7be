-- One row per measure of concentration, breakdown, nation and period: the index, its range without one funder, the
-- share located by the recipient's address, and the slope.
select
    case series
        when 'recording' then 'eq_recording_gradient'
        when 'funding_beneficiary' then 'eq_ci_funding'
        when 'funding_all_beneficiary' then 'eq_ci_funding_all'
        else 'eq_ci_' || series
    end as metric_id,
    case when series in ('funding_beneficiary', 'funding_all_beneficiary') then 'beneficiary' else 'all' end
        as breakdown,
    nation_code as locality_code,
    period_start,
    period_end,
    index_value as value,
    greatest(index_value - reach, -1) as lci,
    least(index_value + reach, 1) as uci,
    'convenient_regression' as ci_method,
    cast(null as double) as n_num,
    cast(localities_n as double) as n_den,
    se,
    gap_reason,
    low_reasons,
    coverage,
    source_ids
from metrics.equity_series
union all
select
    'eq_ci_' || judged.series || '_lofo_' || range_end.name as metric_id,
    'all' as breakdown,
    judged.nation_code as locality_code,
    judged.period_start,
    judged.period_end,
    case range_end.name when 'lo' then judged.lowest else judged.highest end as value,
    cast(null as double) as lci,
    cast(null as double) as uci,
    'none:end_of_range' as ci_method,
    cast(null as double) as n_num,
    cast(judged.funders_n as double) as n_den,
    cast(null as double) as se,
    case
        when judged.gap_reason is not null then judged.gap_reason
        when judged.funders_n is null then reason('no_funder_row')
        when judged.funders_n = 1 then reason('one_funder_named')
        when judged.least_localities_n < 8 then reason('few_without_funder', 8)
    end as gap_reason,
    joined_reasons(
        reasons([case when judged.amount > judged.amount_in_rows then reason('summary_stays') end]),
        judged.low_reasons
    ) as low_reasons,
    judged.coverage,
    judged.source_ids
from metrics.equity_series as judged
cross join (values ('lo'), ('hi')) as range_end (name)
where judged.series in ('funding', 'funding_all')
union all
select
    'eq_hq_share_' || series as metric_id,
    'all' as breakdown,
    nation_code as locality_code,
    period_start,
    period_end,
    amount_by_recipient / nullif(amount_in_rows, 0) as value,
    cast(null as double) as lci,
    cast(null as double) as uci,
    'none:register_count' as ci_method,
    amount_by_recipient as n_num,
    amount_in_rows as n_den,
    cast(null as double) as se,
    case when amount_by_recipient is null then reason('summary_lacks') end as gap_reason,
    joined_reasons(
        reasons([case when amount > amount_in_rows then reason('summary_left_out') end]),
        low_reasons
    ) as low_reasons,
    coverage,
    source_ids
from metrics.equity_series
where series in ('funding', 'funding_all')
union all
select
    'eq_sii_' || series as metric_id,
    'all' as breakdown,
    nation_code as locality_code,
    period_start,
    period_end,
    slope as value,
    slope - slope_quantile * slope_se as lci,
    slope + slope_quantile * slope_se as uci,
    'weighted_regression' as ci_method,
    cast(null as double) as n_num,
    cast(tenths_n as double) as n_den,
    slope_se as se,
    case
        when gap_reason is not null then gap_reason
        when tenths_n < 5 then reason('few_tenths')
    end as gap_reason,
    low_reasons,
    coverage,
    source_ids
from metrics.equity_series
where series in ('funding', 'funding_all', 'voice', 'volunteering')
