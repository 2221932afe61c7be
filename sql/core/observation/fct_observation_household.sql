-- One row per figure of the Scottish Household Survey. Percentage and bounds are separate rows in a cube, and columns
-- of one row in the profiles.
with household_row as (
    select
        label.indicator_id,
        label.item_wording_id,
        label.survey,
        label.unit,
        label.labels_n,
        label.series_break_from,
        label.series_break_to,
        area.area_code,
        area.published_code,
        observation.date_code,
        observation.measure_role as role,
        observation.value,
        observation.lower_95,
        observation.upper_95,
        observation.value_status,
        observation.source_id,
        observation.file_sha256,
        observation.source_row
    from staging.shs__observation as observation
    inner join core.bridge_indicator_label as label
        on
            observation.source_id = label.origin
            and name_key(observation.statement) = name_key(label.label)
            and (label.topic is null or name_key(observation.topic) = name_key(label.topic))
    inner join core.bridge_published_area as area
        on observation.area_code = area.published_code
    where is_overall(observation.other_dimensions)
)

-- An indicator of several answers ("very" and "fairly strongly") is their sum if all are present; bounds cannot be
-- summed. A bound is used only if it is published under the same area code as the value.
select
    indicator_id,
    item_wording_id,
    '{}' as population_part,
    survey,
    area_code,
    survey_period_start(date_code, survey) as period_start,
    survey_period_end(date_code, survey) as period_end,
    case
        when count(case when role = 'value' then value end) = labels_n
            then sum(case when role = 'value' then value end)
    end as value,
    unit,
    case
        when labels_n > 1 or min(published_code) <> max(published_code) then null
        when count(case when role = 'value' then lower_95 end) = 1
            then max(case when role = 'value' then lower_95 end)
        when count(case when role = 'lower' then 1 end) = 1 then max(case when role = 'lower' then value end)
    end as lci_95,
    case
        when labels_n > 1 or min(published_code) <> max(published_code) then null
        when count(case when role = 'value' then upper_95 end) = 1
            then max(case when role = 'value' then upper_95 end)
        when count(case when role = 'upper' then 1 end) = 1 then max(case when role = 'upper' then value end)
    end as uci_95,
    cast(null as bigint) as n_respondents,
    max(case when role = 'value' then value_status end) as value_status,
    series_break_from,
    series_break_to,
    case when source_id = 'shs_cube' then 1 else 2 end as preference,
    source_id,
    file_sha256,
    min(case when role = 'value' then source_row end) as source_row
from household_row
group by
    indicator_id, item_wording_id, survey, area_code, date_code, unit, labels_n, series_break_from, series_break_to,
    source_id, file_sha256
having count(case when role = 'value' then 1 end) = labels_n
