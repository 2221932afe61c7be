-- The localities of the same nation that are most similar to each locality. The order is of similarity alone.
select
    locality.locality_name,
    locality.locality_name_cy,
    mart.similarity_order,
    other.locality_name as similar_name,
    other.locality_name_cy as similar_name_cy,
    mart.nation,
    mart.distance,
    metric.metric_name as difference_name,
    metric.metric_name_cy as difference_name_cy,
    mart.kept_n,
    mart.inputs_used,
    mart.inputs_missing,
    mart.state,
    mart.state_reason,
    mart.locality_code,
    mart.similar_code
from marts.similar_locality as mart
inner join core.dim_locality as locality using (locality_code)
left join core.dim_locality as other
    on mart.similar_code = other.locality_code
left join core.dim_metric as metric
    on mart.largest_difference = metric.metric_id
