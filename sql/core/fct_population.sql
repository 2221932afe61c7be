-- One row per locality and date. A landed estimate takes precedence over the reference figure of the same date.
with candidate as (
    select
        locality_code,
        period_end,
        cast(sum(population_persons) as bigint) as population_persons,
        1 as preference,
        min(source_id) as source_id,
        min(file_sha256) as file_sha256,
        case when count(*) = 1 then min(source_row) end as source_row
    from core.fct_population_age
    where age_code = 200
    group by locality_code, period_end
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
