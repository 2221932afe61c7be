-- One row per query of the national scan in a locality. It is not a search on record: it can find a practice, and it
-- never shows that there is none.
select
    locality_code,
    query,
    date as searched_on,
    results_seen,
    results_relevant,
    note,
    source_id,
    file_sha256,
    source_row
from staging.reference__scan_search
