-- One row per metric, locality made of merged authorities, and period for which there are published figures of the
-- authorities but none of the locality.
with named as (
    select
        indicator.metric_id,
        former.locality_code,
        former.period_start,
        former.period_end,
        comparable_group(indicator.nation, null, former.survey, former.item_wording_id, null, null)
            as comparable_group,
        array_to_string(list_sort(array_agg(distinct former.area_name)), ', ') as names
    from core.fct_observation_former as former
    inner join core.dim_indicator as indicator
        on
            former.indicator_id = indicator.indicator_id
            and former.item_wording_id = indicator.item_wording_id
    inner join core.dim_metric as metric
        on indicator.metric_id = metric.metric_id
    where former.value is not null
    group by
        indicator.metric_id,
        former.locality_code,
        former.period_start,
        former.period_end,
        indicator.nation,
        former.survey,
        former.item_wording_id
),

whole as (
    select distinct
        indicator.metric_id,
        observation.area_code,
        observation.period_start,
        observation.period_end
    from core.fct_observation as observation
    inner join core.dim_indicator as indicator
        on
            observation.indicator_id = indicator.indicator_id
            and observation.item_wording_id = indicator.item_wording_id
    where observation.population_part = '{}'
)

select
    named.metric_id,
    'all' as breakdown,
    named.locality_code,
    named.period_start,
    named.period_end,
    cast(null as double) as value,
    cast(null as double) as lci,
    cast(null as double) as uci,
    'none:no_value' as ci_method,
    cast(null as double) as n_den,
    cast(null as double) as se,
    reason('merged_since', named.names) as gap_reason,
    cast(null as varchar[]) as low_reasons,
    cast(null as varchar[]) as note_reasons,
    cast([] as varchar[]) as source_ids,
    named.comparable_group
from named
left join whole
    on
        named.metric_id = whole.metric_id
        and named.locality_code = whole.area_code
        and named.period_start = whole.period_start
        and named.period_end = whole.period_end
where whole.metric_id is null
