-- One row per locality with its search status, which is decided only here. A document that describes some practices is
-- not a search for others. Only a search that found nothing gives zero, and not where another search recorded a
-- practice.
with recorded as (
    select
        locality_code,
        count(*) as practices_n,
        count(distinct document_sha256) as documents_n,
        list_sort(array_agg(distinct source_id)) as source_ids
    from core.fct_practice_study
    where geo_precision in ('lad', 'sub_lad')
    group by locality_code
),

found_nothing as (
    select
        locality_code,
        list_sort(array_agg(distinct source_id)) as source_ids
    from core.fct_practice_search
    group by locality_code
    having count(case when result = 'none_found' then 1 end) = count(*)
),

-- A scan reads a sample of pages: it is not a search, whatever it found.
scanned as (
    select distinct locality_code
    from core.fct_practice_scan_search
)

select
    locality.locality_code,
    case
        when recorded.locality_code is not null then 'recorded'
        when found_nothing.locality_code is not null then 'searched_none_found'
        when scanned.locality_code is not null then 'scanned'
        else 'not_searched'
    end as search_status,
    recorded.practices_n,
    recorded.documents_n,
    coalesce(recorded.source_ids, found_nothing.source_ids, cast([] as varchar[])) as source_ids
from core.dim_locality as locality
left join recorded using (locality_code)
left join found_nothing using (locality_code)
left join scanned using (locality_code)
