-- H6: the localities of an index hold all the small areas that it ranks.
with expected as (
    select
        'IoD2025' as index_id,
        33755 as areas_n
    union all
    select
        'WIMD2025' as index_id,
        1917 as areas_n
    union all
    select
        'SIMD2020v2' as index_id,
        6976 as areas_n
    union all
    select
        'NIMDM2017' as index_id,
        890 as areas_n
)

select
    profile.index_id,
    sum(profile.areas_n) as areas_n,
    max(expected.areas_n) as areas_expected
from core.fct_deprivation_profile as profile
left join expected
    on profile.index_id = expected.index_id
group by profile.index_id
having max(expected.areas_n) is null or sum(profile.areas_n) <> max(expected.areas_n)
