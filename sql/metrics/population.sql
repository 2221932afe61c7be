-- Publishers print no interval with these estimates, so none is made up. The nations' newest estimates are of different
-- years, and only those of one year may be compared: the year is in the group.
select
    'pop_total' as metric_id,
    locality_code,
    period_end as period_start,
    period_end,
    cast(population_persons as double) as value,
    cast(null as double) as lci,
    cast(null as double) as uci,
    'none:not_published' as ci_method,
    cast(population_persons as double) as n_num,
    cast(null as double) as n_den,
    cast(null as double) as se,
    'ok' as state,
    cast(null as varchar) as state_reason,
    cast(null as double) as coverage,
    [source_id] as source_ids,
    'UK | ' || cast(extract(year from period_end) as varchar) as comparable_group
from core.fct_population
