-- Domains stand beside each other under one name where they cover one matter; their make-up differs, so they are
-- for reading inside an index only.
with england as (
    select
        'IoD2025' as index_id,
        area.lsoa_code as small_area_code,
        area.lsoa_name as small_area_name,
        'England' as nation,
        bridge.locality_code,
        area.overall_rank,
        area.overall_decile,
        true as is_decile_published,
        area.overall_score,
        33755 as ranks_n,
        cast(area.income_rank as double) as income_rank,
        cast(area.employment_rank as double) as employment_rank,
        cast(area.education_rank as double) as education_rank,
        cast(area.health_rank as double) as health_rank,
        cast(area.crime_rank as double) as crime_rank,
        cast(area.barriers_rank as double) as access_rank,
        cast(null as double) as housing_rank,
        cast(area.living_environment_rank as double) as environment_rank,
        area.population_persons,
        area.source_id,
        area.file_sha256,
        area.source_row
    from staging.iod2025__small_area as area
    left join core.bridge_locality_code as bridge
        on area.local_authority_code = bridge.area_code
),

-- The Welsh and Scottish files name the authority and give no code.
wales as (
    select
        'WIMD2025' as index_id,
        area.lsoa_code as small_area_code,
        area.lsoa_name as small_area_name,
        'Wales' as nation,
        bridge.locality_code,
        area.overall_rank,
        -- The published bands; cutting the ranks into tenths would put rank 192 into the first.
        coalesce(
            area.overall_decile,
            case
                when area.overall_rank <= 191 then 1
                when area.overall_rank <= 382 then 2
                when area.overall_rank <= 574 then 3
                when area.overall_rank <= 766 then 4
                when area.overall_rank <= 958 then 5
                when area.overall_rank <= 1149 then 6
                when area.overall_rank <= 1341 then 7
                when area.overall_rank <= 1533 then 8
                when area.overall_rank <= 1724 then 9
                else 10
            end
        ) as overall_decile,
        area.overall_decile is not null as is_decile_published,
        cast(null as double) as overall_score,
        1917 as ranks_n,
        cast(area.income_rank as double) as income_rank,
        cast(area.employment_rank as double) as employment_rank,
        cast(area.education_rank as double) as education_rank,
        cast(area.health_rank as double) as health_rank,
        cast(area.community_safety_rank as double) as crime_rank,
        cast(area.access_rank as double) as access_rank,
        cast(area.housing_rank as double) as housing_rank,
        cast(area.physical_environment_rank as double) as environment_rank,
        cast(null as bigint) as population_persons,
        area.source_id,
        area.file_sha256,
        area.source_row
    from staging.wimd2025__small_area as area
    left join core.bridge_locality_name as bridge
        on name_key(area.local_authority_name) = bridge.name_key
),

scotland as (
    select
        'SIMD2020v2' as index_id,
        area.data_zone_code as small_area_code,
        area.intermediate_zone_name as small_area_name,
        'Scotland' as nation,
        bridge.locality_code,
        area.overall_rank,
        coalesce(area.overall_decile, cast(ceil(area.overall_rank * 10e0 / 6976) as bigint)) as overall_decile,
        area.overall_decile is not null as is_decile_published,
        cast(null as double) as overall_score,
        6976 as ranks_n,
        area.income_rank,
        area.employment_rank,
        area.education_rank,
        area.health_rank,
        area.crime_rank,
        area.access_rank,
        area.housing_rank,
        cast(null as double) as environment_rank,
        area.population_persons,
        area.source_id,
        area.file_sha256,
        area.source_row
    from staging.simd2020__small_area as area
    left join core.bridge_locality_name as bridge
        on name_key(area.council_area_name) = bridge.name_key
),

areas as (
    select
        index_id, small_area_code, small_area_name, nation, locality_code, overall_rank, overall_decile,
        is_decile_published, overall_score, ranks_n, income_rank, employment_rank, education_rank, health_rank,
        crime_rank, access_rank, housing_rank, environment_rank, population_persons, source_id, file_sha256, source_row
    from england
    union all
    select
        index_id, small_area_code, small_area_name, nation, locality_code, overall_rank, overall_decile,
        is_decile_published, overall_score, ranks_n, income_rank, employment_rank, education_rank, health_rank,
        crime_rank, access_rank, housing_rank, environment_rank, population_persons, source_id, file_sha256, source_row
    from wales
    union all
    select
        index_id, small_area_code, small_area_name, nation, locality_code, overall_rank, overall_decile,
        is_decile_published, overall_score, ranks_n, income_rank, employment_rank, education_rank, health_rank,
        crime_rank, access_rank, housing_rank, environment_rank, population_persons, source_id, file_sha256, source_row
    from scotland
)

select
    index_id,
    small_area_code,
    small_area_name,
    nation,
    locality_code,
    overall_rank,
    (overall_rank - 0.5e0) / nullif(ranks_n, 0) as rank_percentile,
    overall_decile,
    is_decile_published,
    overall_score,
    income_rank,
    employment_rank,
    education_rank,
    health_rank,
    crime_rank,
    access_rank,
    housing_rank,
    environment_rank,
    population_persons,
    source_id,
    file_sha256,
    source_row
from areas
