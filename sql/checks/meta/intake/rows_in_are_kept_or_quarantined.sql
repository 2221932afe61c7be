-- Every row that the reader counted in a file is kept, quarantined or merged into another.
select
    table_name,
    source_id,
    file_sha256,
    rows_in,
    rows_kept,
    rows_quarantined,
    rows_merged
from meta.intake
where rows_in <> rows_kept + rows_quarantined + rows_merged
