-- H4: Every median is computed from all values of the nation, and its counts of states include the unreliable values.
with expected as (
    select
        locality.nation,
        value.metric_id,
        value.breakdown,
        value.period_start,
        value.period_end,
        median(value.value) as median_value,
        count(case when value.state = 'ok' then 1 end) as ok_n,
        count(case when value.state = 'ok_low' then 1 end) as ok_low_n,
        count(distinct case when value.value is not null then value.comparable_group end) as groups_n
    from metrics.metric_value as value
    inner join core.dim_locality as locality using (locality_code)
    group by locality.nation, value.metric_id, value.breakdown, value.period_start, value.period_end
)

select
    mart.nation,
    mart.metric_id,
    mart.breakdown,
    mart.period_start,
    mart.period_end,
    mart.median_value,
    expected.median_value as median_of_values
from marts.nation_comparison as mart
left join expected using (nation, metric_id, breakdown, period_start, period_end)
where
    expected.metric_id is null
    or mart.ok_n <> expected.ok_n
    or mart.ok_low_n <> expected.ok_low_n
    or (mart.median_value is not null and expected.groups_n <> 1)
    or (mart.median_value is not null and mart.median_value is distinct from expected.median_value)
