-- Every locality and metric of a family, by the state of its newest value.
with newest as (
    select
        value.locality_code,
        value.metric_id,
        value.state,
        row_number() over (
            partition by value.locality_code, value.metric_id
            order by value.period_end desc, value.period_start desc
        ) as age_order
    from metrics.metric_value as value
    where value.metric_id not like 'fun_place%'
)

select
    locality.nation,
    metric.family,
    newest.state,
    count(*) as values_n
from newest
inner join core.dim_locality as locality
    on newest.locality_code = locality.locality_code
inner join core.dim_metric as metric
    on newest.metric_id = metric.metric_id
where newest.age_order = 1
group by locality.nation, metric.family, newest.state
order by locality.nation, metric.family, newest.state
