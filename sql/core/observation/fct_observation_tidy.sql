-- One row per figure of a tidy file. A measure applies to the nations of its wordings, each with its own areas. An
-- authority that is there under its current and a former code has the figure of the current one.
with area_nation as (
    select
        locality_code as area_code,
        nation
    from core.dim_locality
    union all
    select
        nation_code as area_code,
        nation
    from core.dim_nation
)

select
    label.indicator_id,
    label.item_wording_id,
    '{}' as population_part,
    label.survey,
    area.area_code,
    observation.period_start,
    observation.period_end,
    observation.value,
    label.unit,
    observation.lower_95 as lci_95,
    observation.upper_95 as uci_95,
    cast(null as bigint) as n_respondents,
    observation.value_status,
    label.series_break_from,
    label.series_break_to,
    case when observation.area_code = area.area_code then 1 else 2 end as preference,
    observation.source_id,
    observation.file_sha256,
    observation.source_row
from staging.tidy__observation as observation
inner join core.bridge_indicator_label as label
    on
        label.origin = 'tidy'
        and observation.source_id = label.topic
        and name_key(observation.measure) = name_key(label.label)
inner join core.bridge_published_area as area
    on observation.area_code = area.published_code
inner join area_nation
    on
        area.area_code = area_nation.area_code
        and label.nation = area_nation.nation
