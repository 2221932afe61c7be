-- One row per indicator, wording, area and period. Where several sources have the figure, the source that takes
-- precedence is used.
with candidate as (
    select * from core.fct_observation_reference
    union all
    select * from core.fct_observation_household
    union all
    select * from core.fct_observation_statswales
    union all
    select * from core.fct_observation_community_life
    union all
    select * from core.fct_observation_tidy
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
    -- Null if the indicator is not in the catalogue; false if the catalogue records no break before the period.
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
