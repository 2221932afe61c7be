-- H12: The residents by fifth of deprivation add up to the residents that the index counts.
select
    locality_code,
    period_start,
    period_end,
    sum(value) as persons,
    max(n_den) as all_persons
from metrics.metric_value
where metric_id like 'dep_quintile_pop%'
group by locality_code, period_start, period_end
having
    count(value) not in (0, 5)
    or abs(sum(value) - max(n_den)) > 0
