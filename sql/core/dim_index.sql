-- One row per index of deprivation. The year of its edition dates its values.
select
    'IoD2025' as index_id,
    'England' as nation,
    2025 as index_year
union all
select
    'WIMD2025' as index_id,
    'Wales' as nation,
    2025 as index_year
union all
select
    'SIMD2020v2' as index_id,
    'Scotland' as nation,
    2020 as index_year
union all
select
    'NIMDM2017' as index_id,
    'Northern Ireland' as nation,
    2017 as index_year
