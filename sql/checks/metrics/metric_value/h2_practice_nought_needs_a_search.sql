-- H2: A nought among the practice metrics stands only for a locality with an entry in the search log.
select
    value.metric_id,
    value.locality_code,
    value.state
from metrics.metric_value as value
inner join core.dim_metric as metric
    on
        value.metric_id = metric.metric_id
        and metric.family = 'PRA'
left join core.fct_practice_search as search
    on value.locality_code = search.locality_code
where
    (value.value = 0 or value.state = 'searched_none_found')
    and search.locality_code is null
