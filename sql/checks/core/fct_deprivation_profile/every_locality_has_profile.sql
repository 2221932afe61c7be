-- H5: Every locality has a profile in the index of its own nation and in no other index; the index of Northern Ireland
-- is required only after it is landed.
with nation_index as (
    select
        'England' as nation,
        'IoD2025' as index_id
    union all
    select
        'Wales' as nation,
        'WIMD2025' as index_id
    union all
    select
        'Scotland' as nation,
        'SIMD2020v2' as index_id
    union all
    select distinct
        'Northern Ireland' as nation,
        index_id
    from core.fct_small_area
    where index_id = 'NIMDM2017'
),

expected as (
    select
        nation_index.index_id,
        locality.locality_code
    from core.dim_locality as locality
    inner join nation_index using (nation)
)

select
    coalesce(expected.index_id, profile.index_id) as index_id,
    coalesce(expected.locality_code, profile.locality_code) as locality_code,
    case when profile.locality_code is null then 'no profile' else 'not a locality of the nation' end as problem
from expected
full outer join core.fct_deprivation_profile as profile using (index_id, locality_code)
where expected.locality_code is null or profile.locality_code is null
