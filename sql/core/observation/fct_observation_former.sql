-- One row per survey figure of an authority that was later merged. A percentage or mean of a part is not that of the
-- whole, so these figures are not in core.fct_observation.
with figure as (
    select
        label.indicator_id,
        label.item_wording_id,
        label.survey,
        label.nation,
        figure.area_code,
        survey_period_start(figure.period, figure.survey) as period_start,
        survey_period_end(figure.period, figure.survey) as period_end,
        figure.value_pct as value,
        figure.lower_95_pct as lci_95,
        figure.upper_95_pct as uci_95,
        cast(null as bigint) as n_respondents,
        figure.source_id,
        figure.file_sha256,
        figure.source_row
    from staging.reference__survey_figure as figure
    inner join core.bridge_indicator_label as label
        on
            label.origin = 'survey_figures'
            and figure.indicator = label.label
            and figure.survey = label.survey
    union all
    select
        label.indicator_id,
        label.item_wording_id,
        label.survey,
        label.nation,
        observation.area_code,
        survey_period_start(observation.period_label, label.survey) as period_start,
        survey_period_end(observation.period_label, label.survey) as period_end,
        observation.value,
        observation.lower_95 as lci_95,
        observation.upper_95 as uci_95,
        observation.unweighted_base as n_respondents,
        observation.source_id,
        observation.file_sha256,
        observation.source_row
    from staging.cls__observation as observation
    inner join core.bridge_indicator_label as label
        on
            label.origin = 'cls_sheet'
            and name_key(observation.sheet) = name_key(label.label)
    union all
    select
        label.indicator_id,
        label.item_wording_id,
        label.survey,
        label.nation,
        observation.area_code,
        observation.period_start,
        observation.period_end,
        observation.value,
        observation.lower_95 as lci_95,
        observation.upper_95 as uci_95,
        cast(null as bigint) as n_respondents,
        observation.source_id,
        observation.file_sha256,
        observation.source_row
    from staging.tidy__observation as observation
    inner join core.bridge_indicator_label as label
        on
            label.origin = 'tidy'
            and observation.source_id = label.topic
            and name_key(observation.measure) = name_key(label.label)
),

-- The later of two releases takes precedence, and a landed figure takes precedence over a reference figure.
chosen as (
    select
        figure.indicator_id,
        figure.item_wording_id,
        figure.survey,
        figure.area_code,
        bridge.area_name,
        bridge.locality_code,
        figure.period_start,
        figure.period_end,
        figure.value,
        figure.lci_95,
        figure.uci_95,
        figure.n_respondents,
        figure.source_id,
        figure.file_sha256,
        figure.source_row,
        row_number() over (
            partition by figure.item_wording_id, figure.area_code, figure.period_start, figure.period_end
            order by
                case when figure.source_id like 'cls%' then 0 else 1 end asc,
                figure.source_id desc,
                figure.file_sha256 asc,
                figure.source_row asc
        ) as choice
    from figure
    inner join core.bridge_locality_code as bridge
        on
            figure.area_code = bridge.area_code
            and bridge.mode = 'merge'
    inner join core.dim_locality using (locality_code, nation)
    where figure.period_start is not null
)

select
    indicator_id,
    item_wording_id,
    survey,
    area_code,
    area_name,
    locality_code,
    period_start,
    period_end,
    value,
    lci_95,
    uci_95,
    n_respondents,
    source_id,
    file_sha256,
    source_row
from chosen
where choice = 1
