-- One row per component of the balance, area and period. The three shares are shown side by side and never averaged, so
-- a locality with one known component has one value. A percentage is divided by 100; the side balance is between -1 and
-- 1, and its component between 0 and 1.
with measured as (
    select * from metrics.cohesion
    union all
    select * from metrics.funding
    union all
    select * from metrics.practice
)

select
    component.metric_id,
    measured.breakdown,
    measured.locality_code,
    measured.period_start,
    measured.period_end,
    (measured.value + component.added) / component.divisor as value,
    (measured.lci + component.added) / component.divisor as lci,
    (measured.uci + component.added) / component.divisor as uci,
    measured.ci_method,
    measured.n_num,
    measured.n_den,
    measured.se / component.divisor as se,
    measured.gap_reason,
    measured.low_reasons,
    measured.note_reasons,
    measured.coverage,
    measured.source_ids,
    measured.comparable_group
from measured
inner join (
    values
    ('coh_influence_pct', 'bal_voice', 0e0, 100e0),
    ('fun_balance_community', 'bal_money', 0e0, 1e0),
    ('prac_side_balance', 'bal_practice', 1e0, 2e0)
) as component (measured_metric_id, metric_id, added, divisor)
    on measured.metric_id = component.measured_metric_id
