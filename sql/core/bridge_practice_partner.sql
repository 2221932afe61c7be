-- One row per practice and partner, as recorded in the register.
select
    practice_id,
    partner_number,
    partner_name,
    sector,
    source_id,
    file_sha256,
    source_row
from staging.reference__practice_partner
