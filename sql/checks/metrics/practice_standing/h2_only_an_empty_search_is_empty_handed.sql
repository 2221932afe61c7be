-- H2: Every locality has a search status: 'recorded' where the register has a record, and 'searched_none_found' only
-- where every search found nothing.
with recorded as (
    select distinct locality_code
    from core.fct_practice_study
    where geo_precision in ('lad', 'sub_lad')
),

found_nothing as (
    select locality_code
    from core.fct_practice_search
    group by locality_code
    having min(result) = 'none_found' and max(result) = 'none_found'
)

select
    locality.locality_code,
    standing.search_status
from core.dim_locality as locality
left join metrics.practice_standing as standing using (locality_code)
left join recorded using (locality_code)
left join found_nothing using (locality_code)
where
    standing.locality_code is null
    or (standing.search_status = 'recorded') <> (recorded.locality_code is not null)
    or (standing.search_status = 'searched_none_found')
    <> (recorded.locality_code is null and found_nothing.locality_code is not null)
    or (standing.practices_n is null) <> (recorded.locality_code is null)
