-- One row per metric of a survey percentage, area and period. Values are never pooled across nations, surveys or
-- wordings. A figure that its publisher suppresses stays suppressed even if it has a number. Percentages of social
-- infrastructure are of no sample, and are in metrics.published_figure.
with figure as (
    select
        indicator.metric_id,
        observation.area_code,
        observation.period_start,
        observation.period_end,
        observation.value,
        observation.lci_95,
        observation.uci_95,
        cast(observation.n_respondents as double) as respondents_n,
        string_split(lower(observation.value_status), ';') as symbols,
        observation.is_after_series_break,
        observation.source_id,
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
            and metric.unit = 'pct'
            and metric.family <> 'SOC'
    where observation.population_part = '{}'
),

published as (
    select
        metric_id,
        area_code,
        period_start,
        period_end,
        case
            when list_contains(symbols, 'c') then null
            when list_contains(symbols, 'z') then null
            when list_contains(symbols, 'x') then null
            else value
        end as value,
        lci_95,
        uci_95,
        respondents_n,
        symbols,
        is_after_series_break,
        source_id,
        comparable_group
    from figure
),

-- Two bounds in whole points are treated as rounded: the rounding adds to the error.
measured as (
    select
        metric_id,
        area_code,
        period_start,
        period_end,
        value,
        case when value is not null and lci_95 is not null and uci_95 is not null then lci_95 end as lci,
        case when value is not null and lci_95 is not null and uci_95 is not null then uci_95 end as uci,
        case
            when value is null or lci_95 is null or uci_95 is null then null
            when lci_95 = floor(lci_95) and uci_95 = floor(uci_95) then se_from_rounded_ci(lci_95, uci_95)
            else se_from_ci(lci_95, uci_95)
        end as se,
        respondents_n,
        symbols,
        is_after_series_break,
        source_id,
        comparable_group
    from published
),

judged as (
    select
        metric_id,
        area_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        se,
        n_eff(value / 100, se / 100) as effective_n,
        respondents_n,
        symbols,
        is_after_series_break,
        source_id,
        comparable_group
    from measured
),

reasoned as (
    select
        metric_id,
        area_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        se,
        respondents_n,
        source_id,
        comparable_group,
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
            case when effective_n < 50 then reason('small_sample', 50) end,
            case when value between 10 and 90 and se / value > 0.2 then reason('variation') end
        ]) as low_reasons,
        case when is_after_series_break then reason('series_break') end as break_note
    from judged
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
    gap_reason,
    low_reasons,
    reasons([break_note]) as note_reasons,
    [source_id] as source_ids,
    comparable_group
from reasoned
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
        and metric.unit = 'pct'
        and metric.family <> 'SOC'
