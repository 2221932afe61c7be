-- One row per index and locality. A landed index replaces the reference figures of that index for all its localities,
-- so that two editions are never mixed.
with landed_index as (
    select distinct index_id
    from core.fct_small_area
)

select
    index_id,
    locality_code,
    count(*) as areas_n,
    sum(case when overall_decile = 1 then 1 else 0 end) as decile_1_areas,
    sum(case when overall_decile = 2 then 1 else 0 end) as decile_2_areas,
    sum(case when overall_decile = 3 then 1 else 0 end) as decile_3_areas,
    sum(case when overall_decile = 4 then 1 else 0 end) as decile_4_areas,
    sum(case when overall_decile = 5 then 1 else 0 end) as decile_5_areas,
    sum(case when overall_decile = 6 then 1 else 0 end) as decile_6_areas,
    sum(case when overall_decile = 7 then 1 else 0 end) as decile_7_areas,
    sum(case when overall_decile = 8 then 1 else 0 end) as decile_8_areas,
    sum(case when overall_decile = 9 then 1 else 0 end) as decile_9_areas,
    sum(case when overall_decile = 10 then 1 else 0 end) as decile_10_areas,
    avg(rank_percentile) as mean_rank_percentile,
    'small_areas' as origin,
    min(source_id) as source_id,
    min(file_sha256) as file_sha256,
    cast(null as bigint) as source_row
from core.fct_small_area
where locality_code is not null
group by index_id, locality_code
union all
select
    profile.index_id,
    profile.locality_code,
    profile.areas_n,
    profile.decile_1_areas,
    profile.decile_2_areas,
    profile.decile_3_areas,
    profile.decile_4_areas,
    profile.decile_5_areas,
    profile.decile_6_areas,
    profile.decile_7_areas,
    profile.decile_8_areas,
    profile.decile_9_areas,
    profile.decile_10_areas,
    profile.mean_rank_percentile,
    'reference' as origin,
    profile.source_id,
    profile.file_sha256,
    profile.source_row
from staging.reference__deprivation_profile as profile
left join landed_index using (index_id)
where landed_index.index_id is null
