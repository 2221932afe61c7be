-- One row per practice of the national scan and partner named with it.
select
    partner.practice_id,
    partner.partner_number,
    partner.partner_name,
    partner.sector,
    partner.source_id,
    partner.file_sha256,
    partner.source_row
from staging.reference__scan_partner as partner
inner join core.fct_practice_scan using (practice_id)
