-- One row per figure of a StatsWales data set: those of catalogued indicators, and all others under the text of their
-- measure.
with statswales_measure as (
    select
        source_id,
        file_sha256,
        measure,
        measure_key,
        role,
        -- A checksum distinguishes two measures that differ in punctuation only.
        'statswales:' || replace(measure_key, ' ', '-') || case
            when
                min(measure) over (partition by source_id, file_sha256, measure_key)
                <> max(measure) over (partition by source_id, file_sha256, measure_key)
                then '-' || substr(md5(measure), 1, 6)
            else ''
        end as own_indicator_id
    from (
        select distinct
            source_id,
            file_sha256,
            measure,
            measure_role as role,
            name_key(measure) as measure_key
        from staging.statswales__observation
    ) as measures
),

-- The text of the measure identifies the indicator; if it only says "percentage", the data set does.
statswales_match as (
    select
        statswales_measure.source_id,
        statswales_measure.file_sha256,
        statswales_measure.measure,
        label.indicator_id,
        label.item_wording_id,
        label.survey,
        label.unit,
        label.series_break_from,
        label.series_break_to,
        row_number() over (
            partition by statswales_measure.source_id, statswales_measure.file_sha256, statswales_measure.measure
            order by case when label.origin = 'statswales_measure' then 0 else 1 end, label.item_wording_id
        ) as choice
    from statswales_measure
    inner join core.bridge_indicator_label as label
        on
            (
                label.origin = 'statswales_measure'
                and ' ' || statswales_measure.measure_key || ' ' like '% ' || name_key(label.label) || ' %'
            )
            or (label.origin = 'statswales_source' and statswales_measure.source_id = label.label)
    where statswales_measure.role <> 'other'
),

-- Two percentages for one indicator, area and period cannot be distinguished, so neither is used for the indicator.
statswales_row as (
    select
        observation.source_id,
        observation.file_sha256,
        observation.source_row,
        area.area_code,
        area.published_code,
        observation.period_start,
        observation.period_end,
        statswales_measure.role,
        statswales_measure.own_indicator_id,
        observation.other_dimensions,
        observation.value,
        observation.value_status,
        statswales_match.indicator_id,
        statswales_match.item_wording_id,
        statswales_match.survey,
        statswales_match.unit,
        statswales_match.series_break_from,
        statswales_match.series_break_to,
        count(case when statswales_measure.role = 'value' then statswales_match.item_wording_id end) over (
            partition by
                observation.source_id, observation.file_sha256, statswales_match.item_wording_id,
                area.area_code, observation.period_start, observation.period_end
        ) as values_n
    from staging.statswales__observation as observation
    inner join core.bridge_published_area as area
        on observation.area_reference = area.published_code
    inner join statswales_measure using (source_id, file_sha256, measure)
    left join statswales_match
        on
            observation.source_id = statswales_match.source_id
            and observation.file_sha256 = statswales_match.file_sha256
            and observation.measure = statswales_match.measure
            and statswales_match.choice = 1
            and is_overall(observation.other_dimensions)
    -- Of the population estimates only the totals are used, because rows for each sex and year of age would be most of
    -- this table.
    where observation.source_id <> 'statswales_population' or is_overall(observation.other_dimensions)
)

select
    indicator_id,
    item_wording_id,
    '{}' as population_part,
    survey,
    area_code,
    period_start,
    period_end,
    max(case when role = 'value' then value end) as value,
    unit,
    case
        when min(published_code) <> max(published_code) then null
        when count(case when role = 'lower' then 1 end) = 1 then max(case when role = 'lower' then value end)
    end as lci_95,
    case
        when min(published_code) <> max(published_code) then null
        when count(case when role = 'upper' then 1 end) = 1 then max(case when role = 'upper' then value end)
    end as uci_95,
    case
        when count(case when role = 'respondents' then 1 end) = 1
            then cast(floor(max(case when role = 'respondents' then value end)) as bigint)
    end as n_respondents,
    max(case when role = 'value' then value_status end) as value_status,
    series_break_from,
    series_break_to,
    case when source_id = 'statswales_local_authority' then 3 else 1 end as preference,
    source_id,
    file_sha256,
    min(case when role = 'value' then source_row end) as source_row
from statswales_row
where item_wording_id is not null and values_n = 1
group by
    indicator_id, item_wording_id, survey, area_code, period_start, period_end, unit, series_break_from,
    series_break_to, source_id, file_sha256
union all
-- Measures that are not in the catalogue keep their text as indicator. The file is used as the wording, which is not on
-- record.
select
    own_indicator_id as indicator_id,
    source_id || ':' || substr(file_sha256, 1, 12) as item_wording_id,
    other_dimensions as population_part,
    cast(null as varchar) as survey,
    area_code,
    period_start,
    period_end,
    value,
    case when role = 'value' then 'pct' end as unit,
    cast(null as double) as lci_95,
    cast(null as double) as uci_95,
    cast(null as bigint) as n_respondents,
    value_status,
    cast(null as date) as series_break_from,
    cast(null as date) as series_break_to,
    1 as preference,
    source_id,
    file_sha256,
    source_row
from statswales_row
where item_wording_id is null or values_n <> 1
