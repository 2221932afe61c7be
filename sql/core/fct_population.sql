-- A landed estimate takes precedence over the figure on record of the same day.
with candidate as (
    select
        locality_code,
        period_end,
        population_persons,
        1 as preference,
        source_id,
        file_sha256,
        source_row
    from core.fct_population_age
    where age_code = 200
    union all
    select
        locality_code,
        period_end,
        population_persons,
        2 as preference,
        source_id,
        file_sha256,
        source_row
    from staging.reference__population
),

chosen as (
    select
        locality_code,
        period_end,
        population_persons,
        source_id,
        file_sha256,
        source_row,
        row_number() over (partition by locality_code, period_end order by preference) as choice,
        max(period_end) over (partition by locality_code) as latest_period_end
    from candidate
)

select
    locality_code,
    period_end,
    population_persons,
    period_end = latest_period_end as is_latest,
    source_id,
    file_sha256,
    source_row
from chosen
where choice = 1
