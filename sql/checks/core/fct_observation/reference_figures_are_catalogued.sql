-- Every survey figure in the reference records matches an indicator of the catalogue and is in core.fct_observation.
-- A figure of an authority that was merged since is in core.fct_observation_former instead.
select
    figure.indicator,
    figure.survey,
    figure.area_code,
    figure.period,
    figure.source_row,
    figure.source_id,
    figure.file_sha256
from staging.reference__survey_figure as figure
left join core.bridge_locality_code as bridge using (area_code)
left join core.bridge_indicator_label as label
    on
        label.origin = 'survey_figures'
        and figure.indicator = label.label
        and figure.survey = label.survey
left join core.fct_observation as observation
    on
        label.indicator_id = observation.indicator_id
        and label.item_wording_id = observation.item_wording_id
        and observation.population_part = '{}'
        and survey_period_start(figure.period, figure.survey) = observation.period_start
        and coalesce(bridge.locality_code, figure.area_code) = observation.area_code
where
    label.indicator_id is null
    or (observation.indicator_id is null and coalesce(bridge.mode, 'current') <> 'merge')
