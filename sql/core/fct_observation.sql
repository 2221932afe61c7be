-- A percentage of a merged authority is none of the locality that it became part of, so merged codes are left out.
-- 596 is the number of Wales in StatsWales.
with area as (
    select
        area_code as published_code,
        locality_code as area_code
    from core.bridge_locality_code
    where mode <> 'merge'
    union
    select
        nation_code as published_code,
        nation_code as area_code
    from core.dim_nation
    union
    select
        '596' as published_code,
        'W92000004' as area_code
),

-- Percentage and bounds are rows of their own in a cube, columns of one row in the profiles.
household_row as (
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
    inner join area
        on observation.area_code = area.published_code
    where is_overall(observation.other_dimensions)
),

statswales_measure as (
    select
        source_id,
        file_sha256,
        measure,
        measure_key,
        role,
        -- Two measures that differ in punctuation only are distinguished by a checksum.
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

-- The words of the measure say which indicator it is; where they only say "percentage", the data set does.
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

-- Two percentages for one indicator, area and period cannot be told apart: then neither is taken for the indicator.
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
    inner join area
        on observation.area_reference = area.published_code
    inner join statswales_measure
        on
            observation.source_id = statswales_measure.source_id
            and observation.file_sha256 = statswales_measure.file_sha256
            and observation.measure = statswales_measure.measure
    left join statswales_match
        on
            observation.source_id = statswales_match.source_id
            and observation.file_sha256 = statswales_match.file_sha256
            and observation.measure = statswales_match.measure
            and statswales_match.choice = 1
            and is_overall(observation.other_dimensions)
    -- Of the population estimates everybody is taken over; a row for each sex and year of age would be the most of
    -- this table.
    where observation.source_id <> 'statswales_population' or is_overall(observation.other_dimensions)
),

-- England as a whole has no code in its tables. The later of two releases takes precedence; a year whose months in the
-- field are not on record has no period. A question that was not asked in all months has a period of its own.
community_life_row as (
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
    inner join area
        on coalesce(observation.area_code, 'E92000001') = area.published_code
),

area_nation as (
    select
        locality_code as area_code,
        nation
    from core.dim_locality
    union all
    select
        nation_code as area_code,
        nation
    from core.dim_nation
),

-- A measure of a tidy file serves the nations that its wordings are of, each the areas of its own.
tidy_row as (
    select
        label.indicator_id,
        label.item_wording_id,
        label.survey,
        label.unit,
        label.series_break_from,
        label.series_break_to,
        area.area_code,
        observation.period_start,
        observation.period_end,
        observation.value,
        observation.lower_95,
        observation.upper_95,
        observation.value_status,
        observation.source_id,
        observation.file_sha256,
        observation.source_row
    from staging.tidy__observation as observation
    inner join core.bridge_indicator_label as label
        on
            label.origin = 'tidy'
            and observation.source_id = label.topic
            and name_key(observation.measure) = name_key(label.label)
    inner join area
        on observation.area_code = area.published_code
    inner join area_nation
        on
            area.area_code = area_nation.area_code
            and label.nation = area_nation.nation
),

candidate as (
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
    inner join area
        on figure.area_code = area.published_code
    union all
    -- An indicator of several answers ("very" and "fairly strongly") is their sum, where each is there; bounds do not
    -- add up. A bound that is published under another code of the area than the value is not taken for its bound.
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
    union all
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
    union all
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
        cast(null as bigint) as n_respondents,
        value_status,
        series_break_from,
        series_break_to,
        1 as preference,
        source_id,
        file_sha256,
        source_row
    from tidy_row
    union all
    -- What the catalogue does not know keeps the words of its measure; the file stands for the wording, which is not on
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
),

chosen as (
    select
        indicator_id,
        item_wording_id,
        population_part,
        survey,
        area_code,
        period_start,
        period_end,
        value,
        unit,
        lci_95,
        uci_95,
        n_respondents,
        value_status,
        series_break_from,
        series_break_to,
        source_id,
        file_sha256,
        source_row,
        row_number() over (
            partition by indicator_id, item_wording_id, population_part, area_code, period_start, period_end
            order by preference, file_sha256, source_row
        ) as choice
    from candidate
)

select
    indicator_id,
    item_wording_id,
    population_part,
    area_code,
    period_start,
    period_end,
    value,
    unit,
    case when value is not null then lci_95 end as lci_95,
    case when value is not null then uci_95 end as uci_95,
    n_respondents,
    value_status,
    survey,
    -- Unknown for what is not catalogued; false where the catalogue records no break before the period.
    case
        when survey is null then null
        when series_break_from is null then false
        else period_start >= series_break_from and (series_break_to is null or period_start <= series_break_to)
    end as is_after_series_break,
    source_id,
    file_sha256,
    source_row
from chosen
where choice = 1
