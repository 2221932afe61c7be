-- One row per status of a practice. The status in the report comes first and later public pages follow. A partial date
-- is set to its first day.
with observations as (
    select
        practice.practice_id,
        practice.locality_code,
        'practice' as kind,
        practice.practice_name as subject,
        agreed.status,
        agreed.status_as_of,
        'year' as status_precision,
        false as is_date_inferred,
        false as is_completion,
        'Status at the time of the report' as finding,
        'Shifting the Balance' as source_title,
        cast(null as varchar) as source_url,
        agreed.confidence,
        agreed.source_id,
        agreed.file_sha256,
        agreed.source_row
    from staging.reference__practice as practice
    inner join staging.reference__practice_reading as agreed
        on
            practice.practice_id = agreed.practice_id
            and agreed.reading = 'agreed'
    union all
    select
        practice_id,
        locality_code,
        kind,
        subject,
        status,
        status_as_of,
        status_as_of_precision as status_precision,
        is_date_inferred,
        is_completion,
        finding,
        source_title,
        source_url,
        confidence,
        source_id,
        file_sha256,
        source_row
    from staging.reference__practice_status
)

select
    row_number() over (order by source_id, file_sha256, source_row) as status_number,
    *,
    cast(substr(status_as_of || '-01-01', 1, 10) as date) as status_date
from observations
