-- H12: Parts that the catalogue declares as additive sum to one or to their common denominator.
with listed as (
    select
        value.metric_id,
        part.breakdown_list,
        part.sums_to,
        value.locality_code,
        value.period_start,
        value.period_end,
        sum(value.value) as parts,
        count(*) as parts_n,
        count(value.value) as known_n,
        case part.sums_to when 'one' then 1e0 else max(value.n_den) end as base,
        case part.sums_to when 'one' then 1e0 else min(value.n_den) end as least_base
    from metrics.metric_value as value
    inner join core.bridge_metric_breakdown as part using (metric_id, breakdown)
    where part.sums_to is not null
    group by
        value.metric_id,
        part.breakdown_list,
        part.sums_to,
        value.locality_code,
        value.period_start,
        value.period_end
)

select
    metric_id,
    breakdown_list,
    locality_code,
    period_start,
    period_end,
    parts,
    base
from listed
where
    known_n not in (0, parts_n)
    or (known_n > 0 and (base is null or least_base <> base))
    or abs(parts - base) > 0.000001 * greatest(1, base)
