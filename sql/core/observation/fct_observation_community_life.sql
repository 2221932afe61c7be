-- One row per figure of the Community Life Survey. England as a whole has no code in its tables. The later of two
-- releases takes precedence. A year without recorded fieldwork months has no period. A question that was not asked in
-- all months has its own period.
with community_life_row as (
    select
        label.indicator_id,
        label.item_wording_id,
        label.survey,
        label.unit,
        label.series_break_from,
        label.series_break_to,
        area.area_code,
        coalesce(observation.period_start, survey_period_start(observation.period_label, label.survey)) as period_start,
        coalesce(observation.period_end, survey_period_end(observation.period_label, label.survey)) as period_end,
        observation.value,
        observation.lower_95,
        observation.upper_95,
        observation.unweighted_base,
        observation.value_status,
        observation.source_id,
        observation.file_sha256,
        observation.source_row,
        dense_rank() over (
            partition by label.item_wording_id, area.area_code, observation.period_label
            order by observation.source_id desc
        ) as preference
    from staging.cls__observation as observation
    inner join core.bridge_indicator_label as label
        on
            label.origin = 'cls_sheet'
            and name_key(observation.sheet) = name_key(label.label)
    inner join core.bridge_published_area as area
        on coalesce(observation.area_code, 'E92000001') = area.published_code
)

select
    indicator_id,
    item_wording_id,
    '{}' as population_part,
    survey,
    area_code,
    period_start,
    period_end,
    value,
    unit,
    lower_95 as lci_95,
    upper_95 as uci_95,
    unweighted_base as n_respondents,
    value_status,
    series_break_from,
    series_break_to,
    preference,
    source_id,
    file_sha256,
    source_row
from community_life_row
where period_start is not null
