-- Every metric that is linked to a question, risk, lesson or recommendation is in the catalogue, and every element
-- without a metric says what is missing.
with named as (
    select
        element_kind,
        element_id,
        unnest(metric_ids) as metric_id
    from meta.traceability
)

select
    named.element_kind,
    named.element_id,
    named.metric_id
from named
left join core.dim_metric as metric using (metric_id)
where metric.metric_id is null
union all
select
    element_kind,
    element_id,
    cast(null as varchar) as metric_id
from meta.traceability
where
    array_length(metric_ids) = 0
    and gap is null
