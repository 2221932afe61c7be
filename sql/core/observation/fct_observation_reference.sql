-- One row per survey figure of the reference records. Every landed figure takes precedence over them.
select
    label.indicator_id,
    label.item_wording_id,
    '{}' as population_part,
    label.survey,
    area.area_code,
    survey_period_start(figure.period, figure.survey) as period_start,
    survey_period_end(figure.period, figure.survey) as period_end,
    figure.value_pct as value,
    label.unit,
    figure.lower_95_pct as lci_95,
    figure.upper_95_pct as uci_95,
    cast(null as bigint) as n_respondents,
    cast(null as varchar) as value_status,
    label.series_break_from,
    label.series_break_to,
    4 as preference,
    figure.source_id,
    figure.file_sha256,
    figure.source_row
from staging.reference__survey_figure as figure
inner join core.bridge_indicator_label as label
    on
        label.origin = 'survey_figures'
        and figure.indicator = label.label
        and figure.survey = label.survey
inner join core.bridge_published_area as area
    on figure.area_code = area.published_code
