-- H3: Every measure of the register has a record of the locality, or a search that found none.
with recorded as (
    select
        locality_code,
        'recorded' as standing
    from core.fct_practice_study
    where geo_precision in ('lad', 'sub_lad')
    union distinct
    select
        'K02000001' as locality_code,
        'recorded' as standing
    from core.fct_practice_study
    union distinct
    select
        locality_code,
        'searched_none_found' as standing
    from core.fct_practice_search
    where result = 'none_found'
),

logged as (
    select distinct locality_code
    from core.fct_practice_search
)

select
    value.metric_id,
    value.breakdown,
    value.locality_code,
    value.period
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
left join logged using (locality_code)
left join recorded
    on
        value.locality_code = recorded.locality_code
        and case value.state when 'searched_none_found' then 'searched_none_found' else 'recorded' end
        = recorded.standing
where
    value.value is not null
    and (metric.family = 'PRA' or value.metric_id = 'bal_practice')
    and case
        when value.metric_id = 'prac_search_log_n' then logged.locality_code is null
        else recorded.locality_code is null
    end
