-- Every row that a parser read from a file is kept, quarantined or merged into another row.
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
