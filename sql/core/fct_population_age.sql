-- One row per locality, published code, date and age: landed estimates of all residents and of single years of age,
-- dated 30 June of the year in Nomis. A merged locality has a row for each authority that was merged into it, but only
-- if all of them are present. A value that its publisher leaves out has no row.
with estimate as (
    select
        area_code,
        cast(date_code || '-06-30' as date) as period_end,
        age_code,
        age_code between 117 and 191 as is_16plus,
        population_persons,
        source_id,
        file_sha256,
        source_row
    from staging.nomis__population
    where
        gender_code = 0
        and (age_code = 200 or age_code between 101 and 191)
        and population_persons is not null
),

-- Codes that mean one whole locality. Where both an old and the current code are present, the current one counts.
whole as (
    select
        bridge.locality_code,
        estimate.*,
        row_number() over (
            partition by bridge.locality_code, estimate.period_end, estimate.age_code
            order by case when bridge.mode = 'current' then 0 else 1 end, estimate.area_code
        ) as preference
    from estimate
    inner join core.bridge_locality_code as bridge using (area_code)
    where bridge.mode <> 'merge'
),

-- The authorities of the last merger into the locality. Authorities that had been merged into one of them earlier would
-- be counted twice.
merged_last as (
    select
        former_code,
        locality_code,
        count(*) over (partition by locality_code) as parts_n
    from (
        select
            former_code,
            locality_code,
            ended_date,
            max(ended_date) over (partition by locality_code) as last_ended_date
        from staging.reference__locality_succession
        where mode = 'merge'
    ) as merged
    where ended_date = last_ended_date
),

part as (
    select
        merged_last.locality_code,
        estimate.*,
        merged_last.parts_n,
        count(*) over (
            partition by merged_last.locality_code, estimate.period_end, estimate.age_code
        ) as landed_n
    from estimate
    inner join merged_last
        on estimate.area_code = merged_last.former_code
)

select
    locality_code,
    period_end,
    age_code,
    area_code,
    is_16plus,
    population_persons,
    source_id,
    file_sha256,
    source_row
from whole
where preference = 1
union all
select
    part.locality_code,
    part.period_end,
    part.age_code,
    part.area_code,
    part.is_16plus,
    part.population_persons,
    part.source_id,
    part.file_sha256,
    part.source_row
from part
left join whole
    on
        part.locality_code = whole.locality_code
        and part.period_end = whole.period_end
        and part.age_code = whole.age_code
        and whole.preference = 1
where
    part.landed_n = part.parts_n
    and whole.locality_code is null
