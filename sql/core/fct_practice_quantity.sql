-- One row per quantity that a practice record states.
select
    practice_id,
    quantity_number,
    value,
    unit,
    quantity_of,
    source_id,
    file_sha256,
    source_row
from staging.reference__practice_quantity
