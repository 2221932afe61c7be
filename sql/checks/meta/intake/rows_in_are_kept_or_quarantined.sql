-- Every row that the reader counted in a file is kept or quarantined.
select
    table_name,
    source_id,
    file_sha256,
    rows_in,
    rows_kept,
    rows_quarantined
from meta.intake
where rows_in <> rows_kept + rows_quarantined
