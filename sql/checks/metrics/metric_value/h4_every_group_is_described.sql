-- H4: Every comparable group is in core.dim_comparable_group, and its nation is that of the locality or the United
-- Kingdom.
select
    value.metric_id,
    value.locality_code,
    value.period,
    value.comparable_group,
    value.group_nation,
    locality.nation
from metrics.metric_value as value
left join core.dim_comparable_group as bounded using (comparable_group)
left join core.dim_locality as locality using (locality_code)
where
    (value.comparable_group is not null and bounded.comparable_group is null)
    or value.group_nation is distinct from bounded.group_nation
    or (locality.nation is not null and value.group_nation not in (locality.nation, 'United Kingdom'))
