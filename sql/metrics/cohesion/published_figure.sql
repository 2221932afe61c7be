-- One row per metric of a published figure that is not a survey percentage (such as a mean on a scale, or a number of
-- facilities for residents), area and period, in the published unit. Statistics of survey percentages, such as an
-- effective sample, do not apply. Each figure stays within its nation, survey and wording.
with figure as (
    select
        indicator.metric_id,
        observation.area_code,
        observation.period_start,
        observation.period_end,
        observation.lci_95,
        observation.uci_95,
        cast(observation.n_respondents as double) as respondents_n,
        string_split(lower(observation.value_status), ';') as symbols,
        observation.value as published_value,
        observation.is_after_series_break,
        observation.source_id,
        metric.unit,
        comparable_group(indicator.nation, null, observation.survey, observation.item_wording_id, null, null)
            as comparable_group
    from core.fct_observation as observation
    inner join core.dim_indicator as indicator
        on
            observation.indicator_id = indicator.indicator_id
            and observation.item_wording_id = indicator.item_wording_id
    inner join core.dim_metric as metric
        on
            indicator.metric_id = metric.metric_id
            and (metric.unit <> 'pct' or metric.family = 'SOC')
    where observation.population_part = '{}'
),

selected as (
    select
        metric_id,
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
        source_id,
        unit,
        comparable_group
    from figure
),

measured as (
    select
        metric_id,
        area_code,
        period_start,
        period_end,
        value,
        case when value is not null and uci_95 is not null then lci_95 end as lci,
        case when value is not null and lci_95 is not null then uci_95 end as uci,
        case when value is not null then se_from_ci(lci_95, uci_95) end as se,
        respondents_n,
        symbols,
        is_after_series_break,
        source_id,
        unit,
        comparable_group
    from selected
)

select
    metric_id,
    'all' as breakdown,
    area_code as locality_code,
    period_start,
    period_end,
    value,
    lci,
    uci,
    case
        when value is null then 'none:no_value'
        when lci is not null then 'published'
        else 'none:not_published'
    end as ci_method,
    respondents_n as n_den,
    se,
    case
        when value is not null then null
        when list_contains(symbols, 'c') then reason('publisher_withholds')
        when list_contains(symbols, 'z') then reason('publisher_not_applicable')
        when list_contains(symbols, 'u') then reason('publisher_finds_unreliable')
        else reason('publisher_prints_none')
    end as gap_reason,
    reasons([
        case when value is not null and list_contains(symbols, 'u') then reason('marked_unreliable') end,
        case when respondents_n < 50 then reason('few_respondents', 50) end,
        case when se / nullif(abs(value), 0) > 0.2 then reason('variation') end,
        case when value is not null and lci is null then reason('no_interval') end,
        case
            when value is not null and unit like 'per_%' and lacks_residents(area_code) then reason('city_residents')
        end
    ]) as low_reasons,
    reasons([
        case when is_after_series_break then reason('series_break') end
    ]) as note_reasons,
    [source_id] as source_ids,
    comparable_group
from measured
union all
select
    merged.metric_id,
    'all' as breakdown,
    merged.locality_code,
    merged.period_start,
    merged.period_end,
    merged.value,
    merged.lci,
    merged.uci,
    merged.ci_method,
    merged.n_den,
    merged.se,
    merged.gap_reason,
    merged.low_reasons,
    merged.note_reasons,
    merged.source_ids,
    merged.comparable_group
from metrics.merged_authority as merged
inner join core.dim_metric as metric
    on
        merged.metric_id = metric.metric_id
        and (metric.unit <> 'pct' or metric.family = 'SOC')
