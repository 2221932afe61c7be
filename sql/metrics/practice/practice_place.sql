-- One row per locality with a practice record: the counts and sources that all measures of practice need.
select
    locality_code,
    count(*) as practices_n,
    count(distinct document_sha256) as documents_n,
    case when count(distinct document_sha256) = 1 then reason('one_document') end as source_note,
    list_sort(array_agg(distinct source_id)) as source_ids
from metrics.practice_record
group by locality_code
