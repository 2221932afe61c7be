-- Three shares side by side, never averaged: a place with one leg shows one leg.
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
-- The side balance runs from -1 to 1, the leg from 0 to 1.
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
