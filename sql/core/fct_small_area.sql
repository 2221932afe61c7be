-- Domains stand beside each other under one name where they cover one matter; their make-up differs, so they are
-- for reading inside an index only.
with area as (
    select
        'IoD2025' as index_id,
        ranked.small_area_code,
        ranked.small_area_name,
        'England' as nation,
        bridge.locality_code,
        ranked.overall_rank,
        ranked.overall_decile,
        true as is_decile_published,
        ranked.overall_score,
        33755 as ranks_n,
        ranked.income_rank,
        ranked.employment_rank,
        ranked.education_rank,
        ranked.health_rank,
        ranked.crime_rank,
        ranked.barriers_rank as access_rank,
        cast(null as double) as housing_rank,
        ranked.living_environment_rank as environment_rank,
        ranked.population_persons,
        ranked.source_id,
        ranked.file_sha256,
        ranked.source_row
    from staging.iod2025__small_area as ranked
    left join core.bridge_locality_code as bridge
        on ranked.local_authority_code = bridge.area_code
    union all
    -- The Welsh and Scottish files name the authority and give no code.
    select
        'WIMD2025' as index_id,
        ranked.small_area_code,
        ranked.small_area_name,
        'Wales' as nation,
        bridge.locality_code,
        ranked.overall_rank,
        -- The published bands; cutting the ranks into tenths would put rank 192 into the first.
        coalesce(
            ranked.overall_decile,
            case
                when ranked.overall_rank <= 191 then 1
                when ranked.overall_rank <= 382 then 2
                when ranked.overall_rank <= 574 then 3
                when ranked.overall_rank <= 766 then 4
                when ranked.overall_rank <= 958 then 5
                when ranked.overall_rank <= 1149 then 6
                when ranked.overall_rank <= 1341 then 7
                when ranked.overall_rank <= 1533 then 8
                when ranked.overall_rank <= 1724 then 9
                else 10
            end
        ) as overall_decile,
        ranked.overall_decile is not null as is_decile_published,
        cast(null as double) as overall_score,
        1917 as ranks_n,
        ranked.income_rank,
        ranked.employment_rank,
        ranked.education_rank,
        ranked.health_rank,
        ranked.community_safety_rank as crime_rank,
        ranked.access_rank,
        ranked.housing_rank,
        ranked.physical_environment_rank as environment_rank,
        cast(null as bigint) as population_persons,
        ranked.source_id,
        ranked.file_sha256,
        ranked.source_row
    from staging.wimd2025__small_area as ranked
    left join core.bridge_locality_name as bridge
        on name_key(ranked.local_authority_name) = bridge.name_key
    union all
    select
        'SIMD2020v2' as index_id,
        ranked.small_area_code,
        ranked.intermediate_zone_name as small_area_name,
        'Scotland' as nation,
        bridge.locality_code,
        ranked.overall_rank,
        coalesce(ranked.overall_decile, cast(ceil(ranked.overall_rank * 10e0 / 6976) as bigint)) as overall_decile,
        ranked.overall_decile is not null as is_decile_published,
        cast(null as double) as overall_score,
        6976 as ranks_n,
        ranked.income_rank,
        ranked.employment_rank,
        ranked.education_rank,
        ranked.health_rank,
        ranked.crime_rank,
        ranked.access_rank,
        ranked.housing_rank,
        cast(null as double) as environment_rank,
        ranked.population_persons,
        ranked.source_id,
        ranked.file_sha256,
        ranked.source_row
    from staging.simd2020__small_area as ranked
    left join core.bridge_locality_name as bridge
        on name_key(ranked.council_area_name) = bridge.name_key
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
from area
