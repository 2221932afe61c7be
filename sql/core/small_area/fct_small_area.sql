-- One row per index and small area. Domains on the same subject share a column name, but their definitions differ, so
-- compare them within one index only.
with welsh as (
    select
        ranked.small_area_code,
        ranked.small_area_name,
        coalesce(look_up.locality_code, bridge.locality_code) as locality_code,
        ranked.overall_rank,
        ranked.overall_decile,
        ranked.income_rank,
        ranked.employment_rank,
        ranked.education_rank,
        ranked.health_rank,
        ranked.access_rank,
        ranked.housing_rank,
        ranked.community_safety_rank,
        ranked.physical_environment_rank,
        ranked.source_id,
        ranked.file_sha256,
        ranked.source_row,
        count(ranked.local_authority_name) over (partition by ranked.source_id) as named_n,
        count(coalesce(look_up.locality_code, bridge.locality_code)) over (partition by ranked.source_id) as located_n,
        count(*) over (partition by ranked.source_id) as areas_n,
        max(case when ranked.source_id = 'wimd2025' then 1 else 0 end) over () as is_published_form_landed
    from staging.wimd2025__small_area as ranked
    left join core.bridge_locality_name as bridge
        on name_key(ranked.local_authority_name) = bridge.name_key
    left join core.bridge_small_area as look_up
        on
            look_up.area_kind = 'lsoa'
            and ranked.small_area_code = look_up.area_code
),

northern_irish as (
    select
        ranked.small_area_code,
        ranked.small_area_name,
        coalesce(look_up.locality_code, bridge.locality_code) as locality_code,
        ranked.overall_rank,
        ranked.income_rank,
        ranked.employment_rank,
        ranked.education_rank,
        ranked.health_rank,
        ranked.access_rank,
        ranked.living_environment_rank,
        ranked.crime_rank,
        ranked.source_id,
        ranked.file_sha256,
        ranked.source_row,
        count(ranked.local_authority_name) over () as named_n,
        count(coalesce(look_up.locality_code, bridge.locality_code)) over () as located_n,
        count(*) over () as areas_n
    from staging.nimdm2017__small_area as ranked
    left join core.bridge_locality_name as bridge
        on name_key(ranked.local_authority_name) = bridge.name_key
    left join core.bridge_small_area as look_up
        on
            look_up.area_kind = 'soa'
            and ranked.small_area_code = look_up.area_code
),

area as (
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
    -- The files of the other nations name the authority, or not even that, and give no code. If both forms of the Welsh
    -- index have landed, the form of the Welsh Government is used, because it has the published bands. A form without
    -- names is used only when look-ups assign every area of it.
    select
        'WIMD2025' as index_id,
        ranked.small_area_code,
        ranked.small_area_name,
        'Wales' as nation,
        ranked.locality_code,
        ranked.overall_rank,
        coalesce(ranked.overall_decile, wimd_decile(ranked.overall_rank)) as overall_decile,
        ranked.overall_decile is not null as is_decile_published,
        cast(null as double) as overall_score,
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
    from welsh as ranked
    where
        (ranked.named_n > 0 or ranked.located_n = ranked.areas_n)
        and (ranked.source_id = 'wimd2025' or ranked.is_published_form_landed = 0)
    union all
    select
        'SIMD2020v2' as index_id,
        ranked.small_area_code,
        ranked.intermediate_zone_name as small_area_name,
        'Scotland' as nation,
        bridge.locality_code,
        ranked.overall_rank,
        coalesce(
            ranked.overall_decile,
            cast(ceil(ranked.overall_rank * 10e0 / areas_ranked('SIMD2020v2')) as bigint)
        ) as overall_decile,
        ranked.overall_decile is not null as is_decile_published,
        cast(null as double) as overall_score,
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
    union all
    -- No bands are published, so the deciles are tenths of the ranks.
    select
        'NIMDM2017' as index_id,
        ranked.small_area_code,
        ranked.small_area_name,
        'Northern Ireland' as nation,
        ranked.locality_code,
        ranked.overall_rank,
        cast(ceil(ranked.overall_rank * 10e0 / areas_ranked('NIMDM2017')) as bigint) as overall_decile,
        false as is_decile_published,
        cast(null as double) as overall_score,
        ranked.income_rank,
        ranked.employment_rank,
        ranked.education_rank,
        ranked.health_rank,
        ranked.crime_rank,
        ranked.access_rank,
        cast(null as double) as housing_rank,
        ranked.living_environment_rank as environment_rank,
        cast(null as bigint) as population_persons,
        ranked.source_id,
        ranked.file_sha256,
        ranked.source_row
    from northern_irish as ranked
    where ranked.named_n > 0 or ranked.located_n = ranked.areas_n
)

select
    *,
    (overall_rank - 0.5e0) / areas_ranked(index_id) as rank_percentile
from area
