-- One row per measure of equity, nation and period: how money, voice, volunteers and records are distributed over the
-- localities of a nation in order of deprivation. Nations are never compared, because their indices of deprivation
-- differ. With fewer than 8 localities there is no value. The localities are a complete list and not a sample, so
-- the interval describes how closely they follow one line, and does not cover awards that are not on record.
with measured as (
    select * from metrics.equity_concentration
    union all
    select * from metrics.equity_distribution
)

select
    metric_id,
    breakdown,
    locality_code,
    period_start,
    period_end,
    case when gap_reason is null then value end as value,
    case when gap_reason is null then lci end as lci,
    case when gap_reason is null then uci end as uci,
    case when gap_reason is null then ci_method else 'none:no_value' end as ci_method,
    case when gap_reason is null then n_num end as n_num,
    case when gap_reason is null then n_den end as n_den,
    case when gap_reason is null then se end as se,
    gap_reason,
    case when gap_reason is null then low_reasons end as low_reasons,
    case when gap_reason is null then coverage end as coverage,
    case when gap_reason is null then source_ids else cast([] as varchar[]) end as source_ids
from measured
