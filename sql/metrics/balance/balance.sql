-- One row per component of the balance, area and period. The three shares are shown side by side and never averaged, so
-- a locality with one known component has one value.
select
    'bal_voice' as metric_id,
    'all' as breakdown,
    locality_code,
    period_start,
    period_end,
    value / 100 as value,
    lci / 100 as lci,
    uci / 100 as uci,
    ci_method,
    n_num,
    n_den,
    se / 100 as se,
    gap_reason,
    low_reasons,
    note_reasons,
    coverage,
    source_ids,
    comparable_group
from metrics.cohesion
where metric_id = 'coh_influence_pct'
union all
select
    'bal_money' as metric_id,
    'all' as breakdown,
    locality_code,
    period_start,
    period_end,
    value,
    lci,
    uci,
    ci_method,
    n_num,
    n_den,
    se,
    gap_reason,
    low_reasons,
    note_reasons,
    coverage,
    source_ids,
    comparable_group
from metrics.funding
where metric_id = 'fun_balance_community'
union all
-- The side balance is between -1 and 1, and the component between 0 and 1.
select
    'bal_practice' as metric_id,
    'all' as breakdown,
    locality_code,
    period_start,
    period_end,
    (value + 1) / 2 as value,
    (lci + 1) / 2 as lci,
    (uci + 1) / 2 as uci,
    ci_method,
    n_num,
    n_den,
    se,
    gap_reason,
    low_reasons,
    note_reasons,
    coverage,
    source_ids,
    comparable_group
from metrics.practice
where metric_id = 'prac_side_balance'
