-- How money, voice, volunteers and records lie over a nation's localities in order of deprivation. Rows are of nations,
-- and no nation is compared with another: their indices of deprivation differ. Below 8 localities nothing is said. The
-- localities are all there are and no sample of more: the interval says how closely they keep to one line, and knows
-- nothing of what the awards on record leave out.
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
