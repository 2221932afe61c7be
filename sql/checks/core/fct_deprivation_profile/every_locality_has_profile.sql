-- H5: every locality of England, Wales and Scotland has its profile in the index of its nation, and no other has one.
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
),

expected as (
    select
        nation_index.index_id,
        locality.locality_code
    from core.dim_locality as locality
    inner join nation_index
        on locality.nation = nation_index.nation
)

select
    coalesce(expected.index_id, profile.index_id) as index_id,
    coalesce(expected.locality_code, profile.locality_code) as locality_code,
    case when profile.locality_code is null then 'no profile' else 'not a locality of the nation' end as problem
from expected
full outer join core.fct_deprivation_profile as profile
    on
        expected.index_id = profile.index_id
        and expected.locality_code = profile.locality_code
where expected.locality_code is null or profile.locality_code is null
