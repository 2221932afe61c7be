-- One row per metric of a published survey figure, area and period, in the unit of the metric. Values are never pooled
-- across nations, surveys or wordings. A figure that its publisher suppresses stays suppressed even if it has a number.
with figure as (
    select
        indicator.metric_id,
        metric.unit,
        metric.family,
        observation.area_code,
        observation.period_start,
        observation.period_end,
        observation.value as published_value,
        observation.lci_95,
        observation.uci_95,
        cast(observation.n_respondents as double) as respondents_n,
        string_split(lower(observation.value_status), ';') as symbols,
        observation.is_after_series_break,
        indicator.caution_code,
        observation.source_id,
        comparable_group(indicator.nation, null, observation.survey, observation.item_wording_id, null, null)
            as comparable_group
    from core.fct_observation as observation
    inner join core.dim_indicator as indicator using (indicator_id, item_wording_id)
    inner join core.dim_metric as metric using (metric_id)
    where observation.population_part = '{}'
),

published as (
    select
        metric_id,
        unit,
        family,
        area_code,
        period_start,
        period_end,
        case
            when list_contains(symbols, 'c') or list_contains(symbols, 'z') or list_contains(symbols, 'x') then null
            else published_value
        end as value,
        lci_95,
        uci_95,
        respondents_n,
        symbols,
        is_after_series_break,
        caution_code,
        source_id,
        comparable_group
    from figure
),

-- A locality made of merged authorities, where the survey has figures of them but none of the locality.
merged as (
    select
        indicator.metric_id,
        metric.unit,
        metric.family,
        former.locality_code,
        former.period_start,
        former.period_end,
        comparable_group(indicator.nation, null, former.survey, former.item_wording_id, null, null)
            as comparable_group,
        array_to_string(list_sort(array_agg(distinct former.area_name)), ', ') as names
    from core.fct_observation_former as former
    inner join core.dim_indicator as indicator using (indicator_id, item_wording_id)
    inner join core.dim_metric as metric using (metric_id)
    where former.value is not null
    group by
        indicator.metric_id,
        metric.unit,
        metric.family,
        former.locality_code,
        former.period_start,
        former.period_end,
        indicator.nation,
        former.survey,
        former.item_wording_id
)

select
    metric_id,
    unit,
    family,
    area_code as locality_code,
    period_start,
    period_end,
    value,
    case when value is not null and uci_95 is not null then lci_95 end as lci,
    case when value is not null and lci_95 is not null then uci_95 end as uci,
    respondents_n,
    case
        when value is not null then null
        when list_contains(symbols, 'c') then reason('publisher_withholds')
        when list_contains(symbols, 'z') then reason('publisher_not_applicable')
        when list_contains(symbols, 'u') then reason('publisher_finds_unreliable')
        else reason('publisher_prints_none')
    end as gap_reason,
    reasons([
        caution_code,
        case when value is not null and list_contains(symbols, 'u') then reason('marked_unreliable') end,
        case when respondents_n < 50 then reason('few_respondents', 50) end
    ]) as low_reasons,
    reasons([
        case when is_after_series_break then reason('series_break') end
    ]) as note_reasons,
    [source_id] as source_ids,
    comparable_group
from published
union all
select
    merged.metric_id,
    merged.unit,
    merged.family,
    merged.locality_code,
    merged.period_start,
    merged.period_end,
    cast(null as double) as value,
    cast(null as double) as lci,
    cast(null as double) as uci,
    cast(null as double) as respondents_n,
    reason('merged_since', merged.names) as gap_reason,
    cast(null as varchar[]) as low_reasons,
    cast(null as varchar[]) as note_reasons,
    cast([] as varchar[]) as source_ids,
    merged.comparable_group
from merged
left join published
    on
        merged.metric_id = published.metric_id
        and merged.locality_code = published.area_code
        and merged.period_start = published.period_start
        and merged.period_end = published.period_end
where published.metric_id is null
