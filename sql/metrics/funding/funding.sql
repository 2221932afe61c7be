-- One row per metric of money, breakdown, area and period. Metrics without an ending are of the local scope, those with
-- `_all` of all awards. Money, numbers and small awards are of everything on record. Measures that the summary of
-- spring 2020 lacks are computed from award rows only, with a reason that says so.
with measured as (
    select * from metrics.funding_totals
    union all
    select * from metrics.funding_rates
    union all
    select * from metrics.funding_sizes
    union all
    select * from metrics.funding_duration
    union all
    select * from metrics.funding_concentration
    union all
    select * from metrics.funding_location
    union all
    select * from metrics.funding_balance
)

select
    measured.metric_id,
    measured.breakdown,
    measured.locality_code,
    period.period_start,
    period.period_end,
    case when measured.gap_reason is null then measured.value end as value,
    case when measured.gap_reason is null then measured.lci end as lci,
    case when measured.gap_reason is null then measured.uci end as uci,
    case when measured.gap_reason is null then measured.ci_method else 'none:no_value' end as ci_method,
    case when measured.gap_reason is null then measured.n_num end as n_num,
    case when measured.gap_reason is null then measured.n_den end as n_den,
    case when measured.gap_reason is null then measured.se end as se,
    measured.gap_reason,
    case when measured.gap_reason is null then measured.low_reasons end as low_reasons,
    case when measured.gap_reason is null then measured.coverage end as coverage,
    case when measured.gap_reason is null then measured.source_ids else cast([] as varchar[]) end as source_ids
from measured
inner join metrics.award_window as period using (window_id)
