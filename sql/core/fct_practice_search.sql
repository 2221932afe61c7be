-- One row per search for practices in a locality, including searches that found nothing.
select
    search_id,
    locality_code,
    searched_on,
    searched_by,
    method,
    document_title,
    result,
    source_id,
    file_sha256,
    source_row
from staging.reference__practice_search
